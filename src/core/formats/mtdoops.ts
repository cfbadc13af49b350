// mtdoops writes each oops into the next record of a flash partition: drivers/mtd/mtdoops.c, struct mtdoops_hdr. The size of
// a record is known to the module's parameter only; it is a multiple of 4096, and so are the places where records begin.

import type { ByteFile } from '../bytes/byte-file.ts'
import { type ByteOrder, Cursor } from '../bytes/cursor.ts'
import { MAX_LOG_BYTES, MAX_LOGS, type RecoveredLog } from './recovered-log.ts'

const UNIT_BYTES = 4096
const MAGIC_V1 = 0x5d005d00
const MAGIC_V2 = 0x5d005e00

/** Records that are looked for are read in pieces of this size; a partition is no larger than twice that. */
const WINDOW_BYTES = 4 * 1024 * 1024

interface Header {
  offset: number
  sequence: number
  bytes: number
  wallUs?: number
}

/** All records, the oldest first. An image of a whole flash may have other partitions around them. */
export async function recoverMtdoops(file: ByteFile): Promise<RecoveredLog[]> {
  const headers: Header[] = []
  for (let start = 0; start < file.size && headers.length < MAX_LOGS; start += WINDOW_BYTES) {
    const bytes = await file.read(start, Math.min(WINDOW_BYTES, file.size - start))
    for (let at = 0; at + 16 <= bytes.length && headers.length < MAX_LOGS; at += UNIT_BYTES) {
      const header = headerAt(bytes, at, start + at)
      if (header !== undefined) headers.push(header)
    }
  }
  const logs: RecoveredLog[] = []
  const stride = smallestGap(headers)
  for (const [index, header] of oldestFirst(headers).entries()) {
    const room = Math.min(stride, file.size - header.offset, MAX_LOG_BYTES)
    const text = withoutPadding(await file.read(header.offset + header.bytes, Math.max(0, room - header.bytes)))
    logs.push({
      name: `mtdoops-${index}`,
      by: 'kernel',
      offset: header.offset + header.bytes,
      ...(header.wallUs === undefined ? {} : { wallUs: header.wallUs }),
      text,
      damage: [],
    })
  }
  return logs
}

function headerAt(bytes: Uint8Array, at: number, offset: number): Header | undefined {
  for (const order of ['little', 'big'] as const satisfies readonly ByteOrder[]) {
    const cursor = new Cursor('mtdoops', bytes.subarray(at, at + 16), order, offset)
    const sequence = cursor.u32()
    const magic = cursor.u32()
    // Both words of an erased record are all ones.
    if (sequence === 0xffffffff) return undefined
    if (magic === MAGIC_V1) return { offset, sequence, bytes: 8 }
    if (magic === MAGIC_V2) return { offset, sequence, bytes: 16, wallUs: Number(cursor.i64() / 1000n) }
  }
  return undefined
}

/** Records stand one behind the other, erased ones between them. */
function smallestGap(headers: readonly Header[]): number {
  let smallest = Number.POSITIVE_INFINITY
  for (const [index, { offset }] of headers.entries()) {
    if (index > 0) smallest = Math.min(smallest, offset - headers[index - 1]!.offset)
  }
  return smallest
}

/** The numbers wrap: find_next_position() takes small ones for newer than very large ones. */
function oldestFirst(headers: readonly Header[]): Header[] {
  const wrapped =
    headers.some(({ sequence }) => sequence > 0xc0000000) && headers.some(({ sequence }) => sequence < 0x40000000)
  const place = ({ sequence }: Header): number =>
    wrapped && sequence < 0x40000000 ? sequence + 0x1_0000_0000 : sequence
  return [...headers].sort((a, b) => place(a) - place(b))
}

/** Up to the first byte that no text has: records are filled up with 0xff. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  for (const filler of [0xff, 0]) {
    const at = bytes.indexOf(filler)
    if (at >= 0) end = Math.min(end, at)
  }
  return bytes.subarray(0, end)
}
