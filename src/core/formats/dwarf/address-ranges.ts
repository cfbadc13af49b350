// Which units may hold an address: by .debug_aranges, and by root entries for the units that it leaves out.

import { FormatError } from '../../bytes/cursor.ts'
import { type AddressRange, RangeList, readAddressRanges } from './aranges.ts'
import type { DwarfSections } from './sections.ts'
import { scanUnits } from './unit-scan.ts'

export class AddressRanges {
  readonly #sections: DwarfSections
  #listed: Promise<{ table: RangeTable; units: Set<number> }> | undefined
  #scanned: Promise<RangeTable> | undefined

  constructor(sections: DwarfSections) {
    this.#sections = sections
  }

  /** Offsets of the units, most likely first; units are scanned only for an address that no list has. */
  async unitsAt(address: number): Promise<number[]> {
    this.#listed ??= this.#readList()
    const { table, units } = await this.#listed
    const found = table.find(address)
    if (found.length > 0) return found
    this.#scanned ??= scanUnits(this.#sections, units).then(ranges => new RangeTable(ranges))
    return (await this.#scanned).find(address)
  }

  async #readList(): Promise<{ table: RangeTable; units: Set<number> }> {
    const { aranges, base } = this.#sections
    const nothing = { table: new RangeTable(new RangeList()), units: new Set<number>() }
    if (aranges === undefined) return nothing
    try {
      const { ranges, units } = readAddressRanges(await aranges.read(0, aranges.size), base)
      return { table: new RangeTable(ranges), units }
    } catch (error) {
      // A damaged list is as none: the units themselves know.
      if (error instanceof FormatError) return nothing
      throw error
    }
  }
}

/** Overlapping ranges are looked for so many places back. */
const MAX_BACK = 16

/** The list is looked through so often; who asks again gets it sorted. */
const MAX_SEARCHES = 64

class RangeTable {
  readonly #list: RangeList
  #sorted: AddressRange[] | undefined
  #searches = 0

  constructor(list: RangeList) {
    this.#list = list
  }

  find(address: number): number[] {
    if (this.#sorted === undefined && this.#searches++ < MAX_SEARCHES) {
      const found = this.#list.holding(address).map(place => this.#list.at(place))
      // The one that begins last first, as from the sorted list.
      return [
        ...new Set(
          found
            .reverse()
            .sort((a, b) => b.low - a.low)
            .map(({ unit }) => unit),
        ),
      ].slice(0, MAX_BACK)
    }
    this.#sorted ??= [...this.#list].sort((a, b) => a.low - b.low)
    const ranges = this.#sorted
    let low = 0
    let high = ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ranges[middle]!.low <= address) low = middle + 1
      else high = middle
    }
    const units: number[] = []
    for (let index = low - 1; index >= 0 && index >= low - MAX_BACK; index--) {
      const { high: end, unit } = ranges[index]!
      if (address < end && !units.includes(unit)) units.push(unit)
    }
    return units
  }
}
