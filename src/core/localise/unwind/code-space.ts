// Where the code of a machine that failed stood: objects at the addresses they ran at, found by what the log says both an
// address and a symbol of.

import type { Address, Frame, Report } from '../../model.ts'
import type { Abi } from './abi.ts'
import type { CodeObject, SymbolPlace } from './code-object.ts'

export type { CodeObject } from './code-object.ts'

export interface CodeAt {
  object: CodeObject
  /** in the object */
  place: number
}

export interface FoundSymbol extends SymbolPlace {
  module?: string
}

/** Code lies this close to code that is known: a kernel and its modules take no more. */
const NEIGHBOURHOOD = 64n * 1024n * 1024n

/** Of an object so many bytes stand at an address and at a place. */
interface Anchor {
  object: CodeObject
  running: Address
  place: number
  bytes: number
}

/** KASLR moves kernels by multiples of this at least (arm64: 64 KiB; x86: 2 MiB); modules begin at pages. */
const KERNEL_STEP = 0x10000n
const PAGE = 0x1000n

/** Modules are laid out here section by section; each is found for itself. */
const UNBOUNDED = 2 ** 40

/** As the log prints it. */
export function programCounterOf(abi: Abi, { pc, registers = {} }: Report): bigint | undefined {
  const name = abi.programCounter.find(each => registers[each] !== undefined)
  return parse(pc?.address) ?? (name === undefined ? undefined : parse(registers[name]))
}

const parse = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^0x[0-9a-f]{1,16}$/.test(text) ? BigInt(text) : undefined

export class CodeSpace {
  readonly #abi: Abi
  readonly #anchors: Anchor[] = []
  #objects: readonly CodeObject[] = []
  /** code addresses that the log names, with their names */
  readonly #known = new Map<Address, FoundSymbol>()
  /** addresses that are surely of code, named or not */
  readonly #neighbours: Address[]

