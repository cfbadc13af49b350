// A whole function as objdump -dS shows it: instructions, and before each change of line the source it came from.

import type { FunctionListing, Located } from '../../model.ts'
import type { CodeSymbol } from '../code-map.ts'
import type { InstructionSet } from '../instruction-set.ts'
import type { DecodedInstruction, Disassembler } from '../instructions.ts'
import { sourcePath } from '../paths.ts'
import type { ReadSource } from '../source-lines.ts'
import type { Difference } from './compare.ts'
import type { FunctionSource } from './function-source.ts'
import type { Hole } from './machine-code.ts'

/** Of a longer function the instructions around the place are shown. */
const MAX_ROWS = 2000

/** No function of a kernel is longer. */
const MAX_FUNCTION_BYTES = 1024 * 1024

/** Between two lines of one file so many are shown that made no instruction. */
const MAX_SOURCE_GAP = 12

/** Longer lines of source are cut. */
const MAX_LINE = 400

export interface ListingOptions {
  set: InstructionSet
  disassembler: Disassembler
  module?: string
  /** offset of the place that matters */
  fault?: number
  /** address of the function where it ran */
  address?: bigint
  differences?: readonly Difference[]
  read?: ReadSource
}

type Row = FunctionListing['rows'][number]

/** undefined where the file has no code there. */
export async function listFunction(
  source: FunctionSource,
  symbol: CodeSymbol,
  options: ListingOptions,
): Promise<FunctionListing | undefined> {
  const sizeBytes = Math.min(symbol.sizeBytes ?? 0, MAX_FUNCTION_BYTES)
  const bytes = await source.machine.bytes(symbol.address, sizeBytes)
  if (bytes === undefined || sizeBytes === 0) return undefined
  const holes = await source.machine.holes(symbol.address, sizeBytes)
  const listing = new Listing(source, symbol, ordered(bytes, source.machine.order, options.set), holes, options)
  const all = listing.boundaries()
  const { first, last } = around(all, options.fault ?? 0)
  const rows: Row[] = []
  const lines = new SourceBetween(options.read)
  for (const at of all.slice(first, last)) {
    const place = placed(await source.places(symbol.address + at))
    rows.push({ ...(await listing.row(at)), ...(place && (await lines.before(place))) })
  }
  return {
    symbol: symbol.name,
    ...(options.module !== undefined && { module: options.module }),
    sizeBytes,
    file: source.machine.file,
    ...(last - first < all.length && { cut: true as const }),
    rows,
  }
}

/** The stretch of rows that is shown. */
function around(all: readonly number[], fault: number): { first: number; last: number } {
  if (all.length <= MAX_ROWS) return { first: 0, last: all.length }
  const middle = all.findLastIndex(at => at <= fault)
  const first = Math.max(0, Math.min(middle - MAX_ROWS / 2, all.length - MAX_ROWS))
  return { first, last: first + MAX_ROWS }
}

/** Disassemblers take the words of most machines as little-endian numbers. */
function ordered(bytes: Uint8Array, order: 'little' | 'big', set: InstructionSet): Uint8Array {
  if (order === set.order || set.align === 1) return bytes
  const out = Uint8Array.from(bytes)
  for (let at = 0; at + set.align <= out.length; at += set.align) out.subarray(at, at + set.align).reverse()
  return out
}

class Listing {
  readonly #source: FunctionSource
  readonly #symbol: CodeSymbol
  readonly #bytes: Uint8Array
  readonly #holes: readonly Hole[]
  readonly #options: ListingOptions
  readonly #decoded = new Map<number, DecodedInstruction | undefined>()

  constructor(
    source: FunctionSource,
    symbol: CodeSymbol,
    bytes: Uint8Array,
    holes: readonly Hole[],
    options: ListingOptions,
  ) {
    this.#source = source
    this.#symbol = symbol
    this.#bytes = bytes
    this.#holes = holes
    this.#options = options
  }

