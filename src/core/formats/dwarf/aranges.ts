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

/** All ranges of the section, as they stand, and the units that it knows of, with or without ranges. */
export function readAddressRanges(section: Cursor, base: AddressBase): { ranges: AddressRange[]; units: Set<number> } {
  const ranges: AddressRange[] = []
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
      if (bytes > 0) ranges.push({ low, high: low + bytes, unit })
    }
  }
  return { ranges, units }
}
