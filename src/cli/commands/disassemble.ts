// faultline disassemble: a whole function of a kernel or module, with its lines of source between, as objdump -dS.

import type { Command } from 'commander'
import { Option } from 'commander'
import { FormatError } from '../../core/bytes/cursor.ts'
import { type FunctionSource, sourceOfCode, sourceOfImage } from '../../core/localise/code/function-source.ts'
import { listFunction } from '../../core/localise/code/listing.ts'
import type { CodeSymbol } from '../../core/localise/code-map.ts'
import { instructionSetOfArch } from '../../core/localise/instruction-set.ts'
import { chooseBySize } from '../../core/localise/localise.ts'
import type { ReadSource } from '../../core/localise/source-lines.ts'
import type { ArchName, FunctionListing } from '../../core/model.ts'
import { functionView } from '../../core/render/function.ts'
import { inkFor } from '../../core/render/ink.ts'
import { terminalSafe } from '../../core/render/safe.ts'
import { sectionLines } from '../../core/render/terminal-sections.ts'
import { archNames } from '../../core/vocabulary.ts'
import { findDisassembler } from '../../node/disassemblers/index.ts'
import { InputError } from '../../node/files.ts'
import { sourceTree } from '../../node/source-tree.ts'
import { imageSymbols } from '../../node/symbol-sources.ts'
import { type DebugOptions, debugFiles, defineDebugOptions, wantsDebugFiles } from '../debug-options.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import { parseQuery, type Query } from '../symbol-query.ts'
import { type Terminal, wantsColour } from '../terminal.ts'

interface DisassembleOptions extends DebugOptions {
  kernelImage?: string
  source?: string
  arch?: ArchName
  json?: true
  color: boolean
}

const help = `
WHAT is a symbol as traces print it, with or without offset, size and module, or an address of the kernel as it is linked;
the instruction there is marked. What a module's file leaves to the loader is shown by its symbol. Same-named functions are
all shown, unless a size chooses one.

Examples:
  faultline disassemble --vmlinux vmlinux --source linux-6.1 vfs_write+0xc7/0x3f0
  faultline disassemble --modules /usr/lib/debug/lib/modules/6.1.0-56-amd64 "ext4_sync_file+0x10 [ext4]"
  faultline disassemble --kernel-image /boot/vmlinuz-6.1.0-56-amd64 clear_user_erms

Exit status: 0 shown, 1 a function was not found, 2 a file could not be read.`

async function sourceOf(
  { module }: Query,
  options: DisassembleOptions,
  terminal: Terminal,
): Promise<FunctionSource | string> {
  if (wantsDebugFiles(options) && (module !== undefined || options.kernelImage === undefined)) {
    const code = await debugFiles(options, terminal).code(module)
    if ('unknown' in code) return code.detail
    return sourceOfCode(code) ?? `${code.file} is an index and has no code; give the vmlinux or the kernel image`
  }
  if (options.kernelImage === undefined) return 'no code given: name it with --vmlinux, --modules or --kernel-image'
  const image = await imageSymbols(options.kernelImage, terminal.env)
  const source = await sourceOfImage(image, options.arch)
  return source ?? `nothing in ${options.kernelImage} says at which address it begins`
}

/** The functions that are meant, and the offset in them. */
async function functionsOf(query: Query, source: FunctionSource): Promise<{ symbol: CodeSymbol; offset: number }[]> {
  if (query.address !== undefined) {
    const at = Number(query.address - source.base)
    const symbol = await source.symbolAt(at)
    return symbol === undefined ? [] : [{ symbol, offset: at - symbol.address }]
  }
  const candidates = await source.named(query.symbol!)
  return chooseBySize(candidates, query.offset, query.size).map(symbol => ({ symbol, offset: query.offset }))
}

async function listingsOf(
  query: Query,
  options: DisassembleOptions,
  terminal: Terminal,
  read: ReadSource | undefined,
): Promise<FunctionListing[] | string> {
  const source = await sourceOf(query, options, terminal)
  if (typeof source === 'string') return source
  const arch = options.arch ?? source.machine.arch
  const set = arch && instructionSetOfArch(arch)
  if (set === undefined) return `nothing in ${source.machine.file} says what machine it is for; name it with --arch`
  const disassembler = await findDisassembler(set)
  if (disassembler === undefined) return `there is no disassembler for ${set.name} here`
  const listings: FunctionListing[] = []
  for (const { symbol, offset } of await functionsOf(query, source)) {
    const fault = query.offset > 0 || query.address !== undefined ? { fault: offset } : {}
    const listing = await listFunction(source, symbol, {
      set,
      disassembler,
      // Where a module is loaded nobody knows.
      ...(query.module === undefined && { address: source.base + BigInt(symbol.address) }),
      ...fault,
      ...(query.module !== undefined && { module: query.module }),
      ...(read !== undefined && { read }),
    })
    if (listing !== undefined) listings.push(listing)
  }
  return listings.length > 0 ? listings : `${source.machine.file} has no code of it`
}

function printed(listing: FunctionListing, options: DisassembleOptions, terminal: Terminal): string {
  const ink = inkFor(wantsColour(terminal, options.color))
  const page = { width: terminal.columns, verbose: true, ink }
  const view = functionView(listing)
  const lines = sectionLines({ id: 'function', title: '', essential: true, form: 'function', view }, page)
  const { symbol, module, sizeBytes, file, cut } = listing
  const of = module === undefined ? '' : ` [${module}]`
  const head = `${symbol}${of}, ${sizeBytes} bytes of ${file}${cut ? ', the part around the place' : ''}`
  return `${ink('bold', terminalSafe(head))}\n${lines.join('\n')}\n`
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<DisassembleOptions>()
  let missed = false
  try {
    const read = options.source === undefined ? undefined : await sourceTree(options.source)
    for (const text of command.args) {
      const query = parseQuery(text.trim())
      const found =
        query === undefined ? 'neither an address nor symbol+offset' : await listingsOf(query, options, terminal, read)
      if (typeof found === 'string') {
        terminal.complain(`${text}: ${found}`)
        missed = true
        continue
      }
      for (const listing of found) {
        await terminal.print(options.json ? `${JSON.stringify(listing)}\n` : printed(listing, options, terminal))
      }
    }
  } catch (error) {
    if (error instanceof InputError || error instanceof FormatError) throw new Trouble(error.message)
    throw error
  }
  return missed ? exitCode.nothing : exitCode.found
}

export const disassemble: CommandDefinition = {
  name: 'disassemble',
  summary: 'a whole function of a kernel or module, its source between',
  define: command => {
    command.argument('<WHAT...>', 'symbol+offset/size with its module, or an address')
    defineDebugOptions(command)
    command
      .option('--kernel-image <FILE>', 'the kernel as it is booted (vmlinuz, Image, …)')
      .option('--source <DIR>', 'source tree: its lines between the instructions')
      .addOption(new Option('--arch <NAME>', 'architecture, where the file does not tell').choices(archNames))
      .option('--json', 'one JSON object a line: `disassembly` of `faultline schema`')
      .option('--no-color', 'no colours, also by NO_COLOR and off a terminal')
    command.addHelpText('after', help)
  },
  run,
}
