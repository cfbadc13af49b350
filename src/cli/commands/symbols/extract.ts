// faultline symbols extract: what a kernel image without any symbols keeps of them for itself.

import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { FormatError } from '../../../core/bytes/cursor.ts'
import type { KeptSymbols } from '../../../core/formats/symbol-cache.ts'
import type { KernelFile } from '../../../core/localise/kernel-file.ts'
import { InputError } from '../../../node/files.ts'
import { openKernelFile } from '../../../node/kernel-file.ts'
import { SymbolCache } from '../../../node/symbol-cache.ts'
import { symbolsOf } from '../../../node/symbol-sources.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import type { Terminal } from '../../terminal.ts'

interface ExtractOptions {
  json?: true
  unpack?: string
}

const help = `
FILE is any kernel as it is booted: bzImage, vmlinux, zImage, Image, Image.gz, uImage, EFI zboot, boot.img; its
architecture and version need not be said. The symbols are kept below $XDG_CACHE_HOME/faultline/kallsyms (256 MiB at most),
so that they are at hand at once the next time.

Examples:
  faultline symbols extract /boot/vmlinuz-$(uname -r) > System.map   as nm -n writes it
  faultline symbols extract --json vmlinuz | jq .buildId             what the image is
  faultline symbols extract --unpack vmlinux vmlinuz                 the kernel without its wrappers, too

Exit status: 0 symbols found, 1 a kernel without any, 2 the file could not be read or holds no kernel.`

/** Lines that are joined before they are printed. */
const BATCH = 4096

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const path = command.args[0]!
  const options = command.opts<ExtractOptions>()
  const cache = new SymbolCache(terminal.env)
  // The image itself is opened for what is not kept of it.
  const kept = options.json || options.unpack !== undefined ? undefined : await cache.find(path)
  if (kept !== undefined) {
    if (kept.unplaced) terminal.complain(unplacedWords(path))
    await printMap(terminal, kept)
    return exitCode.found
  }
  const kernel = await openOrTrouble(path)
  if (kernel.image.damage !== undefined) terminal.complain(`${path}: not the whole kernel: ${kernel.image.damage}`)
  if (options.unpack !== undefined) await writeFile(options.unpack, kernel.image.bytes)
  const found = hasSymbols(kernel, terminal)
  if (found && kernel.image.damage === undefined) await cache.keep(path, await symbolsOf(kernel))
  if (options.json) await printJson(terminal, kernel, found)
  else if (found) await printMap(terminal, kernel.kallsyms())
  return found ? exitCode.found : exitCode.nothing
}

async function openOrTrouble(path: string): Promise<KernelFile> {
  try {
    return await openKernelFile(path)
  } catch (error) {
    if (error instanceof InputError) throw new Trouble(error.message)
    if (error instanceof FormatError) throw new Trouble(`${error.message}. Give a kernel image or vmlinux.`)
    throw error
  }
}

const unplacedWords = (path: string): string =>
  `${path}: does not say where it is linked; addresses count from the beginning of the image`

function hasSymbols(kernel: KernelFile, terminal: Terminal): boolean {
  try {
    const { unplaced } = kernel.kallsyms()
    if (unplaced) {
      terminal.complain(unplacedWords(kernel.name))
    }
    return true
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    terminal.complain(`${kernel.name}: ${error.message}`)
    return false
  }
}

/** System.map: address, nm's letter, name. */
async function printMap(
  terminal: Terminal,
  { count, addresses, wordBytes, symbol }: Pick<KeptSymbols, 'count' | 'addresses' | 'wordBytes' | 'symbol'>,
): Promise<void> {
  for (let first = 0; first < count; first += BATCH) {
    const lines: string[] = []
    for (let i = first; i < Math.min(count, first + BATCH); i++) {
      const { type, name } = symbol(i)
      lines.push(`${addresses[i]!.toString(16).padStart(wordBytes * 2, '0')} ${type} ${name}\n`)
    }
    await terminal.print(lines.join(''))
  }
}

/** One object a file. */
async function printJson(terminal: Terminal, kernel: KernelFile, found: boolean): Promise<void> {
  const { layers, kind, banner, label, damage } = kernel.image
  const symbols = found ? kernel.kallsyms() : undefined
  const width = (symbols?.wordBytes ?? 8) * 2
  const list = Array.from({ length: symbols?.count ?? 0 }, (_, i) => ({
    address: `0x${symbols!.addresses[i]!.toString(16).padStart(width, '0')}`,
    ...symbols!.symbol(i),
  }))
  const told = {
    file: kernel.name,
    kind,
    layers,
    release: kernel.release,
    banner,
    label,
    buildId: await kernel.buildId(),
    damage,
    addresses: symbols && { form: symbols.form, unplaced: symbols.unplaced },
    symbols: list,
  }
  await terminal.print(`${JSON.stringify(told)}\n`)
}

export const extract: CommandDefinition = {
  name: 'extract',
  summary: 'the symbols that a kernel image keeps of itself, as System.map',
  define: command => {
    command
      .argument('<FILE>', 'kernel image')
      .option('--json', 'one JSON object: the image, its build ID, its symbols')
      .option('--unpack <FILE>', 'write the kernel without its wrappers to this file')
      .addHelpText('after', help)
  },
  run,
}
