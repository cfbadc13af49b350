// Single symbols out of a whole table: of one name, or the next behind an address. Who wants a few does not wait until a
// hundred thousand are sorted: one loop puts them into chains, by letters of their names and by their addresses.

import { type ElfSymbols, SHN_XINDEX, STT_FUNC } from './symbols.ts'

/** Letters at these places of a name choose its chain. They are read unseen, so names have to be as long. */
const [FIRST, SECOND, THIRD, FOURTH] = [1, 2, 4, 6] as const
const CHAINED_LENGTH = FOURTH + 1

const HASH_MASK = 0xffff

/** Addresses go into at most so many chains, by their high bits. */
const MAX_STRETCHES = 0x10000

interface Chains {
  /** first symbols by the hash of the name, and for each symbol the next; 0 ends a chain */
  byName: Int32Array
  nextByName: Int32Array
  /** the same by stretches of 1 << shift bytes */
  byAddress: Int32Array
  nextByAddress: Int32Array
  shift: number
}

export class SymbolSearch {
  readonly #symbols: ElfSymbols
  readonly #wanted: Uint8Array
  readonly #end: number
  #made: Chains | undefined

  /** `wanted` says of each section whether its symbols are; their addresses are in [0, end), below 2^31. */
  constructor(symbols: ElfSymbols, wanted: Uint8Array, end: number) {
    this.#symbols = symbols
    this.#wanted = wanted
    this.#end = end
  }

  /** Indices of all symbols of this name in the sections. */
  named(name: string): number[] {
    if (name.length < CHAINED_LENGTH) return name === '' ? [] : this.#short(name)
    const found: number[] = []
    const { byName, nextByName } = this.#chains()
    const hash = hashOf(
      name.charCodeAt(FIRST),
      name.charCodeAt(SECOND),
      name.charCodeAt(THIRD),
      name.charCodeAt(FOURTH),
    )
    for (let index = byName[hash]!; index !== 0; index = nextByName[index]!) {
      if (this.#symbols.isNamed(index, name)) found.push(index)
    }
    return found
  }

  #short(name: string): number[] {
    const found: number[] = []
    const symbols = this.#symbols
    for (let index = 1; index < symbols.count; index++) {
      if (symbols.isNamed(index, name) && symbols.isIn(index, this.#wanted)) found.push(index)
    }
    return found
  }

  /** The lowest address above one, of symbols in the sections; undefined when there is none. */
  nextAddress(address: number): number | undefined {
    const { byAddress, nextByAddress, shift } = this.#chains()
    let next: number | undefined
    for (let stretch = Math.max(0, address) >>> shift; stretch < byAddress.length; stretch++) {
      for (let index = byAddress[stretch]!; index !== 0; index = nextByAddress[index]!) {
        const each = this.#symbols.address(index)
        if (each > address && (next === undefined || each < next)) next = each
      }
      if (next !== undefined) return next
    }
    return undefined
  }

  #chains(): Chains {
    this.#made ??= this.#make()
    return this.#made
  }

  #make(): Chains {
    const symbols = this.#symbols
    const { words, step, value, info, infoShift, section, sectionShift, origins } = symbols.columns
    const { bytes } = symbols.names
    const { count } = symbols
    let shift = 0
    while (this.#end >>> shift >= MAX_STRETCHES) shift++
    const byName = new Int32Array(HASH_MASK + 1)
    const nextByName = new Int32Array(count)
    const byAddress = new Int32Array((this.#end >>> shift) + 1)
    const nextByAddress = new Int32Array(count)
    const wanted = this.#wanted
    for (let index = count - 1, at = index * step; index > 0; index--, at -= step) {
      let home = (words[at + section]! >>> sectionShift) & 0xffff
      const far = home === SHN_XINDEX
      if (!far && wanted[home] !== 1) continue
      const type = (words[at + info]! >>> infoShift) & 15
      if ((far || type !== STT_FUNC) && !symbols.isIn(index, wanted)) continue
      if (far) home = symbols.section(index)
      const start = words[at]! >>> 0
      if (start + CHAINED_LENGTH <= bytes.length) {
        const hash = hashOf(
          bytes[start + FIRST]!,
          bytes[start + SECOND]!,
          bytes[start + THIRD]!,
          bytes[start + FOURTH]!,
        )
        nextByName[index] = byName[hash]!
        byName[hash] = index
      }
      const stretch = ((words[at + value]! + origins[home]!) | 0) >>> shift
      if (stretch >= byAddress.length) continue
      nextByAddress[index] = byAddress[stretch]!
      byAddress[stretch] = index
    }
    return { byName, nextByName, byAddress, nextByAddress, shift }
  }
}

const hashOf = (first: number, second: number, third: number, fourth: number): number =>
  (first ^ (second << 4) ^ (third << 8) ^ (fourth << 11)) & HASH_MASK
