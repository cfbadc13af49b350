// Split units: what a skeleton in the program left to a .dwo file, or to a .dwp file that holds many. DWARF 5 §7.3.

import type { ElfFile } from '../elf/elf-file.ts'
import type { SectionBytes } from '../elf/section-bytes.ts'
import { type DwarfSections, openDwarfSections } from './sections.ts'
import type { Table } from './table.ts'
import { readAbbreviations, readHeaderAt, Unit } from './unit.ts'

/** A .dwo file holds one compile unit beside type units; so many units are looked at for it. */
const MAX_UNITS = 100_000

/** The unit of a .dwo file that belongs to a skeleton; undefined when none has its ID. */
export async function readSplitUnit(file: ElfFile, skeleton: Unit): Promise<Unit | undefined> {
  const sections = await openDwarfSections(file, '.dwo')
  if (sections === undefined) return undefined
  if (file.section('.debug_cu_index') === undefined) {
    return findUnit({ sections, start: 0, end: sections.info.size }, skeleton)
  }
  const contribution = await findInPackage(file, sections, skeleton.root.dwoId)
  return contribution && findUnit(contribution, skeleton)
}

/** The part of a package that one unit is made of: sections narrowed to it, and its place in .debug_info. */
interface Contribution {
  sections: DwarfSections
  start: number
  end: number
}

async function findUnit({ sections, start, end }: Contribution, skeleton: Unit): Promise<Unit | undefined> {
  const { addr, ranges } = skeleton.sections.tables
  const tables = { ...sections.tables, ...(addr && { addr }), ...(ranges && { ranges }) }
  const joined: DwarfSections = { ...sections, base: skeleton.sections.base, tables }
  let offset = start
  for (let count = 0; offset < end && count < MAX_UNITS; count++) {
    const header = await readHeaderAt(joined, offset)
    const cursor = await joined.info.read(offset, header.end - offset)
    const unit = new Unit(header, joined, cursor, await readAbbreviations(joined, header))
    if (unit.root.dwoId !== undefined && unit.root.dwoId === skeleton.root.dwoId) {
      unit.addresses = skeleton.addresses
      unit.addressesStart = skeleton.addressesStart
      unit.gnuRangesBase = skeleton.gnuRangesBase
      unit.setRangeBase(skeleton.root.low)
      return unit
    }
    offset = header.end
  }
  return undefined
}

/** Section numbers of the index: §7.3.5, and 2 for .debug_types in the GNU form before it. */
const column = { info: 1, abbrev: 3, strOffsets: 6, rngLists: 8 } as const

/** §7.3.5.3: a hash table of unit IDs, then a table of offsets and one of sizes. */
async function findInPackage(
  file: ElfFile,
  sections: DwarfSections,
  id: bigint | undefined,
): Promise<Contribution | undefined> {
  const index = await file.read('.debug_cu_index')
  if (index === undefined || id === undefined) return undefined
  // Version 2 has four bytes, version 5 two and two of padding.
  const version = index.order === 'little' ? index.u32() & 0xffff : index.u32() >>> 16 || 2
  const [columns, units, slots] = [index.u32(), index.u32(), index.u32()]
  if (version !== 2 && version !== 5) throw index.error(`.debug_cu_index of version ${version}`, 0)
  const parameters = 16 + slots * 12
  index.window(0, parameters + 4 * columns * (1 + 2 * units))
  let row = 0
  for (let slot = 0; slot < slots && row === 0; slot++) {
    if (index.seek(16 + slot * 8).u64() === id) row = index.seek(16 + slots * 8 + slot * 4).u32()
  }
  if (row === 0 || row > units) return undefined
  const at = (which: number, line: number, place: number): number =>
    index.seek(parameters + 4 * (columns * (1 + which * units + line) + place)).u32()
  const parts = new Map<number, { start: number; size: number }>()
  for (let place = 0; place < columns; place++) {
    const name = index.seek(parameters + 4 * place).u32()
    parts.set(name, { start: at(0, row - 1, place), size: at(1, row - 1, place) })
  }
  const info = parts.get(column.info)
  if (info === undefined) return undefined
  const { str_offsets: strings, rnglists: lists, ...tables } = sections.tables
  const offsets = narrowed(strings, parts.get(column.strOffsets))
  const ranges = narrowed(lists, version === 5 ? parts.get(column.rngLists) : undefined)
  const narrow: DwarfSections = {
    ...sections,
    abbrev: part(sections.abbrev, parts.get(column.abbrev)),
    tables: { ...tables, ...(offsets && { str_offsets: offsets }), ...(ranges && { rnglists: ranges }) },
  }
  return { sections: narrow, start: info.start, end: info.start + info.size }
}

function narrowed(table: Table | undefined, place: { start: number; size: number } | undefined): Table | undefined {
  return place === undefined ? table : table?.part(place.start, place.size)
}

function part(bytes: SectionBytes, place: { start: number; size: number } | undefined): SectionBytes {
  if (place === undefined) return bytes
  return { name: bytes.name, size: place.size, read: (start, count) => bytes.read(place.start + start, count) }
}