  /** Offsets at which instructions begin. */
  boundaries(): number[] {
    const found: number[] = []
    for (let at = 0; at < this.#bytes.length; at += this.#lengthAt(at)) found.push(at)
    return found
  }

  async row(at: number): Promise<Row> {
    const { address, fault } = this.#options
    const decoded = this.#decode(at)
    const length = this.#lengthAt(at)
    const printed = this.#printed(at, length)
    return {
      offset: at,
      ...(address !== undefined && { address: this.#hex(address + BigInt(at)) }),
      bytes: this.#shown(this.#bytes.subarray(at, at + length)),
      text: decoded === undefined ? '(bad)' : await this.#text(decoded, at, length),
      ...(fault !== undefined && fault >= at && fault < at + length && { fault: true as const }),
      ...(printed !== undefined && { printed }),
    }
  }

  #decode(at: number): DecodedInstruction | undefined {
    if (!this.#decoded.has(at)) {
      this.#decoded.set(at, this.#options.disassembler.decode(this.#bytes.subarray(at), this.#linked(at)))
    }
    return this.#decoded.get(at)
  }

  #lengthAt(at: number): number {
    const length = this.#decode(at)?.bytes ?? this.#options.set.align
    return Math.min(Math.max(1, length), this.#bytes.length - at)
  }

  #linked(at: number): bigint {
    return BigInt.asUintN(this.#options.set.bits, this.#source.base + BigInt(this.#symbol.address + at))
  }

  #hex(address: bigint): string {
    const { bits } = this.#options.set
    return `0x${BigInt.asUintN(bits, address)
      .toString(16)
      .padStart(bits / 4, '0')}`
  }

  /** Branches with the name of what they lead to; what the loader fills in with its symbol. */
  async #text({ text, target }: DecodedInstruction, at: number, length: number): Promise<string> {
    const hole = this.#holes.find(each => each.at >= at && each.at < at + length)
    if (hole !== undefined) {
      // A branch counts from behind itself.
      const addend = target === undefined ? hole.addend : hole.addend + (at + length - hole.at)
      const to = target === undefined || hole.target === undefined ? undefined : hole.target - hole.addend + addend
      const named = to === undefined ? undefined : await this.#source.symbolAt(to)
      const name =
        named === undefined || to === undefined
          ? `${hole.symbol}${offsetText(addend)}`
          : `${named.name}${offsetText(to - named.address)}`
      return target === undefined ? `${text}  # ${name}` : text.replace(lastNumber, `<${name}>`)
    }
    if (target === undefined) return text
    const to = Number(BigInt.asIntN(64, target - this.#source.base))
    const inside = to - this.#symbol.address
    const named = inside >= 0 && inside < this.#bytes.length ? undefined : await this.#source.symbolAt(to)
    if (named === undefined && (inside < 0 || inside >= this.#bytes.length)) return text
    const name =
      named === undefined ? `<+0x${inside.toString(16)}>` : `<${named.name}${offsetText(to - named.address)}>`
    // A module's addresses are only where this program laid its sections.
    return this.#options.module === undefined ? `${text} ${name}` : text.replace(lastNumber, name)
  }

  /** What the log has in place of these bytes. */
  #printed(at: number, length: number): string | undefined {
    const here = (this.#options.differences ?? []).filter(each => each.at >= at && each.at < at + length)
    if (here.length === 0) return undefined
    const bytes = Uint8Array.from(this.#bytes.subarray(at, at + length))
    const swapped = this.#source.machine.order !== this.#options.set.order && this.#options.set.align > 1
    const { align } = this.#options.set
    for (const { at: place, printed } of here) {
      const within = place - at
      // Differences are counted in the order of memory.
      const unit = Math.floor(within / align) * align
      bytes[swapped ? unit + align - 1 - (within - unit) : within] = printed
    }
    return this.#shown(bytes)
  }

  /** Bytes of x86 and s390 one by one, words of others as numbers. */
  #shown(bytes: Uint8Array): string {
    const { align, name, order } = this.#options.set
    const unit = name === 'x86' || name === 's390x' ? 1 : align
    const units: string[] = []
    for (let at = 0; at < bytes.length; at += unit) {
      const digits = Array.from(bytes.subarray(at, at + unit), byte => byte.toString(16).padStart(2, '0'))
      units.push((order === 'little' ? digits.reverse() : digits).join(''))
    }
    return units.join(' ')
  }
}

/** The target of a branch, as disassemblers write it. */
const lastNumber = /#?0x[0-9a-f]{1,16}$/

const offsetText = (offset: number): string =>
  offset === 0 ? '' : `${offset < 0 ? '-' : '+'}0x${Math.abs(offset).toString(16)}`

function placed(places: Awaited<ReturnType<FunctionSource['places']>>): Located | undefined {
  const [innermost] = places
  const file = innermost && sourcePath(innermost)
  if (innermost === undefined || file === undefined || innermost.line === undefined || innermost.line === 0) {
    return undefined
  }
  return { file, line: innermost.line, ...(innermost.function !== undefined && { function: innermost.function }) }
}

/** The source between instructions, each line when it is reached. */
class SourceBetween {
  readonly #read: ReadSource | undefined
  readonly #files = new Map<string, Promise<string[] | undefined>>()
  #last: Located | undefined

  constructor(read: ReadSource | undefined) {
    this.#read = read
  }

  async before(place: Located): Promise<Pick<Row, 'place' | 'source'> | undefined> {
    const last = this.#last
    const same = last?.file === place.file && last.function === place.function
    if (same && last.line === place.line) return undefined
    this.#last = place
    const lines = await this.#lines(place.file)
    if (lines === undefined || place.line > lines.length) return { place }
    const follows = same && place.line > last.line && place.line - last.line <= MAX_SOURCE_GAP
    const source = lines.slice(follows ? last.line : place.line - 1, place.line)
    return { place, source: source.map(line => line.slice(0, MAX_LINE)) }
  }

  #lines(file: string): Promise<string[] | undefined> {
    let lines = this.#files.get(file)
    if (lines === undefined) {
      lines = this.#read?.(file).then(text => text?.split('\n')) ?? Promise.resolve(undefined)
      this.#files.set(file, lines)
    }
    return lines
  }
}
