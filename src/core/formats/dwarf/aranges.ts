// .debug_aranges: which unit holds which addresses. DWARF 5 §6.1.2.

import type { AddressBase, Cursor } from '../../bytes/cursor.ts'
import { addressBase } from '../../bytes/cursor.ts'

export interface AddressRange {
  low: number
  high: number
  /** of the unit in .debug_info */
  unit: number
}

const zero = addressBase(0n)

/** Ranges without an object for each: a kernel has ten thousand and a lookup wants one. */
export class RangeList {
  #lows = new Float64Array(256)
  #highs = new Float64Array(256)
  #units = new Float64Array(256)
  length = 0

  add(low: number, high: number, unit: number): void {
    if (this.length === this.#lows.length) {
      const [lows, highs, units] = [this.#lows, this.#highs, this.#units]
      const size = 2 * this.length
      this.#lows = new Float64Array(size)
      this.#highs = new Float64Array(size)
      this.#units = new Float64Array(size)
      this.#lows.set(lows)
      this.#highs.set(highs)
      this.#units.set(units)
    }
    this.#lows[this.length] = low
    this.#highs[this.length] = high
    this.#units[this.length++] = unit
  }

  /** Places of the ranges that hold an address, in the order of the list. */
  holding(address: number): number[] {
    const lows = this.#lows
    const highs = this.#highs
    const { length } = this
    const found: number[] = []
    for (let place = 0; place < length; place++) {
      if (lows[place]! <= address && address < highs[place]!) found.push(place)
    }
    return found
  }

  at(place: number): AddressRange {
    return { low: this.#lows[place]!, high: this.#highs[place]!, unit: this.#units[place]! }
  }

  *[Symbol.iterator](): Generator<AddressRange> {
    for (let place = 0; place < this.length; place++) yield this.at(place)
  }
}

/** All ranges of the section, as they stand, and the units that it knows of, with or without ranges. */
export function readAddressRanges(section: Cursor, base: AddressBase): { ranges: RangeList; units: Set<number> } {
  const ranges = new RangeList()
  const units = new Set<number>()
  while (!section.done) {
    const first = section.position
    let length = section.u32()
    const offsetBytes = length === 0xffffffff ? 8 : 4
    if (offsetBytes === 8) length = section.size64()
    const lengthBytes = section.position - first
    const set = section.window(first, lengthBytes + length).skip(lengthBytes)
    section.skip(length)
    const version = set.u16()
    if (version !== 2) throw set.error(`.debug_aranges of version ${version}; known is 2`)
    const unit = set.offset(offsetBytes)
    const addressBytes = set.u8()
    const segmentBytes = set.u8()
    if ((addressBytes !== 4 && addressBytes !== 8) || segmentBytes !== 0) {
      throw set.error(`addresses of ${addressBytes} bytes with segments of ${segmentBytes}`)
    }
    units.add(unit)
    set.align(2 * addressBytes)
    while (set.left >= 2 * addressBytes) {
      const low = set.addressFrom(base, addressBytes)
      const bytes = set.addressFrom(zero, addressBytes)
      // A range of no bytes at 0 ends the set; linkers leave others behind of code they dropped.
      if (bytes > 0) ranges.add(low, low + bytes, unit)
    }
  }
  return { ranges, units }
}
