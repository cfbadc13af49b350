// Records as syslog messages on a wire: RFC 3164, RFC 5424, framed as RFC 6587 and RFC 5425 say.

import { isoTime, microsOf, oneLine, reportLines, stampOf, taggedText, timeOf, traditionalTime } from '../format.ts'
import type { Message } from '../message.ts'
import { facilityOf, levelOf } from '../selector.ts'

export type Protocol = 'rfc3164' | 'rfc5424'

/** RFC 5424 §6.1: receivers should take 2048 bytes; RFC 3164 §4.1: a packet has at most 1024, which nobody keeps to. */
const MAX_BYTES = 2048

const clipped = (text: string): Buffer => {
  const bytes = Buffer.from(text)
  if (bytes.length <= MAX_BYTES) return bytes
  let end = MAX_BYTES
  // not within a character
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

/** RFC 5424 §6: PRINTUSASCII without blanks, or "-". */
const headerWord = (text: string | undefined, most: number): string => {
  const word = (text ?? '').replace(/[^\x21-\x7e]/g, '').slice(0, most)
  return word === '' ? '-' : word
}

/** RFC 5424 §6.3.3: `"`, `\` and `]` are escaped. */
const parameter = (value: string): string =>
  oneLine([...value].slice(0, MAX_PARAMETER).join('')).replace(/["\\\]]/g, '\\$&')

/** struct dev_printk_info has 48 bytes for a device and 16 for a subsystem; more is somebody else's, and is cut. */
const MAX_PARAMETER = 64

/** What the kernel says beside the text; 32473 is the enterprise number for examples (RFC 5612). */
function structuredData({ record }: Message): string {
  const fields: [string, string | undefined][] = [
    ['sequence', record.sequence?.toString()],
    ['sinceBoot', record.sinceBootUs === undefined ? undefined : stampOf(record).replace(/[[\] ]/g, '')],
    ['caller', record.caller],
    ['subsystem', record.dictionary?.['SUBSYSTEM']],
    ['device', record.dictionary?.['DEVICE']],
  ]
  const parameters = fields.flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${parameter(value)}"`]))
  return parameters.length === 0 ? '-' : `[faultline@32473 ${parameters.join(' ')}]`
}

function oneMessage(message: Message, protocol: Protocol, hostname: string): Buffer {
  const { record } = message
  const priority = `<${facilityOf(record) * 8 + levelOf(record)}>`
  const host = record.host ?? hostname
  if (protocol === 'rfc3164') {
    return clipped(`${priority}${traditionalTime(timeOf(message))} ${headerWord(host, 255)} ${taggedText(message)}`)
  }
  const isKernel = facilityOf(record) === 0 && record.userSpace === undefined
  const tag = headerWord(record.tag ?? (isKernel ? 'kernel' : undefined), 48)
  const time = isoTime(timeOf(message), microsOf(message))
  const data = structuredData(message)
  return clipped(`${priority}1 ${time} ${headerWord(host, 255)} ${tag} - - ${data} ${oneLine(record.text)}`)
}

/** A record as one message; a report as its headline and its lines, each a message. */
export function* syslogMessages(message: Message, protocol: Protocol, hostname: string): Generator<Buffer> {
  yield oneMessage(message, protocol, hostname)
  for (const text of reportLines(message)) {
    yield oneMessage({ ...message, record: { ...message.record, text } }, protocol, hostname)
  }
}

/** `MSG-LEN SP MSG` (RFC 5425 §4.3, RFC 6587 §3.4.1), or the message and a line feed (RFC 6587 §3.4.2). */
export function framed(bytes: Buffer, framing: 'octet' | 'line'): Buffer {
  return framing === 'octet'
    ? Buffer.concat([Buffer.from(`${bytes.length} `), bytes])
    : Buffer.concat([bytes, Buffer.from('\n')])
}
