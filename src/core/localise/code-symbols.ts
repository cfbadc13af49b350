// The code symbols of an ELF file, by name and by address. A lookup wants thirty of a hundred thousand, so these are
// searched for one by one; who asks for more gets the table sorted.

import type { ElfFile } from '../formats/elf/elf-file.ts'
import { ET_REL } from '../formats/elf/header.ts'
import { SHF_EXECINSTR } from '../formats/elf/sections.ts'
import { SymbolSearch } from '../formats/elf/symbol-search.ts'
import { type ElfSymbols, STT_FUNC } from '../formats/elf/symbols.ts'
import type { CodeSymbol } from './code-map.ts'

/** Address and index share the 53 bits of a number when they are sorted together. */
const INDEX_LIMIT = 2 ** 21
const ADDRESS_LIMIT = 2 ** 32

/** Beyond this addresses are not searched for. */
const SEARCH_LIMIT = 2 ** 31 - 1

/** Symbols behind others are searched for so often. */
const MAX_SEARCHES = 100

export class CodeSymbols {
  readonly #symbols: ElfSymbols
  readonly #isCode: Uint8Array
  readonly #sections: readonly { start: number; end: number }[]
  readonly #relocatable: boolean
  readonly #search: SymbolSearch
  readonly #end: number
  #searches = 0
  #addresses: Float64Array | undefined
  #indices: Uint32Array | undefined
  readonly #found = new Map<string, CodeSymbol[]>()

  constructor(elf: ElfFile, symbols: ElfSymbols) {
    this.#symbols = symbols
    this.#isCode = Uint8Array.from(elf.sections, ({ flags }) => ((flags & SHF_EXECINSTR) === 0n ? 0 : 1))
    this.#relocatable = elf.header.type === ET_REL
    const { starts } = elf.layout
    this.#sections = elf.sections
      .filter(({ index }) => this.#isCode[index] === 1)
      .map(({ index, size }) => ({ start: starts[index]!, end: starts[index]! + size }))
    this.#end = this.#sections.reduce((last, { end }) => Math.max(last, end), 0)
    this.#search = new SymbolSearch(symbols, this.#isCode, Math.min(this.#end, SEARCH_LIMIT))
  }

  /** All of this name, ascending. */
  named(name: string): readonly CodeSymbol[] {
    if (!this.#found.has(name)) this.#find(name)
    return this.#found.get(name)!
  }

  /** The symbol that an address is in; of several at one place a function before a label. */
  at(address: number): CodeSymbol | undefined {
    const place = this.#lastUpTo(address)
    const { addresses, indices } = this.#sorted()
    const start = addresses[place]
    if (start === undefined) return undefined
    let best = place
    for (let each = place; each >= 0 && addresses[each] === start; each--) {
      if (this.#weight(indices[each]!) >= this.#weight(indices[best]!)) best = each
    }
    return this.#withSize({ name: this.#symbols.name(indices[best]!), address: start })
  }

  /** All, ascending; of several at one place the one that `at` would give is the last. */
  *[Symbol.iterator](): Generator<CodeSymbol> {
    const { addresses, indices } = this.#sorted()
    for (let first = 0; first < addresses.length; ) {
      let last = first + 1
      while (last < addresses.length && addresses[last] === addresses[first]) last++
      const group = Array.from(indices.subarray(first, last)).reverse()
      if (group.length > 1) group.sort((a, b) => this.#weight(a) - this.#weight(b))
      for (const index of group) yield this.#withSize({ name: this.#symbols.name(index), address: addresses[first]! })
      first = last
    }
  }

  #find(name: string): void {
    const found = this.#search
      .named(name)
      .map(index => ({ name, address: this.#symbols.address(index) }))
      .sort((a, b) => a.address - b.address)
      .filter(({ address }, at, all) => address !== all[at - 1]?.address)
    this.#found.set(
      name,
      found.map(symbol => this.#withSize(symbol)),
    )
  }

  #weight(index: number): number {
    const kind = this.#symbols.type(index) === STT_FUNC ? 2 : 0
    return kind + (this.#symbols.binding(index) === 1 ? 1 : 0)
  }

  #withSize(symbol: CodeSymbol): CodeSymbol {
    // Sections of a module are loaded apart from one another; in the kernel the next symbol may be in the next one.
    const section = this.#relocatable ? this.#sectionOf(symbol.address) : undefined
    const next = this.#nextAddress(symbol.address)
    const end = (next === undefined ? this.#sectionOf(symbol.address) : section)?.end ?? Number.POSITIVE_INFINITY
    const until = Math.min(next ?? Number.POSITIVE_INFINITY, end)
    if (until !== Number.POSITIVE_INFINITY) symbol.sizeBytes = until - symbol.address
    return symbol
  }

  #nextAddress(address: number): number | undefined {
    if (this.#addresses === undefined && this.#end <= SEARCH_LIMIT && this.#searches < MAX_SEARCHES) {
      this.#searches++
      return this.#search.nextAddress(address)
    }
    return this.#sorted().addresses[this.#lastUpTo(address) + 1]
  }

  #sectionOf(address: number) {
    return this.#sections.find(({ start, end }) => address >= start && address < end)
  }

  #lastUpTo(address: number): number {
    const { addresses } = this.#sorted()
    let low = 0
    let high = addresses.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (addresses[middle]! <= address) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #sorted(): { addresses: Float64Array; indices: Uint32Array } {
    if (this.#addresses === undefined || this.#indices === undefined) {
      const keys = this.#keys()
      const indices = new Uint32Array(keys.length)
      for (let place = 0; place < keys.length; place++) {
        const address = Math.floor(keys[place]! / INDEX_LIMIT)
        indices[place] = keys[place]! - address * INDEX_LIMIT
        keys[place] = address
      }
      this.#addresses = keys
      this.#indices = indices
    }
    return { addresses: this.#addresses, indices: this.#indices }
  }

  /** Address and index in one number each, ascending. */
  #keys(): Float64Array {
    const { indices, addresses } = this.#symbols.inSections(this.#isCode)
    const keys = new Float64Array(indices.length)
    let used = 0
    for (let place = 0; place < indices.length; place++) {
      const address = addresses[place]!
      const index = indices[place]!
      if (!(address >= 0 && address < ADDRESS_LIMIT && index < INDEX_LIMIT)) continue
      keys[used++] = address * INDEX_LIMIT + index
    }
    return keys.slice(0, used).sort()
  }
}
