// A message in journald's native protocol: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/. Field names are those of
// systemd.journal-fields(7) where it has one.

import { createHash } from 'node:crypto'
import { oneLine, stampOf } from '../format.ts'
import type { Message } from '../message.ts'
import { facilityOf, levelOf } from '../selector.ts'

/** The kinds' identifiers are UUIDs of version 5 in this name space (RFC 9562 §5.5): the same everywhere, for ever. */
const NAMESPACE = Buffer.from('6f2a1c5e9d0b4b0fa5d7b1f0c3e84a27', 'hex')

/** MESSAGE_ID of the reports of one kind: 32 hexadecimal digits. */
export function messageId(kind: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(kind).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex')
}

function fieldsOf({ record, report }: Message): [string, string | undefined][] {
  const isKernel = facilityOf(record) === 0 && record.userSpace === undefined
  const text = oneLine(record.text)
  return [
    ['MESSAGE', report === undefined ? text : `${text}\n${report.text}`],
    ['PRIORITY', String(levelOf(record))],
    ['SYSLOG_FACILITY', String(facilityOf(record))],
    ['SYSLOG_IDENTIFIER', record.tag ?? (isKernel ? 'kernel' : undefined)],
    ['KERNEL_SUBSYSTEM', record.dictionary?.['SUBSYSTEM']],
    ['KERNEL_DEVICE', record.dictionary?.['DEVICE']],
    ['FAULTLINE_HOST', record.host],
    ['FAULTLINE_SEQUENCE', record.sequence?.toString()],
    ['FAULTLINE_SINCE_BOOT', record.sinceBootUs === undefined ? undefined : stampOf(record).replace(/[[\] ]/g, '')],
    ['FAULTLINE_CALLER', record.caller],
    ['MESSAGE_ID', report === undefined ? undefined : messageId(report.kind)],
    ['FAULTLINE_KIND', report?.kind],
    ['FAULTLINE_SEVERITY', report?.severity],
    ['FAULTLINE_TITLE', report?.title],
    ['FAULTLINE_FINGERPRINT', report?.fingerprint],
  ]
}

const lineFeed = Buffer.from('\n')

export function journaldMessage(message: Message): Buffer {
  const pieces: Buffer[] = []
  for (const [name, value] of fieldsOf(message)) {
    if (value === undefined) continue
    const bytes = Buffer.from(value)
    if (!bytes.includes(0x0a)) pieces.push(Buffer.from(`${name}=`), bytes, lineFeed)
    else {
      const size = Buffer.alloc(8)
      size.writeBigUInt64LE(BigInt(bytes.length))
      pieces.push(Buffer.from(`${name}\n`), size, bytes, lineFeed)
    }
  }
  return Buffer.concat(pieces)
}
