// faultline symbols build: one compact file for a kernel and its modules, from which lookups take milliseconds.

import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import * as v8 from 'node:v8'
import type { Command } from 'commander'
import { FormatError } from '../../../core/bytes/cursor.ts'
import { counted } from '../../../core/render/wording.ts'
import { type DebugSource, debugSources } from '../../../node/debug-sources.ts'
import { InputError } from '../../../node/files.ts'
import { IndexWriter, indexFolder, indexPath } from '../../../node/symbol-index.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { Progress } from '../../progress.ts'
import type { Terminal } from '../../terminal.ts'

interface BuildOptions {
  output?: string
}

const help = `
FILE is a vmlinux or a module with debug information, compressed or not; a folder stands for the modules below it, and a
Debian package of debug symbols (.deb, .ddeb) for the kernel and the modules in it.
Without --output the index is kept where "faultline decode" finds it by the kernel's build ID.

Examples:
  faultline symbols build vmlinux                            the kernel alone, for decode --vmlinux vmlinux
  faultline symbols build -o k.symbols vmlinux lib/modules/  with its modules, for decode --vmlinux k.symbols
  faultline symbols build -o k.symbols linux-image-*-dbg.deb

Exit status: 0 built, 1 nothing to build, 2 a file could not be read.`

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  // Much of what is read lives on for a unit's time; early collections would take a third of the time for nothing.
  v8.setFlagsFromString('--heap-growing-percent=0')
  try {
    return await buildFrom(command.args, command.opts<BuildOptions>(), terminal)
  } catch (error) {
    if (error instanceof InputError || error instanceof FormatError) throw new Trouble(error.message)
    throw error
  }
}

async function buildFrom(paths: readonly string[], { output }: BuildOptions, terminal: Terminal): Promise<ExitCode> {
  const writer = new IndexWriter(output === undefined ? indexFolder(terminal.env) : dirname(output))
  const progress = new Progress(terminal)
  try {
    const problems = await addAll(paths, writer, progress, terminal)
    progress.clear()
    for (const problem of problems) terminal.complain(problem)
    if (writer.entries.length === 0) {
      terminal.complain(`no kernel and no modules in ${paths.join(', ')}`)
      writer.abandon()
      return problems.length > 0 ? exitCode.trouble : exitCode.nothing
    }
    const path = output ?? placeOf(writer, terminal)
    writer.finish(path)
    const what = writer.entries.length === 1 ? writer.entries[0]!.name : counted(writer.entries.length, 'object')
    await terminal.print(`${path}: ${what}, ${(writer.size / 1e6).toFixed(1)} MB\n`)
    return problems.length > 0 ? exitCode.trouble : exitCode.found
  } catch (error) {
    progress.clear()
    writer.abandon()
    throw error
  }
}

/** Of four thousand modules one may be torn: what could not be read is given back, a line each. */
async function addAll(
  paths: readonly string[],
  writer: IndexWriter,
  progress: Progress,
  terminal: Terminal,
): Promise<string[]> {
  const problems: string[] = []
  const total = paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
  const seen = new Set<string>()
  const show = (source: DebugSource): void => {
    const found = counted(writer.entries.length, 'object')
    progress.update(source.name, source.done, Math.max(total, source.total), found)
  }
  for await (const source of debugSources(paths, terminal.env)) {
    if (seen.has(source.name)) continue
    seen.add(source.name)
    try {
      const { damage } = await writer.add(source.name, source.path, () => show(source))
      problems.push(...damage.map(error => `${source.origin}: left out: ${error.message}`))
    } catch (error) {
      if (!(error instanceof InputError || error instanceof FormatError)) throw error
      problems.push(`left out: ${error.message}`)
    }
  }
  return problems
}

function placeOf(writer: IndexWriter, { env }: Terminal): string {
  const named = writer.entries.find(({ name }) => name === 'vmlinux') ?? writer.entries[0]!
  if (named.buildId !== undefined) return indexPath(named.buildId, env)
  throw new Trouble(`${named.name} has no build ID. Say where the index shall be with --output FILE.`)
}

export const build: CommandDefinition = {
  name: 'build',
  summary: 'an index of a kernel and its modules, for lookups in milliseconds',
  define: command => {
    command
      .argument('<FILE...>', 'vmlinux, modules, folders of modules, Debian packages')
      .option('-o, --output <FILE>', 'the index; otherwise it is kept by build ID')
      .addHelpText('after', help)
  },
  run,
}
