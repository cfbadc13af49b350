// What the command's name points to. It is kept to syntax and modules of any Node, so that an old one gets a sentence
// instead of a syntax error, and loads the real program from V8's compile cache.

import * as module from 'node:module'
import * as v8 from 'node:v8'

const nodeMajor = 24

/** What runs as long wants fast code. */
const longRunMs = 2000

const major = Number.parseInt(process.versions.node, 10)
if (major < nodeMajor) {
  process.stderr.write(
    'faultline: this is Node ' +
      process.versions.node +
      '; Faultline needs Node ' +
      nodeMajor +
      ' or newer.\n' +
      'In its source tree `npm start -- …` brings the right one by itself; elsewhere see https://nodejs.org.\n',
  )
  process.exitCode = 2
} else {
  // A look-up is over in a fifth of a second: compiling for speed, and marking what can be forgotten, cost it more than
  // they bring. What runs on gets both.
  const [command, part] = process.argv.slice(2)
  if (command === 'stacktrace' || command === 'disassemble' || (command === 'symbols' && part !== 'build')) {
    for (const flag of ['turbofan', 'incremental-marking']) v8.setFlagsFromString('--no-' + flag)
    v8.setFlagsFromString('--efficiency-mode')
    v8.setFlagsFromString('--semi-space-growth-factor=16')
    setTimeout(() => {
      for (const flag of ['turbofan', 'incremental-marking', 'no-efficiency-mode']) v8.setFlagsFromString('--' + flag)
      v8.setFlagsFromString('--semi-space-growth-factor=2')
    }, longRunMs).unref()
  }
  // The agent lives for months beside others and is seldom in a hurry: young objects get no more room than they begin
  // with, and the optimizing compilers, which take a dozen megabytes before they have saved a second, stay out.
  if (command === 'watch') {
    for (const flag of ['--semi-space-growth-factor=1', '--no-opt', '--no-maglev']) v8.setFlagsFromString(flag)
  }
  // Beside the program, so that it is trusted exactly as far as the program is; not writable there means no cache.
  module.enableCompileCache(new URL('.compile-cache', import.meta.url).pathname)
  const program = './faultline-main.mjs'
  import(program).then(({ main }: { main: () => Promise<void> }) => main())
}
