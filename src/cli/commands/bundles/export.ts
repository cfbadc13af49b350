// faultline bundles export: bundles as one archive, with the symbols that decode them anywhere.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { type PackedSnapshot, type Packing, packBundles, packingOf } from '../../../agent/bundles/pack.ts'
import type { Spool } from '../../../agent/bundles/spool.ts'
import { snapshotOf } from '../../bundle-symbols.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { addSpoolOptions, bundleNamed, bundleWords, spoolConfig, withSpool } from '../../spool-options.ts'
import type { Terminal } from '../../terminal.ts'

interface ExportOptions {
  output?: string
  format?: Packing
  symbols: boolean
  json?: true
}

const help = `
Examples:
  faultline bundles export latest                         BUNDLE.tar.zst in this folder
  faultline bundles export 40 41 42 -o crashes.tar.gz
  faultline bundles export latest -o - | ssh host 'faultline bundles import -'

What a bundle holds was printed by a kernel and its machine: host names, command lines and paths are in it.

Exit status: 0 the archive is written, 1 there is nothing to export, 2 it could not be written.`

function define(command: Command): void {
  command
    .argument('[BUNDLE...]', `each by ${bundleWords}; none: all`)
    .option('-o, --output <FILE>', 'NAME.tar.zst, NAME.tar.gz or NAME.tar; "-": standard output')
    .addOption(new Option('--format <FORM>', 'where the name does not say it').choices(['zst', 'gz', 'tar']))
    .option('--no-symbols', 'without the symbols of the boots: some megabytes less')
    .option('--json', 'print {file, bundles} when it is done')
  addSpoolOptions(command)
  command.addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<ExportOptions>()
  const { data } = spoolConfig(command, terminal)
  return withSpool(data, { readOnly: true }, async spool => {
    const names: string[] = []
    for (const words of command.args) names.push((await bundleNamed(spool, words)).name)
    if (command.args.length === 0) names.push(...(await spool.list()).map(({ name }) => name))
    if (names.length === 0) {
      terminal.complain(`there is no bundle in ${spool.path}`)
      return exitCode.nothing
    }
    const { file, packing } = targetOf(options, names)
    if (file === '-' && options.json) throw new Trouble('--json and the archive both go to standard output.')
    const snapshots = options.symbols ? await snapshotsOf(data, spool, names) : []
    try {
      const chunks = packBundles(spool, names, snapshots, packing)
      if (file === '-') for await (const chunk of chunks) await terminal.printBytes(chunk)
      else await writeWhole(file, chunks)
    } finally {
      for (const { folder } of snapshots) await folder.close()
    }
    if (options.json) await terminal.print(`${JSON.stringify({ file, bundles: names })}\n`)
    else if (file !== '-') {
      terminal.complain(`wrote ${file}: ${names.length} ${names.length === 1 ? 'bundle' : 'bundles'}`)
    }
    return exitCode.found
  })
}

function targetOf({ output, format }: ExportOptions, names: readonly string[]): { file: string; packing: Packing } {
  const packing = format ?? (output === undefined || output === '-' ? 'zst' : packingOf(output))
  if (packing === undefined) {
    throw new Trouble(
      `${output}: its name does not say how to pack. End it in .tar.zst, .tar.gz or .tar, or give --format.`,
    )
  }
  const name = names.length === 1 ? names[0]! : `faultline-${names.length}-bundles`
  return { file: output ?? `${name}.tar${packing === 'tar' ? '' : `.${packing}`}`, packing }
}

/** Each snapshot once, however many bundles are of its boot. */
async function snapshotsOf(data: string, spool: Spool, names: readonly string[]): Promise<PackedSnapshot[]> {
  const found = new Map<string, PackedSnapshot>()
  for (const name of names) {
    const snapshot = await snapshotOf(data, await spool.read(name))
    if (snapshot === undefined) continue
    if (found.has(snapshot.name)) await snapshot.folder.close()
    else found.set(snapshot.name, snapshot)
  }
  return [...found.values()]
}

/** Beside its name until it is complete. */
async function writeWhole(file: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`)
  const stream = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true })
  try {
    await once(stream, 'open')
    for await (const chunk of chunks) if (!stream.write(chunk)) await once(stream, 'drain')
    stream.end()
    await once(stream, 'close')
    await rename(draft, file)
  } catch (error) {
    stream.destroy()
    await rm(draft, { force: true })
    if (error instanceof Error && 'code' in error && 'syscall' in error) {
      throw new Trouble(`${file}: cannot be written: ${String(error.code)}. Choose another place.`)
    }
    throw error
  }
}

export const exportBundles: CommandDefinition = {
  name: 'export',
  summary: 'pack bundles into one archive',
  define,
  run,
}
