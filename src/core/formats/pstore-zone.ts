// What pstore keeps on a block device or MTD: fs/pstore/zone.c. Its zones begin as those of ramoops do, but are no rings and
// have a header of their own for dumps.

import type { ByteFile } from '../bytes/byte-file.ts'
import { type ByteOrder, Cursor } from '../bytes/cursor.ts'
import { signatures } from './ramoops/zones.ts'
import { inflateRecord, MAX_LOG_BYTES, type RecoveredLog, type RecoverHost } from './recovered-log.ts'

/** struct psz_buffer: signature, length, start */
const BUFFER_BYTES = 12
/** PSTORE_KMSG_HEADER_MAGIC */
const MAGIC = 0x4dfc3ae5

/**
 * struct psz_kmsg_header has the compiler's padding in it. `seconds` is a struct timespec64, whose second half is a long; 64
 * bit machines, 32 bit ones that align 64-bit numbers (arm), and i386 and m68k, which do not.
 */
const layouts = [
  { seconds: 8, nanoBytes: 8, compressed: 24, counter: 28, reason: 32, bytes: 40 },
  { seconds: 8, nanoBytes: 4, compressed: 20, counter: 24, reason: 28, bytes: 32 },
  { seconds: 4, nanoBytes: 4, compressed: 16, counter: 20, reason: 24, bytes: 28 },
] as const

/** enum kmsg_dump_reason, as kmsg_dump_reason_str() names it */
const reasons = ['Unknown', 'Panic', 'Oops', 'Emergency', 'Shutdown'] as const

/** All dumps, the oldest first. */
export async function recoverPstoreZones(file: ByteFile, host: RecoverHost): Promise<RecoveredLog[]> {
  const logs: RecoveredLog[] = []
  const zones = await signatures(file)
  for (const [index, { offset, order }] of zones.entries()) {
    const head = await file.read(offset, Math.min(BUFFER_BYTES + 40, file.size - offset))
    const found = headerOf(head, order, offset)
    if (found === undefined) continue
    const start = offset + BUFFER_BYTES + found.headerBytes
    const told = found.dataBytes - found.headerBytes
    const room = Math.max(0, Math.min((zones[index + 1]?.offset ?? file.size) - start, MAX_LOG_BYTES))
    const damage = told > room || told < 0 ? [`its header tells of ${told} bytes where ${room} are`] : []
    const body = await file.read(start, Math.max(0, Math.min(told, room)))
    const inflated = found.compressed ? await inflateRecord(body, host) : { bytes: body }
    if (inflated.damage !== undefined) damage.push(inflated.damage)
    logs.push({
      name: `dmesg-pstore_blk-${index}`,
      by: 'kernel',
      offset: start,
      wallUs: found.wallUs,
      text: inflated.bytes,
      damage,
    })
  }
  return logs.sort((a, b) => a.wallUs! - b.wallUs!)
}

interface Header {
  dataBytes: number
  headerBytes: number
  wallUs: number
  compressed: boolean
}

function headerOf(head: Uint8Array, order: ByteOrder, offset: number): Header | undefined {
  if (head.length < BUFFER_BYTES + 40) return undefined
  const cursor = new Cursor('pstore-zone', head, order, offset)
  const dataBytes = cursor.seek(4).u32()
  if (cursor.seek(BUFFER_BYTES).u32() !== MAGIC) return undefined
  const at = (place: number): Cursor => cursor.seek(BUFFER_BYTES + place)
  for (const layout of layouts) {
    const seconds = Number(at(layout.seconds).i64())
    const nanos = layout.nanoBytes === 8 ? Number(cursor.u64()) : cursor.u32()
    const compressed = at(layout.compressed).u8()
    const reason = at(layout.reason).u32()
    const possible = seconds >= 0 && seconds < 2 ** 40 && nanos < 1e9 && compressed <= 1 && reason < reasons.length
    if (!possible) continue
    const wallUs = seconds * 1e6 + Math.floor(nanos / 1000)
    return { dataBytes, headerBytes: layout.bytes, wallUs, compressed: compressed === 1 }
  }
  return undefined
}
