// What pstore wrote into a platform's error record store (ACPI ERST): drivers/acpi/apei/erst.c, erst_writer(). Records are
// Common Platform Error Records, UEFI 2.7 appendix N.2; QEMU's store is a file of them (hw/acpi/erst.c), a record a slot.

import type { ByteFile } from '../bytes/byte-file.ts'
import { Cursor, FormatError } from '../bytes/cursor.ts'
import { hexOf } from './elf/notes.ts'
import { inflateRecord, MAX_LOG_BYTES, MAX_LOGS, type RecoveredLog, type RecoverHost } from './recovered-log.ts'

const QEMU_MAGIC = [...'ERSTSTOR'].map(letter => letter.charCodeAt(0))
const RECORD_MAGIC = [...'CPER'].map(letter => letter.charCodeAt(0))

/** struct cper_record_header and one struct cper_section_descriptor */
const HEADER_BYTES = 128
const PSTORE_BYTES = HEADER_BYTES + 72

/** GUIDs as they stand in memory. */
const PSTORE_CREATOR = 'e374a5755250294b8a8ebe2c6490b89d'
const DMESG = '4ee097c145d5704a9c17a5549419eb12'
const DMESG_COMPRESSED = '0787114fdd045540b5dd956d34ddfac6'

/** Whether a file is the store of QEMU's acpi-erst device. */
export const isErstStore = (head: Uint8Array): boolean => QEMU_MAGIC.every((byte, index) => head[index] === byte)

/** All logs in the store of QEMU's device; `file` begins with "ERSTSTOR". */
export async function recoverErst(file: ByteFile, host: RecoverHost): Promise<RecoveredLog[]> {
  const head = new Cursor('erst', await file.read(0, Math.min(48, file.size)), 'little').skip(8)
  const slotBytes = head.u32()
  if (slotBytes < PSTORE_BYTES || slotBytes > MAX_LOG_BYTES) {
    throw new FormatError('erst', 8, `slots of ${slotBytes} bytes`)
  }
  const logs: RecoveredLog[] = []
  // The first slot is the store's own header.
  for (let offset = slotBytes; offset + PSTORE_BYTES <= file.size && logs.length < MAX_LOGS; offset += slotBytes) {
    const slot = await file.read(offset, Math.min(slotBytes, file.size - offset))
    const log = await recordIn(slot, offset, host)
    if (log !== undefined) logs.push(log)
  }
  return logs.sort((a, b) => (a.wallUs ?? 0) - (b.wallUs ?? 0))
}

/** The log of one slot; undefined when it is empty or of another writer. */
async function recordIn(slot: Uint8Array, offset: number, host: RecoverHost): Promise<RecoveredLog | undefined> {
  if (!RECORD_MAGIC.every((byte, index) => slot[index] === byte)) return undefined
  const cursor = new Cursor('erst', slot, 'little', offset).seek(20)
  const recordBytes = cursor.u32()
  const seconds = Number(cursor.u64())
  const creator = hexOf(cursor.skip(32).take(16).bytes)
  const id = cursor.skip(16).u64()
  const section = hexOf(cursor.seek(HEADER_BYTES + 16).take(16).bytes)
  if (creator !== PSTORE_CREATOR || (section !== DMESG && section !== DMESG_COMPRESSED)) return undefined
  const damage: string[] = []
  if (recordBytes > slot.length) damage.push(`its header tells of ${recordBytes} bytes where ${slot.length} are`)
  const body = slot.subarray(PSTORE_BYTES, Math.max(PSTORE_BYTES, Math.min(recordBytes, slot.length)))
  let text = body
  if (section === DMESG_COMPRESSED) {
    const inflated = await inflateRecord(body, host)
    text = inflated.bytes
    if (inflated.damage !== undefined) damage.push(inflated.damage)
  }
  return { name: `dmesg-erst-${id}`, by: 'kernel', offset: offset + PSTORE_BYTES, wallUs: seconds * 1e6, text, damage }
}
