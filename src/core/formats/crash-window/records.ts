// What Faultline's kernel module wrote into its window (kmod/format.h, docs/crash-window.md): slots of one size, in each a
// header and sections behind it, each with a checksum. Any part may be torn or rotten; what is sound is given.

import type { ByteFile } from '../../bytes/byte-file.ts'
import { type ByteOrder, Cursor, FormatError, latin1 } from '../../bytes/cursor.ts'
import { crc32 } from '../checksums.ts'

export const recordKinds = ['oops', 'panic', 'oom', 'restart', 'halt', 'power-off', 'emergency'] as const
export type RecordKind = (typeof recordKinds)[number]

export const recordContexts = ['task', 'softirq', 'hardirq', 'nmi'] as const

export interface WindowRecord {
  /** of its slot in the image, bytes */
  offset: number
  order: ByteOrder
  kind: RecordKind
  context: (typeof recordContexts)[number]
  /** counts on over all boots, from 1 */
  sequence: number
  /** of the same boot, from 1 */
  nth: number
  /** the record of an oops of the same boot before it */
  follows?: number
  bootId: string
  /** microseconds since 1970, as far as the machine knew */
  wallUs: number
  /** microseconds of CLOCK_MONOTONIC */
  monotonicUs: number
  cpu: number
  pid: number
  tgid: number
  uid: number
  comm: string
  /** what the die chain told of an oops, panic()'s message, the word of a restart */
  reason: string
  trap: number
  errorCode: bigint
  signal: number
  /** bit n is flag n of Documentation/admin-guide/tainted-kernels.rst */
  taint: bigint
  elfMachine: number
  wordBytes: 4 | 8
  pc: bigint
  sp: bigint
  registers: { name: string; value: bigint }[]
  stack?: { address: bigint; bytes: Uint8Array }
  log?: Uint8Array
  /** of the log's first byte in the image */
  logOffset?: number
  /** release, version, machine; asked: who wanted the restart, then its parents */
  facts: Record<string, string>
  /** events of the boot that found no room, up to this one */
  missed: number
  /** the record came to its end before the machine stopped */
  whole: boolean
  /** a sentence for each thing that is wrong */
  damage: string[]
}

const FORMAT = 'crash window'
const MAGIC = 0x31524c46
const SECTION_MAGIC = 0x43455346
const HEADER_BYTES = 256
const SECTION_HEADER_BYTES = 16
/** Slots are multiples of this (kmod/faultline.h) and windows stand at the beginning of a page or of an erase unit. */
const UNIT_BYTES = 4096
const MAX_SLOT_BYTES = 1024 * 1024
const WINDOW_BYTES = 4 * 1024 * 1024
/** More records are not looked for in one image. */
const MAX_RECORDS = 4096

const sectionTypes = { registers: 1, stack: 2, log: 3, facts: 4, end: 5 } as const

/** All records of an image, the oldest first. */
export async function readCrashWindow(file: ByteFile): Promise<WindowRecord[]> {
  const records: WindowRecord[] = []
  for (let start = 0; start < file.size && records.length < MAX_RECORDS; start += WINDOW_BYTES) {
    const head = await file.read(start, Math.min(WINDOW_BYTES, file.size - start))
    for (let at = 0; at + 16 <= head.length && records.length < MAX_RECORDS; at += UNIT_BYTES) {
      const order = orderAt(head, at)
      if (order === undefined) continue
      const slotBytes = new Cursor(FORMAT, head.subarray(at, at + 16), order).seek(8).u32()
      const slot = await file.read(start + at, Math.min(slotBytes, MAX_SLOT_BYTES, file.size - start - at))
      const record = recordAt(slot, order, start + at)
      if (record !== undefined) records.push(record)
    }
  }
  return records.sort((a, b) => a.sequence - b.sequence || a.offset - b.offset)
}

function orderAt(bytes: Uint8Array, at: number): ByteOrder | undefined {
  for (const order of ['little', 'big'] as const) {
    if (new Cursor(FORMAT, bytes.subarray(at, at + 8), order).u32() === MAGIC) return order
  }
  return undefined
}

