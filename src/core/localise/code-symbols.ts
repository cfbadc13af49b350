// The code symbols of an ELF file, by name and by address. A lookup wants thirty of a hundred thousand, so nothing is
// made of the table before it is asked for, and only hashes of names.

import type { ElfFile } from '../formats/elf/elf-file.ts'
import { ET_REL } from '../formats/elf/header.ts'
import { SHF_EXECINSTR } from '../formats/elf/sections.ts'
import { type ElfSymbols, STT_FUNC } from '../formats/elf/symbols.ts'
import type { CodeSymbol } from './code-map.ts'

/** Address and index share the 53 bits of a number when they are sorted together. */
const INDEX_LIMIT = 2 ** 21
const ADDRESS_LIMIT = 2 ** 32

/** So many letters of a name make its hash: names that share them are few. */
const HASHED_LETTERS = 14

/** Chains of a few names each in a kernel of fifty thousand functions. */
const HASH_MASK = 0xffff

export class CodeSymbols {
  readonly #symbols: ElfSymbols
  readonly #isCode: readonly boolean[]
  readonly #sections: readonly { start: number; end: number }[]
  readonly #relocatable: boolean
  #inCode: { indices: Uint32Array; addresses: Float64Array } | undefined
  #chains: { heads: Uint32Array; next: Uint32Array } | undefined
  #addresses: Float64Array | undefined
  #indices: Uint32Array | undefined
  readonly #found = new Map<string, CodeSymbol[]>()

  constructor(elf: ElfFile, symbols: ElfSymbols) {
    this.#symbols = symbols
    this.#isCode = elf.sections.map(({ flags }) => (flags & SHF_EXECINSTR) !== 0n)
    this.#relocatable = elf.header.type === ET_REL
    const { starts } = elf.layout
    this.#sections = elf.sections
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
    const { indices, addresses } = this.#code()
    const { heads, next } = this.#hashes()
    const found: CodeSymbol[] = []
    for (let place = heads[hashOf(name) & HASH_MASK]!; place !== 0; place = next[place]!) {
      if (this.#isNamed(indices[place - 1]!, name)) found.push({ name, address: addresses[place - 1]! })
    }
    found.sort((a, b) => a.address - b.address)
    this.#found.set(
      name,
      found.filter(({ address }, at) => address !== found[at - 1]?.address).map(symbol => this.#withSize(symbol)),
    )
  }

  #isNamed(index: number, name: string): boolean {
    const { bytes } = this.#symbols.names
    const start = this.#symbols.nameOffset(index)
    if (bytes[start + name.length] !== 0) return false
    for (let at = 0; at < name.length; at++) if (bytes[start + at] !== name.charCodeAt(at)) return false
    return true
  }

  #code(): { indices: Uint32Array; addresses: Float64Array } {
    this.#inCode ??= this.#symbols.inSections(this.#isCode)
    return this.#inCode
  }

  /** Chains of places among the code symbols, from 1, by the hash of the name. */
  #hashes(): { heads: Uint32Array; next: Uint32Array } {
    if (this.#chains !== undefined) return this.#chains
    const { indices } = this.#code()
    const { bytes } = this.#symbols.names
    const heads = new Uint32Array(HASH_MASK + 1)
    const next = new Uint32Array(indices.length + 1)
    for (let place = 1; place <= indices.length; place++) {
      let hash = 0
      const start = this.#symbols.nameOffset(indices[place - 1]!)
      const end = Math.min(start + HASHED_LETTERS, bytes.length)
      for (let at = start; at < end; at++) {
        const letter = bytes[at]!
        if (letter === 0) break
        hash = (Math.imul(hash, 31) + letter) | 0
      }
      next[place] = heads[hash & HASH_MASK]!
      heads[hash & HASH_MASK] = place
    }
    this.#chains = { heads, next }
    return this.#chains
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
    const section = this.#sections.find(({ start, end }) => address >= start && address < end)
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
    const { indices, addresses } = this.#code()
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

function hashOf(name: string): number {
  let hash = 0
  for (let at = 0; at < Math.min(HASHED_LETTERS, name.length); at++)
    hash = (Math.imul(hash, 31) + name.charCodeAt(at)) | 0
  return hash
}
