// Records of /dev/kmsg, and of files that hold them parted by NULs (`dmesg -K`). Documentation/ABI/testing/dev-kmsg.

import { afterField, emptyRecord, MAX_CALLER, type Placed, type RingRecord, readPriority } from './record.ts'

/** Longest record that is read; printk.c, PRINTK_MESSAGE_MAX. */
export const MAX_RECORD_BYTES = 2048

/** The bytes of one read(2) as a record; undefined for none. */
export function kmsgRecord(text: string, withPriority = true): RingRecord | undefined {
  if (text === '' || text[0] === '\0') return undefined
  const record = emptyRecord()
  // dmesg never looks at the last byte: it is the line break
  const end = text.length - 1
  let at = 0
  while (at < end && /\s/.test(text[at]!)) at++
  at = readHeader(text, at, end, record, withPriority)
  const lineEnd = text.indexOf('\n', at)
  const textEnd = lineEnd < 0 ? Math.max(at, end - 1) : lineEnd
  record.text = withBytes(text.slice(at, textEnd))
  return record
}

/** Reads the fields that there are; where the text begins. */
function readHeader(text: string, start: number, end: number, record: RingRecord, withPriority: boolean): number {
  let at = withPriority ? readPriority(text, start, end, ',', record) : afterField(text, start, end, ',')
  const isLast = (position: number): boolean => position > 0 && text[position - 1] === ';'
  if (isLast(at)) return at
  at = afterField(text, at, end, ',;') // sequence number
  if (isLast(at)) return at
  at = readTime(text, at, end, record)
  if (isLast(at)) return at
  at = afterField(text, at, end, ',;') // flags
  if (isLast(at)) return at
  return readFields(text, at, end, record)
}

const time = /\s*(?<micros>\d{1,20})[,;]/y

function readTime(text: string, at: number, end: number, record: RingRecord): number {
  time.lastIndex = at
  const found = time.exec(text)
  if (found === null || time.lastIndex > end + 1) return at
  const micros = BigInt(found.groups!['micros']!)
  record.seconds = Number(micros / 1_000_000n)
  record.micros = Number(micros % 1_000_000n)
  return time.lastIndex
}

/** Further fields up to the semicolon: of these only `caller=` is shown. */
function readFields(text: string, start: number, end: number, record: RingRecord): number {
  const semicolon = text.indexOf(';', start)
  if (semicolon < 0 || semicolon >= end) return start
  for (const field of text.slice(start, semicolon).split(',')) {
    if (field.startsWith('caller=') && field.length - 7 <= MAX_CALLER) record.caller = field.slice(7)
  }
  return semicolon + 1
}

const withBytes = (text: string): string =>
  text.includes('\\x')
    ? text.replace(/\\x([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    : text

export class RecordTooLong extends Error {}

/** The records of a file. Throws RecordTooLong where no NUL ends one in time. */
export function* kmsgFileRecords(text: string, withPriority = true): Generator<Placed> {
  for (let at = 0; at < text.length; ) {
    const nul = text.indexOf('\0', at)
    const end = nul < 0 ? text.length : nul
    if (end - at > MAX_RECORD_BYTES) {
      throw new RecordTooLong(
        `the record at byte ${at} is longer than ${MAX_RECORD_BYTES} bytes; a file of /dev/kmsg's records, each ended by a NUL, was expected`,
      )
    }
    const record = kmsgRecord(text.slice(at, end), withPriority)
    if (record !== undefined) yield { record, start: at, end }
    at = end + 1
  }
}
