// The oops log in a PowerPC machine's NVRAM: arch/powerpc/kernel/nvram_64.c. CHRP partitions stand one behind the other; the
// kernel's own, lnx,oops-log, holds the newest dump only. All numbers are big-endian.

import type { ByteFile } from '../bytes/byte-file.ts'
import { Cursor, latin1 } from '../bytes/cursor.ts'
import { inflateRecord, type RecoveredLog, type RecoverHost } from './recovered-log.ts'

/** No machine's NVRAM is larger; QEMU's spapr-nvram is 1 MiB at most. */
const MAX_NVRAM_BYTES = 1024 * 1024

/** Both the header of a partition and the unit of its length. */
const BLOCK_BYTES = 16
/** NVRAM_SIG_OS */
const OS_PARTITION = 0xa0

/** struct err_log_info, then struct oops_log_info */
const ERROR_BYTES = 8
const OOPS_BYTES = 12
/** Before it, the header was no more than the length. */
const OOPS_VERSION = 5000

/** Where a partition's contents stand. */
interface Partition {
  signature: number
  name: string
  offset: number
  bytes: number
}

/** The partitions, as far as their headers' checksums hold. */
function partitionsOf(nvram: Uint8Array): Partition[] {
  const partitions: Partition[] = []
  for (let at = 0; at + BLOCK_BYTES <= nvram.length; ) {
    const header = new Cursor('nvram', nvram.subarray(at, at + BLOCK_BYTES), 'big', at)
    const signature = header.u8()
    const blocks = header.skip(1).u16()
    if (blocks === 0 || !soundHeader(header.bytes)) break
    const name = latin1(header.bytes.subarray(4)).replace(/\0.*$/s, '')
    const bytes = Math.min(blocks * BLOCK_BYTES, nvram.length - at) - BLOCK_BYTES
    partitions.push({ signature, name, offset: at + BLOCK_BYTES, bytes })
    at += blocks * BLOCK_BYTES
  }
  return partitions
}

/** nvram_checksum(): the sum of the other bytes, carries added at the end; that is the rest by 255. */
function soundHeader(header: Uint8Array): boolean {
  let sum = 0
  for (const [index, byte] of header.entries()) if (index !== 1) sum += byte
  return sum % 255 === header[1]! % 255
}

/** The dump in an image of NVRAM, if there is one; none for bytes that are no NVRAM. */
export async function recoverPowerpcNvram(file: ByteFile, host: RecoverHost): Promise<RecoveredLog[]> {
  const nvram = await file.read(0, Math.min(file.size, MAX_NVRAM_BYTES))
  const partitions = partitionsOf(nvram)
  const logs: RecoveredLog[] = []
  for (const { signature, name, offset, bytes } of partitions) {
    if (signature !== OS_PARTITION || name !== 'lnx,oops-log' || bytes < ERROR_BYTES + OOPS_BYTES) continue
    const log = await oopsIn(nvram.subarray(offset, offset + bytes), offset, host)
    if (log !== undefined) logs.push(log)
  }
  return logs
}

async function oopsIn(partition: Uint8Array, offset: number, host: RecoverHost): Promise<RecoveredLog | undefined> {
  const cursor = new Cursor('nvram', partition, 'big', offset).skip(ERROR_BYTES)
  const version = cursor.u16()
  const early = version < OOPS_VERSION
  const length = early ? version : cursor.u16()
  if (length === 0) return undefined
  const seconds = early ? undefined : cursor.u64()
  const damage: string[] = []
  if (length > cursor.left) damage.push(`its header tells of ${length} bytes where ${cursor.left} are`)
  const body = cursor.take(Math.min(length, cursor.left)).bytes
  // A text begins with '<' or a letter. zlib's first byte, by its window of 2^12, is 0x48; 0x78 for the usual one.
  const packed = body.length > 2 && (body[0]! & 0x0f) === 8 && ((body[0]! << 8) | body[1]!) % 31 === 0
  const inflated = packed ? await inflateRecord(body, host) : { bytes: body }
  if (inflated.damage !== undefined) damage.push(inflated.damage)
  return {
    name: 'dmesg-nvram-0',
    by: 'kernel',
    offset: cursor.base + cursor.position - body.length,
    ...(seconds === undefined || seconds > 2n ** 40n ? {} : { wallUs: Number(seconds) * 1e6 }),
    text: inflated.bytes,
    damage,
  }
}
