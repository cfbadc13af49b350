// What `npm start`, `npm test`, … run: all set-up, then the work. Plain JavaScript and Node's own modules only,
// since it runs before anything is installed, on whatever Node (20 or newer) the machine has.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, projectNode, root } from './install.mjs'
import { isBuilt } from './stale.mjs'

const [verb = 'start', ...rest] = process.argv.slice(2)

/** Runs a program with this terminal; its exit code, or 128 + the signal that ended it. */
function run(program, args, options = {}) {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: 'inherit', cwd: root, ...options })
    // Ctrl-C reaches the child by itself, as it is in the same process group; a plain kill does not.
    const pass = signal => child.kill(signal)
    process.on('SIGTERM', pass)
    process.on('SIGHUP', pass)
    const ignore = () => {}
    process.on('SIGINT', ignore)
    child.on('error', error => {
      process.stderr.write(`faultline: cannot run ${program}: ${error.message}\n`)
      resolve(2)
    })
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', pass)
      process.off('SIGHUP', pass)
      process.off('SIGINT', ignore)
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143))
    })
  })
}

const node = (...args) => run(projectNode(), args)
const tool = name => join(root, 'node_modules', '.bin', name)

const verbs = {
  /** The command itself; alone, the page. Builds what is older than its sources. */
  async start() {
    const args = rest.length === 0 ? ['up'] : rest
    const parts = ['cli', ...(args[0] === 'up' ? ['web'] : [])].filter(part => !isBuilt(part))
    if (parts.length > 0) {
      const code = await node(join(root, 'tools', 'build.mjs'), ...parts)
      if (code !== 0) return code
    }
    // File names are the caller's, and npm has changed into the package's folder.
    const cwd = process.env.INIT_CWD
    return run(projectNode(), [join(root, 'dist', 'faultline.mjs'), ...args], {
      cwd: cwd !== undefined && existsSync(cwd) ? cwd : root,
    })
  },
  test: () => node(join(root, 'tools', 'test.mjs'), 'all', ...rest),
  'test:fast': () => node(join(root, 'tools', 'test.mjs'), 'fast', ...rest),
  async build() {
    const code = await node(tool('tsc'), '-b')
    return code !== 0 ? code : node(join(root, 'tools', 'build.mjs'), 'cli', 'web', 'reference')
  },
  lint: () => node(tool('biome'), 'check', ...rest),
  format: () => node(tool('biome'), 'check', '--write', ...rest),
  /** What is installed elsewhere: packaging/README.md. */
  package: () => node('--disable-warning=ExperimentalWarning', join(root, 'tools', 'package.ts'), ...rest),
  lab: () => node('--disable-warning=ExperimentalWarning', join(root, 'lab', 'main.ts'), ...rest),
  /** `npm run bench -- NAME …` runs bench/NAME.ts or bench/NAME/run.ts. */
  bench() {
    const name = rest[0] ?? 'decode'
    const script = [`${name}.ts`, join(name, 'run.ts')].map(file => join(root, 'bench', file)).find(existsSync)
    if (script !== undefined) return node('--disable-warning=ExperimentalWarning', script, ...rest.slice(1))
    process.stderr.write(`faultline: no benchmark "${name}": expected bench/${name}.ts or bench/${name}/run.ts\n`)
    return 2
  },
}

const chosen = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
if (chosen === undefined) {
  process.stderr.write(`faultline: unknown verb "${verb}"; known: ${Object.keys(verbs).join(', ')}\n`)
  process.exitCode = 2
} else {
  try {
    await ensureInstalled()
    process.exitCode = await chosen()
  } catch (error) {
    process.stderr.write(`faultline: ${error.message}\n`)
    process.exitCode = 2
  }
}
