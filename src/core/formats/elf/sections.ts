// The section table. gABI 5, "Sections".

import { type ByteFile, readCursor } from '../../bytes/byte-file.ts'
import { Cursor, FormatError } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'
import type { ElfHeader } from './header.ts'

export const SHT_SYMTAB = 2
export const SHT_RELA = 4
export const SHT_NOTE = 7
export const SHT_NOBITS = 8
export const SHT_REL = 9
export const SHT_DYNSYM = 11
export const SHT_SYMTAB_SHNDX = 18

export const SHF_ALLOC = 0x2n
export const SHF_EXECINSTR = 0x4n
export const SHF_COMPRESSED = 0x800n

export interface Section {
  index: number
  name: string
  type: number
  flags: bigint
  address: bigint
  /** of the file */
  offset: number
  /** in the file, so of the compressed bytes where they are compressed; for SHT_NOBITS in memory only */
  size: number
  link: number
  info: number
  align: number
  entryBytes: number
}

const ENTRY_BYTES = { 4: 40, 8: 64 } as const

/** Section 0 is part of the list, so that an index is a position. */
export async function readSections(file: ByteFile, header: ElfHeader): Promise<Section[]> {
  const { offset, entryBytes } = header.sections
  if (offset === 0) return []
  if (entryBytes !== ENTRY_BYTES[header.wordBytes]) {
    throw new FormatError(file.name, 0, say`section headers of ${entryBytes} bytes`)
  }
  const first = readSection(await readCursor(file, offset, entryBytes, header.order, file.name), header, 0)
  // Where the numbers do not fit the header, section 0 has them.
  const count = header.sections.count === 0 ? first.size : header.sections.count
  const names = header.sections.names === 0xffff ? first.link : header.sections.names
  const cursor = await readCursor(file, offset, count * entryBytes, header.order, file.name)
  const sections = Array.from({ length: count }, (_, index) => readSection(cursor, header, index))
  await nameSections(file, sections, names)
  return sections
}

function readSection(cursor: Cursor, { wordBytes }: ElfHeader, index: number): Section & { nameOffset: number } {
  const nameOffset = cursor.u32()
  const type = cursor.u32()
  const flags = cursor.word(wordBytes)
  const address = cursor.word(wordBytes)
  const offset = cursor.offset(wordBytes)
  const size = cursor.offset(wordBytes)
  const link = cursor.u32()
  const info = cursor.u32()
  const align = cursor.offset(wordBytes)
  const entryBytes = cursor.offset(wordBytes)
  return { index, name: '', nameOffset, type, flags, address, offset, size, link, info, align, entryBytes }
}

async function nameSections(file: ByteFile, sections: Section[], table: number): Promise<void> {
  const names = sections[table]
  if (names === undefined || names.type === SHT_NOBITS || table === 0) return
  const cursor = await readCursor(file, names.offset, names.size, 'little', file.name)
  for (const section of sections) {
    const { nameOffset } = section as Section & { nameOffset: number }
    section.name = nameOffset < cursor.length ? cursor.seek(nameOffset).cstring() : ''
  }
}

/** The bytes of a section as they stand in the file; empty for those that are in memory only. */
export async function readSectionBytes(file: ByteFile, header: ElfHeader, section: Section): Promise<Cursor> {
  if (section.type === SHT_NOBITS) return new Cursor(section.name, new Uint8Array(0), header.order)
  return readCursor(file, section.offset, section.size, header.order, file.name)
}
