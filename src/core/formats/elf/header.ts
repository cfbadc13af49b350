// The ELF header. gABI 5, "ELF Header"; <elf.h>. 32 and 64 bit, both byte orders, made one shape here.

import { type ByteFile, readCursor } from '../../bytes/byte-file.ts'
import { type ByteOrder, Cursor, FormatError } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'

export const ET_REL = 1

export interface ElfHeader {
  wordBytes: 4 | 8
  order: ByteOrder
  type: number
  /** e_machine */
  machine: number
  entry: bigint
  flags: number
  segments: { offset: number; count: number; entryBytes: number }
  /** count and names as printed in the header: 0 and 0xffff mean "see section 0" */
  sections: { offset: number; count: number; entryBytes: number; names: number }
}

const MAGIC = 0x7f454c46
const HEADER_BYTES = { 4: 52, 8: 64 } as const

/** Whether a file begins as ELF does; `head` is its first four bytes or more. */
export function isElf(head: Uint8Array): boolean {
  return head.length >= 4 && new Cursor('elf', head, 'big').u32() === MAGIC
}

export async function readElfHeader(file: ByteFile): Promise<ElfHeader> {
  const start = await file.read(0, Math.min(file.size, HEADER_BYTES[8]))
  if (!isElf(start)) throw new FormatError(file.name, 0, say`no ELF file: it does not begin with 7f 45 4c 46`)
  const [width, data] = [start[4], start[5]]
  if (width !== 1 && width !== 2) throw new FormatError(file.name, 4, say`ELF class ${width} is neither 32 nor 64 bit`)
  if (data !== 1 && data !== 2) throw new FormatError(file.name, 5, say`ELF data encoding ${data} is no byte order`)
  const wordBytes = width === 1 ? 4 : 8
  const order = data === 1 ? 'little' : 'big'
  const cursor = (await readCursor(file, 0, HEADER_BYTES[wordBytes], order, file.name)).skip(16)
  const type = cursor.u16()
  const machine = cursor.u16()
  cursor.skip(4) // e_version
  const entry = cursor.word(wordBytes)
  const segmentsOffset = cursor.offset(wordBytes)
  const sectionsOffset = cursor.offset(wordBytes)
  const flags = cursor.u32()
  cursor.skip(2) // e_ehsize
  return {
    wordBytes,
    order,
    type,
    machine,
    entry,
    flags,
    segments: { offset: segmentsOffset, entryBytes: cursor.u16(), count: cursor.u16() },
    sections: { offset: sectionsOffset, entryBytes: cursor.u16(), count: cursor.u16(), names: cursor.u16() },
  }
}
