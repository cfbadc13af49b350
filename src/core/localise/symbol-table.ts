// Symbols by address and by name, wherever they come from: kallsyms of an image, /proc/kallsyms, System.map, an ELF
// symbol table. One type for all of them.

import type { Address } from '../model.ts'

/** What a source of symbols gives; names are made by need, since a lookup wants a few of a hundred thousand. */
export interface SymbolRows {
  readonly count: number
  /** in any order */
  readonly addresses: BigUint64Array
  /** `type` is nm's letter: t, T and w are code; `module` is absent for the kernel itself */
  symbol(index: number): { type: string; name: string; module?: string }
  /** the rows ascend by address, which then need not be looked at */
  readonly ascending?: true
  /** Rows with this name, ascending, where the source finds them without making all names. */
  named?(name: string): number[]
}

export interface KernelSymbol {
  address: Address
  name: string
  type: string
  module?: string
}

export interface SymbolAt extends KernelSymbol {
  /** of the address, from the symbol on */
  offset: number
  /** to the next symbol, as traces print it (kernel/kallsyms.c, get_symbol_pos()); absent for the last */
  sizeBytes?: number
}

/** Nothing in a kernel is larger: beyond it an address belongs to no symbol before it, but to a gap. */
const MAX_SYMBOL_BYTES = 256 * 1024 * 1024

/** Behind the last symbol, where its end is not known, so much counts as part of it. */
const LAST_SYMBOL_BYTES = 64 * 1024

export class SymbolTable {
  readonly count: number
  readonly #rows: SymbolRows
  /** ascending */
  readonly #addresses: BigUint64Array
  /** index of the row at each place of #addresses; undefined when the rows came ascending */
  readonly #order: Uint32Array | undefined
  #byName: Map<string, number[]> | undefined

  constructor(rows: SymbolRows) {
    this.count = rows.count
    this.#rows = rows
    if (rows.ascending || isAscending(rows.addresses)) {
      this.#addresses = rows.addresses
      return
    }
    const order = Uint32Array.from(rows.addresses, (_, index) => index)
    // Of the same address the first of the list stays first.
    order.sort((a, b) => {
      const [x, y] = [rows.addresses[a]!, rows.addresses[b]!]
      return x < y ? -1 : x > y ? 1 : a - b
    })
    this.#order = order
    this.#addresses = BigUint64Array.from(order, index => rows.addresses[index]!)
  }

  /** The symbol at a place of the ascending order. */
  symbol(place: number): KernelSymbol {
    return { address: this.#addresses[place]!, ...this.#rows.symbol(this.#order?.[place] ?? place) }
  }

  /** All, ascending. */
  *[Symbol.iterator](): Generator<KernelSymbol> {
    for (let place = 0; place < this.count; place++) yield this.symbol(place)
  }

  /** The symbol that an address is in: of several at one address the first, as the kernel chooses. */
  at(address: Address): SymbolAt | undefined {
    const addresses = this.#addresses
    let place = this.#lastUpTo(address)
    if (place < 0) return undefined
    const next = addresses[place + 1]
    const start = addresses[place]!
    while (place > 0 && addresses[place - 1] === start) place--
    const offset = address - start
    const size = next === undefined ? undefined : next - start
    if (offset > (size === undefined ? LAST_SYMBOL_BYTES : MAX_SYMBOL_BYTES)) return undefined
    const symbol = this.symbol(place)
    return { ...symbol, offset: Number(offset), ...(size === undefined ? {} : { sizeBytes: Number(size) }) }
  }

  /** All symbols of this name, ascending. */
  named(name: string): KernelSymbol[] {
    if (this.#rows.named !== undefined && this.#order === undefined) {
      return this.#rows.named(name).map(place => this.symbol(place))
    }
    this.#byName ??= this.#indexNames()
    return (this.#byName.get(name) ?? []).map(place => this.symbol(place))
  }

  /** Distance from a symbol to the next one above it. */
  sizeOf(symbol: KernelSymbol): number | undefined {
    const next = this.#addresses[this.#lastUpTo(symbol.address) + 1]
    return next === undefined ? undefined : Number(next - symbol.address)
  }

  #lastUpTo(address: Address): number {
    let [low, high] = [0, this.count]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#addresses[middle]! <= address) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #indexNames(): Map<string, number[]> {
    const byName = new Map<string, number[]>()
    for (let place = 0; place < this.count; place++) {
      const { name } = this.symbol(place)
      const places = byName.get(name)
      if (places === undefined) byName.set(name, [place])
      else places.push(place)
    }
    return byName
  }
}

function isAscending(addresses: BigUint64Array): boolean {
  for (let i = 1; i < addresses.length; i++) if (addresses[i]! < addresses[i - 1]!) return false
  return true
}
