// The program headers. gABI 5, "Program Header".

import { type ByteFile, readCursor } from '../../bytes/byte-file.ts'
import { FormatError } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'
import type { ElfHeader } from './header.ts'

export const PT_LOAD = 1
export const PT_NOTE = 4

export interface Segment {
  type: number
  flags: number
  /** of the file */
  offset: number
  address: bigint
  physicalAddress: bigint
  fileBytes: number
  memoryBytes: number
  align: number
}

const ENTRY_BYTES = { 4: 32, 8: 56 } as const

export async function readSegments(file: ByteFile, header: ElfHeader): Promise<Segment[]> {
  const { offset, count, entryBytes } = header.segments
  const { wordBytes } = header
  if (offset === 0 || count === 0) return []
  if (entryBytes !== ENTRY_BYTES[wordBytes]) {
    throw new FormatError(file.name, 0, say`program headers of ${entryBytes} bytes`)
  }
  const cursor = await readCursor(file, offset, count * entryBytes, header.order, file.name)
  return Array.from({ length: count }, () => {
    const type = cursor.u32()
    // The flags moved between the classes.
    const early = wordBytes === 8 ? cursor.u32() : 0
    const start = cursor.offset(wordBytes)
    const address = cursor.word(wordBytes)
    const physicalAddress = cursor.word(wordBytes)
    const fileBytes = cursor.offset(wordBytes)
    const memoryBytes = cursor.offset(wordBytes)
    const flags = wordBytes === 8 ? early : cursor.u32()
    const align = cursor.offset(wordBytes)
    return { type, flags, offset: start, address, physicalAddress, fileBytes, memoryBytes, align }
  })
}
