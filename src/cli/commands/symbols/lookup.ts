// faultline symbols lookup: file, line and inlined calls of addresses and of "symbol+0x1c/0x40 [module]".

import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { FormatError } from '../../../core/bytes/cursor.ts'
import type { SourcePlace } from '../../../core/formats/dwarf/debug-info.ts'
import type { SymbolSource } from '../../../core/localise/name-addresses.ts'
import { sourcePath } from '../../../core/localise/paths.ts'
import type { SymbolTable } from '../../../core/localise/symbol-table.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import type { DebugFiles } from '../../../node/debug-files.ts'
import { InputError } from '../../../node/files.ts'
import { imageSymbols } from '../../../node/symbol-sources.ts'
import { type DebugOptions, debugFiles, defineDebugOptions, wantsDebugFiles } from '../../debug-options.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { addressesOf, parseQuery, type Query } from '../../symbol-query.ts'
import type { Terminal } from '../../terminal.ts'

interface LookupOptions extends DebugOptions {
  kernelImage?: string
  json?: true
  returnAddress?: true
}

const help = `
WHAT is an address of the kernel as it is linked (0xffffffff81234567), or a symbol as traces print it, with or without
the size, the module behind it or with a colon before it: "vfs_read+0x9b/0x1a0", "ext4_sync_file+0x10 [ext4]",
"ext4:ext4_sync_file+0x10". Without any they are read from standard input, a line each.

Example:
  faultline symbols lookup --vmlinux vmlinux --return-address vfs_read+0x9b/0x1a0

Exit status: 0 all found, 1 some not found, 2 a file could not be read.`

interface Answer {
  query: string
  /** for each function that it may be: places, innermost first */
  candidates: { symbol?: string; offset?: number; sizeBytes?: number; places: SourcePlace[] }[]
  problem?: string
}

async function answer(query: Query, files: DebugFiles, back: 0 | 1): Promise<Answer> {
  const none = (problem: string): Answer => ({ query: query.text, candidates: [], problem })
  const code = await files.code(query.module)
  if ('unknown' in code) return none(code.detail)
  try {
    const addresses = await addressesOf(query, code)
    const candidates: Answer['candidates'] = []
    for (const address of addresses) {
      const symbol = await code.symbolAt(address)
      const places = await code.places(Math.max(0, address - back))
      if (symbol === undefined && places.length === 0) continue
      candidates.push({ ...(symbol && { symbol: symbol.name }), places: [...places] })
    }
    return candidates.length === 0 ? none('not found') : { query: query.text, candidates }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return none(error.message)
  }
}

/** By the symbols of a kernel image alone: names, and no lines. */
function named(query: Query, table: SymbolTable, back: 0 | 1): Answer {
  const addresses =
    query.address === undefined
      ? table
          .named(query.symbol!)
          .filter(symbol => query.size === undefined || table.sizeOf(symbol) === query.size)
          .map(({ address }) => address + BigInt(query.offset))
      : [query.address]
  const candidates = addresses.flatMap(address => {
    const symbol = table.at(address - BigInt(back))
    if (symbol === undefined) return []
    const { name, offset, sizeBytes } = symbol
    return [{ symbol: name, offset: offset + back, ...(sizeBytes !== undefined && { sizeBytes }), places: [] }]
  })
  return { query: query.text, candidates, ...(candidates.length === 0 && { problem: 'not found' }) }
}

/** As addr2line -fip prints them, a block for each function it may be. */
function printed({ query, candidates, problem }: Answer): string {
  if (problem !== undefined) return `${terminalSafe(`${query}: ${problem}`)}\n`
  return candidates
    .map(({ symbol, offset, sizeBytes, places }) => {
      if (offset !== undefined) {
        const size = sizeBytes === undefined ? '' : `/0x${sizeBytes.toString(16)}`
        return `${terminalSafe(`${query}: ${symbol}+0x${offset.toString(16)}${size}`)}\n`
      }
      const lines = (places.length === 0 ? [{}] : places).map(place => {
        return `${place.function ?? symbol ?? '??'} at ${sourcePath(place) ?? '??'}:${place.line || '?'}`
      })
      return `${terminalSafe(query)}: ${lines.map(terminalSafe).join('\n (inlined by) ')}\n`
    })
    .join('')
}

const asJson = ({ query, candidates, problem }: Answer): string =>
  `${JSON.stringify({
    query,
    candidates: candidates.map(({ places, ...symbol }) => ({
      ...symbol,
      places: places.map(place => ({ ...place, file: sourcePath(place) })),
    })),
    problem,
  })}\n`

async function openImage(path: string, terminal: Terminal): Promise<SymbolSource> {
  try {
    return await imageSymbols(path, terminal.env)
  } catch (error) {
    if (error instanceof InputError || error instanceof FormatError) throw new Trouble(error.message)
    throw error
  }
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<LookupOptions>()
  const { kernelImage } = options
  if (kernelImage === undefined && !wantsDebugFiles(options)) {
    throw new Trouble('no debug information: give --vmlinux, --modules, --debug-dir or --kernel-image')
  }
  const image = kernelImage === undefined ? undefined : await openImage(kernelImage, terminal)
  const files = debugFiles(options, terminal)
  let missed = false
  const tell = async (text: string): Promise<void> => {
    const query = parseQuery(text.trim())
    const back = options.returnAddress === true ? 1 : 0
    let told: Answer
    if (query === undefined) told = { query: text, candidates: [], problem: 'neither an address nor symbol+offset' }
    else if (image !== undefined && query.module === undefined) told = named(query, image.table, back)
    else told = await answer(query, files, back)
    missed ||= told.problem !== undefined
    await terminal.print(options.json === true ? asJson(told) : printed(told))
  }
  if (command.args.length > 0) for (const text of command.args) await tell(text)
  else for await (const line of createInterface({ input: process.stdin })) if (line.trim() !== '') await tell(line)
  return missed ? exitCode.nothing : exitCode.found
}

export const lookup: CommandDefinition = {
  name: 'lookup',
  summary: 'file, line and inlined calls of addresses and symbols',
  define: command => {
    command
      .argument('[WHAT...]', 'addresses, or symbol+offset/size with its module')
      .option('-r, --return-address', 'they are return addresses: look at the call before them')
      .option('--json', 'one JSON object a line')
    defineDebugOptions(command)
    command.option('--kernel-image <FILE>', 'the kernel as it is booted: names of its functions, no lines')
    command.addHelpText('after', help)
  },
  run,
}
