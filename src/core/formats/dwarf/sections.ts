// The sections of one set of debug information: of a program, a .dwo file, a unit of a .dwp file, or dwz's shared file.

import type { AddressBase, ByteOrder } from '../../bytes/cursor.ts'
import type { ElfFile } from '../elf/elf-file.ts'
import type { SectionBytes } from '../elf/section-bytes.ts'
import { openTable, type Table } from './table.ts'

/** Sections that are looked into at single places. */
const tableNames = ['str', 'line_str', 'str_offsets', 'addr', 'ranges', 'rnglists'] as const

type TableName = (typeof tableNames)[number]

export interface DwarfSections {
  readonly order: ByteOrder
  readonly base: AddressBase
  /** read by units */
  readonly info: SectionBytes
  readonly abbrev: SectionBytes
  readonly line: SectionBytes | undefined
  readonly aranges: SectionBytes | undefined
  /** absent where the file has none */
  readonly tables: Partial<Record<TableName, Table>>
  /** location lists, read by need: .debug_loclists (DWARF 5) and .debug_loc */
  locationLists?(): Promise<SectionBytes | undefined>
  oldLocations?(): Promise<SectionBytes | undefined>
  /** the file that dwz moved common parts to */
  alternate?: DwarfSections
}

/** undefined when the file has no debug information. `suffix` is '.dwo' for the sections of split units. */
export async function openDwarfSections(elf: ElfFile, suffix: '' | '.dwo' = ''): Promise<DwarfSections | undefined> {
  const open = async (name: string): Promise<SectionBytes | undefined> => {
    const section = elf.section(`.debug_${name}${suffix}`) ?? elf.section(`.zdebug_${name}${suffix}`)
    return section && elf.contents(section)
  }
  const info = await open('info')
  const abbrev = await open('abbrev')
  if (info === undefined || abbrev === undefined || info.size === 0) return undefined
  const tables: Partial<Record<TableName, Table>> = {}
  for (const name of tableNames) {
    const bytes = await open(name)
    if (bytes !== undefined) tables[name] = await openTable(bytes)
  }
  return {
    order: elf.header.order,
    base: elf.layout.base,
    info,
    abbrev,
    line: await open('line'),
    aranges: await open('aranges'),
    tables,
    locationLists: () => open('loclists'),
    oldLocations: () => open('loc'),
  }
}
