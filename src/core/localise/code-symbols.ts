// The code symbols of an ELF file, by name and by address. A lookup wants thirty of a hundred thousand, so nothing is
// made of the table before it is asked for, and names are looked for as text.

import type { ElfFile } from '../formats/elf/elf-file.ts'
import { ET_REL } from '../formats/elf/header.ts'
import { SHF_EXECINSTR } from '../formats/elf/sections.ts'
import { type ElfSymbols, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE } from '../formats/elf/symbols.ts'
import type { CodeSymbol } from './code-map.ts'

/** Address and index share the 53 bits of a number when they are sorted together. */
const INDEX_LIMIT = 2 ** 21
const ADDRESS_LIMIT = 2 ** 32

/** What assemblers and compilers leave for themselves: mapping symbols, local labels. */
const isLabel = (name: string): boolean => name === '' || name.startsWith('$') || name.startsWith('.L')

export class CodeSymbols {
  readonly #symbols: ElfSymbols
  readonly #isCode: readonly boolean[]
  readonly #code: readonly { start: number; end: number }[]
  readonly #relocatable: boolean
  #text: string | undefined
  /** symbol index → where its name starts */
  #offsets: Uint32Array | undefined
  #addresses: Float64Array | undefined
  #indices: Uint32Array | undefined
  readonly #found = new Map<string, CodeSymbol[]>()

  constructor(elf: ElfFile, symbols: ElfSymbols) {
    this.#symbols = symbols
    this.#isCode = elf.sections.map(({ flags }) => (flags & SHF_EXECINSTR) !== 0n)
    this.#relocatable = elf.header.type === ET_REL
    const { starts } = elf.layout
    this.#code = elf.sections
      .filter(({ index }) => this.#isCode[index] === true)
      .map(({ index, size }) => ({ start: starts[index]!, end: starts[index]! + size }))
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
    const symbols = this.#symbols
    this.#text ??= new TextDecoder('latin1').decode(symbols.names.bytes)
    // Linkers share the ends of names, so that a name may start within another.
    const starts: number[] = []
    for (let at = this.#text.indexOf(`${name}\0`); at >= 0; at = this.#text.indexOf(`${name}\0`, at + 1))
      starts.push(at)
    const found: CodeSymbol[] = []
    for (const index of this.#startingAt(starts)) {
      if (this.#counts(index)) found.push({ name, address: symbols.address(index) })
    }
    found.sort((a, b) => a.address - b.address)
    this.#found.set(
      name,
      found.filter(({ address }, at) => address !== found[at - 1]?.address).map(symbol => this.#withSize(symbol)),
    )
  }

  #nameOffsets(): Uint32Array {
    const offsets = new Uint32Array(this.#symbols.count)
    for (let index = 1; index < offsets.length; index++) offsets[index] = this.#symbols.nameOffset(index)
    return offsets
  }

  /** Symbols whose names start at these offsets of the table of names. */
  #startingAt(starts: readonly number[]): number[] {
    this.#offsets ??= this.#nameOffsets()
    const offsets = this.#offsets
    const indices: number[] = []
    const [only] = starts
    if (starts.length === 1) {
      // Nearly every name; a look at each offset is quicker than any table made of them.
      for (let index = offsets.indexOf(only!); index >= 0; index = offsets.indexOf(only!, index + 1))
        indices.push(index)
    } else if (starts.length > 1) {
      const wanted = new Set(starts)
      for (let index = 1; index < offsets.length; index++) if (wanted.has(offsets[index]!)) indices.push(index)
    }
    return indices
  }

  #counts(index: number): boolean {
    const type = this.#symbols.type(index)
    if (type !== STT_FUNC && type !== STT_NOTYPE && type !== STT_GNU_IFUNC) return false
    return this.#isCode[this.#symbols.section(index)] === true
  }

  #weight(index: number): number {
    const kind = this.#symbols.type(index) === STT_FUNC ? 2 : 0
    return kind + (this.#symbols.binding(index) === 1 ? 1 : 0)
  }

  #withSize(symbol: CodeSymbol): CodeSymbol {
    const { addresses } = this.#sorted()
    const next = addresses[this.#lastUpTo(symbol.address) + 1]
    // Sections of a module are loaded apart from one another; in the kernel the next symbol may be in the next one.
    const end = next === undefined || this.#relocatable ? this.#sectionEnd(symbol.address) : Number.POSITIVE_INFINITY
    const until = Math.min(next ?? Number.POSITIVE_INFINITY, end)
    if (until !== Number.POSITIVE_INFINITY) symbol.sizeBytes = until - symbol.address
    return symbol
  }

  #sectionEnd(address: number): number {
    const section = this.#code.find(({ start, end }) => address >= start && address < end)
    return section?.end ?? Number.POSITIVE_INFINITY
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
    const symbols = this.#symbols
    const count = Math.min(symbols.count, INDEX_LIMIT)
    const keys = new Float64Array(count)
    let used = 0
    for (let index = 1; index < count; index++) {
      if (!this.#counts(index)) continue
      const address = symbols.address(index)
      if (!(address >= 0 && address < ADDRESS_LIMIT)) continue
      if (symbols.type(index) === STT_NOTYPE && isLabel(symbols.name(index))) continue
      keys[used++] = address * INDEX_LIMIT + index
    }
    return keys.slice(0, used).sort()
  }
}