/** The record at the beginning of `slot`; undefined when nothing but the magic looks like one. */
export function recordAt(slot: Uint8Array, order: ByteOrder, offset: number): WindowRecord | undefined {
  try {
    const header = readHeader(new Cursor(FORMAT, slot, order, offset))
    if (header === undefined) return undefined
    const { slotBytes, record } = header
    if (slotBytes > slot.length)
      record.damage.push(`the image ends ${slotBytes - slot.length} bytes before its slot does`)
    readSections(new Cursor(FORMAT, slot.subarray(0, slotBytes), order, offset), record)
    return record
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

function readHeader(cursor: Cursor): { slotBytes: number; record: WindowRecord } | undefined {
  cursor.skip(4)
  const version = cursor.u16()
  const headerBytes = cursor.u16()
  if (version !== 1 || headerBytes !== HEADER_BYTES) return undefined
  const sound = crc32(cursor.bytes.subarray(0, HEADER_BYTES - 4)) === cursor.window(HEADER_BYTES - 4, 4).u32()
  const slotBytes = cursor.u32()
  const wordBytes = cursor.u32()
  if (slotBytes % UNIT_BYTES !== 0 || slotBytes === 0 || slotBytes > MAX_SLOT_BYTES) return undefined
  const sequence = cursor.size64()
  const wallUs = Number(cursor.u64() / 1000n)
  const monotonicUs = Number(cursor.u64() / 1000n)
  const errorCode = cursor.i64()
  const pc = cursor.u64()
  const sp = cursor.u64()
  const kind = recordKinds[cursor.u8() - 1]
  const context = recordContexts[cursor.u8()]
  // A header with a rotten name of its kind tells nothing that could be relied on.
  if (kind === undefined || context === undefined || (wordBytes !== 4 && wordBytes !== 8)) return undefined
  const elfMachine = cursor.u16()
  const [cpu, pid, tgid, uid] = [cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()]
  const trap = cursor.i32()
  const taint = cursor.u64()
  const signal = cursor.i32()
  const nth = cursor.u32()
  const follows = cursor.size64()
  const comm = textOf(cursor.take(16).bytes)
  const bootId = uuidOf(cursor.take(16).bytes)
  const reason = textOf(cursor.take(72).bytes)
  const missed = cursor.u32()
  const record: WindowRecord = {
    offset: cursor.base,
    order: cursor.order,
    ...{ kind, context, sequence, nth, ...(follows === 0 ? {} : { follows }), bootId, wallUs, monotonicUs },
    ...{ cpu, pid, tgid, uid, comm, reason, trap, errorCode, signal, taint, elfMachine, wordBytes, pc, sp },
    ...{ registers: [], facts: {}, missed, whole: false },
    damage: sound ? [] : ['the checksum of its header is wrong'],
  }
  return { slotBytes, record }
}

function readSections(slot: Cursor, record: WindowRecord): void {
  slot.seek(HEADER_BYTES)
  while (slot.left >= SECTION_HEADER_BYTES) {
    const at = slot.position
    if (slot.u32() !== SECTION_MAGIC) break
    const type = slot.u16()
    const flags = slot.u16()
    const length = slot.u32()
    const crc = slot.u32()
    const data = slot.take(Math.min(length, slot.left))
    const sound = data.length === length && crc === sectionCrc(slot, at, record.sequence, data.bytes)
    // Only a record's own sections have its number in their checksum; others are left of an older record.
    if (!sound && type !== sectionTypes.log) break
    if (type === sectionTypes.end) {
      record.whole = true
      return
    }
    if (!sound) {
      // The log is text: what is there can be read, if it is said that it may be wrong.
      record.damage.push('the checksum of its log is wrong')
      keepLog(data, record)
      break
    }
    takeSection(type, data, record)
    if ((flags & 1) !== 0) record.damage.push(`its section ${type} was cut for lack of room`)
    slot.align(8)
  }
  if (!record.whole) record.damage.push('it has no end: the machine stopped while it was written, or it is damaged')
}

function sectionCrc(slot: Cursor, at: number, sequence: number, data: Uint8Array): number {
  const number = new DataView(new ArrayBuffer(8))
  number.setBigUint64(0, BigInt(sequence), slot.order === 'little')
  let crc = crc32(new Uint8Array(number.buffer))
  crc = crc32(slot.bytes.subarray(at + 4, at + 12), crc)
  return crc32(data, crc)
}

function takeSection(type: number, data: Cursor, record: WindowRecord): void {
  if (type === sectionTypes.registers) {
    while (data.left >= 16) record.registers.push({ name: textOf(data.take(8).bytes), value: data.u64() })
  } else if (type === sectionTypes.stack && data.left >= 8) {
    record.stack = { address: data.u64(), bytes: data.take(data.left).bytes }
  } else if (type === sectionTypes.log) {
    keepLog(data, record)
  } else if (type === sectionTypes.facts) {
    for (const line of latin1(data.bytes).split('\n')) {
      const equals = line.indexOf('=')
      if (equals > 0) record.facts[line.slice(0, equals)] = line.slice(equals + 1)
    }
  }
}

function keepLog(data: Cursor, record: WindowRecord): void {
  record.log = data.bytes
  record.logOffset = data.base
}

const textDecoder = new TextDecoder()

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return textDecoder.decode(end < 0 ? bytes : bytes.subarray(0, end))
}

function uuidOf(bytes: Uint8Array): string {
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
