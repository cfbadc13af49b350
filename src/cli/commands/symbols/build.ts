// faultline symbols build: one compact file for a kernel and its modules, from which lookups take milliseconds.

import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { FormatError } from '../../../core/bytes/cursor.ts'
import { counted } from '../../../core/render/wording.ts'
import { openElf } from '../../../node/elf-files.ts'
import { InputError, inputError } from '../../../node/files.ts'
import { ModuleFiles, moduleName } from '../../../node/module-files.ts'
import { IndexWriter, indexPath } from '../../../node/symbol-index.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { Progress } from '../../progress.ts'
import type { Terminal } from '../../terminal.ts'

interface BuildOptions {
  output?: string
}

const help = `
FILE is a vmlinux or a module with debug information, compressed or not; a folder stands for the modules below it.
Without --output the index is kept where "faultline decode" finds it by the kernel's build ID.

Examples:
  faultline symbols build vmlinux                            the kernel alone, for decode --vmlinux vmlinux
  faultline symbols build -o k.symbols vmlinux lib/modules/  with its modules, for decode --vmlinux k.symbols

Exit status: 0 built, 1 nothing to build, 2 a file could not be read.`

interface Source {
  name: string
  path: string
  bytes: number
}

/** The kernel first: its build ID names the index. */
function sourcesOf(paths: readonly string[]): Source[] {
  const sources = paths.flatMap(path => {
    const stat = statOf(path)
    if (!stat.isDirectory()) return [{ name: objectName(path), path, bytes: stat.size }]
    const files = new ModuleFiles(path)
    return files.names.map(name => {
      const file = files.named(name)[0]!
      return { name, path: file, bytes: statOf(file).size }
    })
  })
  const unique = [...new Map(sources.map(source => [source.name, source])).values()]
  return unique.sort((a, b) => Number(b.name === 'vmlinux') - Number(a.name === 'vmlinux'))
}

function statOf(path: string) {
  try {
    return statSync(path)
  } catch (error) {
    throw inputError(path, error)
  }
}

function objectName(path: string): string {
  const module = /^(?<name>[\w-]+)\.ko\b/.exec(basename(path))?.groups?.['name']
  return module === undefined ? 'vmlinux' : moduleName(module)
}

async function outputOf(sources: readonly Source[], { output }: BuildOptions, terminal: Terminal): Promise<string> {
  if (output !== undefined) return output
  const buildId = await (await openElf(sources[0]!.path)).buildId()
  if (buildId === undefined) throw new Trouble(`${sources[0]!.path}: has no build ID. Say where with --output FILE.`)
  return indexPath(buildId, terminal.env)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  try {
    return await buildAll(sourcesOf(command.args), command.opts<BuildOptions>(), terminal)
  } catch (error) {
    if (error instanceof InputError || error instanceof FormatError) throw new Trouble(error.message)
    throw error
  }
}

async function buildAll(sources: readonly Source[], options: BuildOptions, terminal: Terminal): Promise<ExitCode> {
  if (sources.length === 0) {
    terminal.complain('no modules in the folders given')
    return exitCode.nothing
  }
  const writer = new IndexWriter(await outputOf(sources, options, terminal))
  const progress = new Progress(terminal)
  const total = sources.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  let failed = false
  try {
    for (const [index, { name, path, bytes }] of sources.entries()) {
      const found = counted(index, 'object')
      try {
        const { damage } = await writer.add(name, path, () => progress.update(name, done, total, found))
        done += bytes
        progress.clear()
        for (const error of damage) terminal.complain(`${path}: left out: ${error.message}`)
      } catch (error) {
        // Of four thousand modules one may be torn; of a kernel alone nothing would be left.
        if (sources.length === 1 || !(error instanceof InputError || error instanceof FormatError)) throw error
        terminal.complain(`left out: ${error.message}`)
        failed = true
      }
    }
    writer.finish()
  } catch (error) {
    writer.abandon()
    throw error
  }
  const what = sources.length === 1 ? sources[0]!.name : `${sources.length} objects`
  await terminal.print(`${writer.path}: ${what}, ${(writer.size / 1e6).toFixed(1)} MB\n`)
  return failed ? exitCode.trouble : exitCode.found
}

export const build: CommandDefinition = {
  name: 'build',
  summary: 'an index of a kernel and its modules, for lookups in milliseconds',
  define: command => {
    command
      .argument('<FILE...>', 'vmlinux, modules, folders of modules')
      .option('-o, --output <FILE>', 'the index; otherwise it is kept by build ID')
      .addHelpText('after', help)
  },
  run,
}
