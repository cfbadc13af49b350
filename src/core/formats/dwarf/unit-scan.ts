// The units of a file one after the other, and the addresses that their root entries alone say they hold: what takes the
// place of .debug_aranges where a compiler writes none.

import { FormatError } from '../../bytes/cursor.ts'
import { AbbreviationTable } from './abbreviations.ts'
import { RangeList } from './aranges.ts'
import { readRanges } from './ranges.ts'
import type { DwarfSections } from './sections.ts'
import { readAbbreviations, readHeaderAt, Unit, type UnitHeader } from './unit.ts'

/** Header and root entry of nearly every unit fit; longer ones are read whole. */
const ROOT_BYTES = 512
const ROOT_ABBREVIATION_BYTES = 256

/** The headers of all units, in order. Stops at the first that is damaged. */
export async function readUnitHeaders(sections: DwarfSections): Promise<UnitHeader[]> {
  const headers: UnitHeader[] = []
  for (let offset = 0; offset < sections.info.size; ) {
    const header = await readHeaderAt(sections, offset).catch(stopAtDamage)
    if (header === undefined) break
    headers.push(header)
    offset = header.end
  }
  return headers
}

function stopAtDamage(error: unknown): undefined {
  if (!(error instanceof FormatError)) throw error
}

/** What the root entries of all units but those in `known` say. */
export async function scanUnits(sections: DwarfSections, known: ReadonlySet<number>): Promise<RangeList> {
  const ranges = new RangeList()
  for (const header of await readUnitHeaders(sections)) {
    if (known.has(header.offset)) continue
    try {
      const unit = await readRoot(sections, header)
      for (const [low, high] of pairsOf(unit)) ranges.add(low, high, header.offset)
    } catch (error) {
      stopAtDamage(error)
    }
  }
  return ranges
}

function* pairsOf(unit: Unit): Generator<[number, number]> {
  const { low, high, ranges } = unit.root
  const pairs: number[] = []
  if (ranges !== undefined) readRanges(unit, ranges.form, ranges.value, pairs)
  else if (low !== undefined && high !== undefined) pairs.push(low, high)
  for (let index = 0; index < pairs.length; index += 2) yield [pairs[index]!, pairs[index + 1]!]
}

/** A unit of which only the root entry is read. */
async function readRoot(sections: DwarfSections, header: UnitHeader): Promise<Unit> {
  const bytes = header.end - header.offset
  const window = await sections.info.read(header.offset, Math.min(bytes, ROOT_BYTES))
  try {
    const code = window.seek(header.root).uleb()
    const left = Math.max(0, sections.abbrev.size - header.abbreviations)
    const table = await sections.abbrev.read(header.abbreviations, Math.min(left, ROOT_ABBREVIATION_BYTES))
    return new Unit(header, sections, window, new AbbreviationTable(table, header, code))
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    // The root was longer, or its abbreviation further on.
    const whole = await sections.info.read(header.offset, bytes)
    return new Unit(header, sections, whole, await readAbbreviations(sections, header))
  }
}