  private constructor(abi: Abi, report: Report) {
    this.#abi = abi
    for (const frame of namedFrames(report)) {
      const address = parse(frame.address)
      if (address === undefined || frame.symbol === undefined) continue
      const { symbol, offset = 0, size, module } = frame
      this.#known.set(abi.strip(address), {
        name: symbol,
        offset,
        ...(size !== undefined && { size }),
        ...(module !== undefined && { module }),
      })
    }
    this.#neighbours = [...this.#known.keys()]
    // What was jumped to and is no code is the fault itself.
    const pc = programCounterOf(abi, report)
    if (pc !== undefined && pc !== parse(report.fault?.address)) this.#neighbours.push(abi.strip(pc))
  }

  /**
   * `objects` are the kernel and the modules that the report names; one that cannot be placed is left out. `shift` is how
   * far the kernel stood from where it is linked, where that is known otherwise.
   */
  static async open(abi: Abi, report: Report, objects: readonly CodeObject[] = [], shift?: bigint): Promise<CodeSpace> {
    const space = new CodeSpace(abi, report)
    space.#objects = objects
    for (const object of objects) await space.#place(object, report, shift)
    return space
  }

  get hasCode(): boolean {
    return this.#anchors.length > 0
  }

  /** The object and place of a running address. */
  at(address: Address): CodeAt | undefined {
    for (const { object, running, place, bytes } of this.#anchors) {
      const distance = address - running
      if (distance < -BigInt(bytes) || distance > BigInt(bytes)) continue
      const found = place + Number(distance)
      if (object.isCode(found)) return { object, place: found }
    }
    return undefined
  }

  /** The place of a frame that the log gives the name of, wherever its object ran. */
  async placeOfFrame({ address, symbol, offset, size, module }: Frame): Promise<CodeAt | undefined> {
    const object = this.#objects.find(each => each.module === module)
    if (object === undefined || symbol === undefined || offset === undefined) {
      const printed = parse(address)
      return printed === undefined ? undefined : this.at(printed)
    }
    const named = await object.named(symbol)
    const fitting = named.filter(each => size === undefined || each.sizeBytes === size)
    const [only] = fitting.length > 0 ? fitting : named
    return only === undefined || fitting.length > 1 ? undefined : { object, place: only.address + offset }
  }

  /** A function by its name: in the object that names it, or in the kernel. */
  async functionNamed(name: string, within: CodeObject): Promise<CodeAt | undefined> {
    for (const object of new Set([within, ...this.#objects])) {
      const named = await object.named(name)
      const [only] = named
      if (only !== undefined) return named.length === 1 ? { object, place: only.address } : undefined
    }
    return undefined
  }

  /** The running address of a frame that the log gives the name of; undefined where that is not one place. */
  async addressOfFrame({ address, symbol, offset, size, module }: Frame): Promise<Address | undefined> {
    const printed = parse(address)
    if (printed !== undefined) return printed
    const object = this.#anchors.find(each => each.object.module === module)?.object
    if (object === undefined || symbol === undefined || offset === undefined) return undefined
    const named = await object.named(symbol)
    const fitting = named.filter(each => size === undefined || each.sizeBytes === size)
    const [only] = fitting.length > 0 ? fitting : named
    if (only === undefined || fitting.length > 1) return undefined
    return this.addressOf(object, only.address + offset)
  }

  /** The running address of a place. */
  addressOf(object: CodeObject, place: number): Address | undefined {
    const anchors = this.#anchors.filter(each => each.object === object)
    const near = anchors.find(each => Math.abs(place - each.place) <= each.bytes) ?? anchors[0]
    return near && near.running + BigInt(Math.trunc(place - near.place))
  }

  /** Whether an address may be one of code. Sure where the files are at hand, a guess by its neighbours where not. */
  isCode(address: Address): boolean {
    const stripped = this.#abi.strip(address)
    if (this.#known.has(stripped)) return true
    if (this.at(stripped) !== undefined) return true
    const isNear = (each: Address): boolean => {
      const distance = each - stripped
      return distance < NEIGHBOURHOOD && distance > -NEIGHBOURHOOD
    }
    const withFiles = this.#anchors.some(({ object, running }) => object.module === undefined && isNear(running))
    // With the kernel's file at hand what is no code of it there is none.
    if (withFiles) return false
    return this.#neighbours.some(isNear)
  }

  /** Whether the log itself names the function of exactly this address. */
  isNamed(address: Address): boolean {
    return this.#known.has(address)
  }

  /** The function that an address is in; a return address is looked up a byte before. */
  async symbol(address: Address, isReturn: boolean): Promise<FoundSymbol | undefined> {
    const stripped = this.#abi.strip(address)
    const known = this.#known.get(stripped)
    const back = isReturn ? 1 : 0
    const code = this.at(stripped - BigInt(back))
    const found = code && (await code.object.symbolAt(code.place))
    if (found === undefined) return known
    const { module } = code!.object
    return { ...found, offset: found.offset + back, ...(module !== undefined && { module }) }
  }

  async #place(object: CodeObject, report: Report, shift: bigint | undefined): Promise<void> {
    const before = this.#anchors.length
    for (const frame of namedFrames(report)) {
      const address = parse(frame.address)
      const { symbol, offset, size, module } = frame
      if (address === undefined || symbol === undefined || offset === undefined || module !== object.module) continue
      const named = await object.named(symbol)
      const fitting = size === undefined ? named : named.filter(({ sizeBytes }) => sizeBytes === size)
      const [only] = fitting.length > 0 ? fitting : named
      if (only === undefined || (fitting.length > 1 && named.length > 1)) continue
      // Of a module only the section of the symbol is as far away.
      const bytes = object.module === undefined ? UNBOUNDED : 16 * 1024 * 1024
      this.#anchors.push({ object, running: this.#abi.strip(address) - BigInt(offset), place: only.address, bytes })
      if (object.module === undefined) return
      if (this.#anchors.length - before >= 8) return
    }
    if (this.#anchors.length > before || (await this.#placeByWords(object, report))) return
    if (object.module !== undefined) return
    const moved = shift ?? parse(report.kernel?.kaslrOffset) ?? 0n
    this.#anchors.push({ object, running: object.base + moved, place: 0, bytes: UNBOUNDED })
  }

  /**
   * Where the log names functions without addresses: return addresses of its trace stand among the words of the stack, all
   * as far from their places in the file.
   */
  async #placeByWords(object: CodeObject, report: Report): Promise<boolean> {
    const words = (report.stack?.words ?? []).map(({ value }) => parse(value)).filter(value => value !== undefined)
    if (words.length === 0) return false
    const votes = new Map<bigint, number>()
    const step = object.module === undefined ? KERNEL_STEP : PAGE
    let last: number | undefined
    for (const { symbol, offset, size, module } of (report.traces ?? []).flatMap(({ frames }) => frames)) {
      if (symbol === undefined || offset === undefined || module !== object.module) continue
      const named = (await object.named(symbol)).filter(each => size === undefined || each.sizeBytes === size)
      const [only] = named
      if (only === undefined || named.length > 1) continue
      last = only.address
      const linked = object.base + BigInt(only.address + offset)
      for (const word of new Set(words)) {
        const distance = this.#abi.strip(word) - linked
        if (distance % step === 0n) votes.set(distance, (votes.get(distance) ?? 0) + 1)
      }
    }
    const [best, second] = [...votes].toSorted((a, b) => b[1] - a[1])
    if (best === undefined || last === undefined || best[1] === second?.[1]) return false
    const bytes = object.module === undefined ? UNBOUNDED : 16 * 1024 * 1024
    this.#anchors.push({ object, running: object.base + best[0] + BigInt(last), place: last, bytes })
    return true
  }
}

/** All that the report gives an address and a name of: frames, the program counter, registers, the pc and link rows. */
function* namedFrames({ pc, traces = [], registers = {}, registerSets = [], text }: Report): Generator<Frame> {
  const address = registers['pc'] ?? registers['NIP'] ?? registers['epc'] ?? registers['RIP'] ?? registers['EIP']
  if (pc !== undefined) yield pc.address === undefined && address !== undefined ? { ...pc, address } : pc
  // "LR is at direct_entry+0x11c/0x13c [lkdtm]": the link register of the first set has its address.
  const link =
    /^[ \t]{0,8}(?:LR is at|lr :|ra {0,4}:) (?:[0-9a-f]{16} )?(?<symbol>[\w.]{1,256})\+0x(?<offset>[0-9a-f]{1,8})\/0x(?<size>[0-9a-f]{1,8})(?: \[(?<module>\w{1,64})[^\]\n]{0,80}\])?/m.exec(
      text,
    )?.groups
  const linkAddress = registers['lr'] ?? registers['ra'] ?? registers['$31']
  if (link !== undefined && linkAddress !== undefined) {
    yield {
      address: linkAddress,
      symbol: link['symbol']!,
      offset: Number.parseInt(link['offset']!, 16),
      size: Number.parseInt(link['size']!, 16),
      ...(link['module'] !== undefined && { module: link['module'] }),
    }
  }
  for (const { frames } of traces) yield* frames
  for (const set of registerSets) if (set.pc !== undefined && set.mode !== 'user') yield set.pc
}
