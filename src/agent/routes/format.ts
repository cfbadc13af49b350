// How a message looks as a line of text.

import { hasControls } from '../../core/log/controls.ts'
import type { LogRecord } from '../../core/model.ts'
import { renderJsonLine, safeJsonLine } from '../../core/render/json.ts'
import { visible } from '../../core/render/safe.ts'
import type { Message } from './message.ts'
import { levelNames } from './names.ts'
import { facilityOf, levelOf } from './selector.ts'

export const lineFormats = ['syslog', 'iso', 'dmesg', 'text', 'raw', 'json'] as const
export type LineFormat = (typeof lineFormats)[number]

/** … and those of the wire: network-framing.ts */
export const formatNames = [...lineFormats, 'rfc3164', 'rfc5424'] as const
export type FormatName = (typeof formatNames)[number]

export interface FormatContext {
  /** of this machine, for records that name no host */
  hostname: string
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

/** `Nov  9 06:04:16`, local time. RFC 3164 §4.1.2 */
export function traditionalTime(time: Date): string {
  const day = String(time.getDate()).padStart(2)
  return `${months[time.getMonth()]} ${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

/** `2026-11-29T06:04:16.123456+01:00`, local time with its distance from UTC. RFC 3339, RFC 5424 §6.2.3 */
export function isoTime(time: Date, micros = time.getMilliseconds() * 1000): string {
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  const east = -time.getTimezoneOffset()
  const zone = `${east < 0 ? '-' : '+'}${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`
  return `${date}T${clock}.${String(micros).padStart(6, '0')}${zone}`
}

/** The record's own date where it has one, else when it came. */
export function timeOf({ record, at }: Message): Date {
  if (record.wall !== undefined) {
    const own = Date.parse(record.wall)
    if (!Number.isNaN(own)) return new Date(own)
  }
  return new Date(at)
}

/** … to the microsecond: a Date has milliseconds only. */
export function microsOf(message: Message): number {
  const digits = /\.(\d{6})(?:Z|[+-]\d\d:?\d\d)?$/.exec(message.record.wall ?? '')?.[1]
  return digits === undefined ? timeOf(message).getMilliseconds() * 1000 : Number(digits)
}

/** `[    1.234567]`, as printk prints it: print_time() in kernel/printk/printk.c. */
export function stampOf(record: LogRecord): string {
  if (record.sinceBootUs === undefined) return ''
  const seconds = Math.floor(record.sinceBootUs / 1e6)
  return `[${String(seconds).padStart(5)}.${String(record.sinceBootUs % 1e6).padStart(6, '0')}]`
}

/** No line break, no control character: one message is one line wherever it goes. */
export const oneLine = (text: string): string => (hasControls(text) ? visible(text) : text)

/** `kernel: [    1.234567] text`; what user space wrote has its own tag in its text. */
export function taggedText(message: Message): string {
  const { record } = message
  const tag = record.tag ?? (facilityOf(record) === 0 && record.userSpace === undefined ? 'kernel' : '')
  return [tag === '' ? '' : `${oneLine(tag)}:`, stampOf(record), oneLine(record.text)]
    .filter(part => part !== '')
    .join(' ')
}

/** The lines of a report below its headline, as they stood in the log. */
export function* reportLines(message: Message): Generator<string> {
  if (message.report === undefined) return
  for (const line of message.report.text.split('\n')) if (line !== '') yield oneLine(line)
}

const priorityOf = (record: LogRecord): number => facilityOf(record) * 8 + levelOf(record)

const prefixes: Record<Exclude<LineFormat, 'json'>, (message: Message, context: FormatContext) => string> = {
  syslog: (message, { hostname }) =>
    `${traditionalTime(timeOf(message))} ${oneLine(message.record.host ?? hostname)} ${taggedText(message)}`,
  iso: (message, { hostname }) =>
    `${isoTime(timeOf(message), microsOf(message))} ${oneLine(message.record.host ?? hostname)} ${taggedText(message)}`,
  dmesg: ({ record }) => `${stampOf(record)}${record.sinceBootUs === undefined ? '' : ' '}${oneLine(record.text)}`,
  text: ({ record }) => oneLine(record.text),
  raw: ({ record }) =>
    `<${priorityOf(record)}>${stampOf(record)}${record.sinceBootUs === undefined ? '' : ' '}${oneLine(record.text)}`,
}

/** One message as lines that end in "\n": one, or with its lines below it when it is a report. */
export function formatMessage(message: Message, name: FormatName, context: FormatContext): string {
  const format = name === 'rfc3164' ? 'syslog' : name === 'rfc5424' ? 'iso' : name
  if (format === 'json') return message.report ? renderJsonLine(message.report) : jsonRecord(message, context)
  const prefix = prefixes[format]
  let text = `${prefix(message, context)}\n`
  for (const line of reportLines(message)) {
    text += `${prefix({ ...message, record: { ...message.record, text: line } }, context)}\n`
  }
  return text
}

/** Field names are those of a record (src/core/model.ts); level also by name. */
function jsonRecord(message: Message, { hostname }: FormatContext): string {
  const { record } = message
  const fields = {
    time: timeOf(message).toISOString(),
    host: record.host ?? hostname,
    facility: facilityOf(record),
    level: levelOf(record),
    levelName: levelNames[levelOf(record)],
    sinceBootUs: record.sinceBootUs,
    sequence: record.sequence,
    caller: record.caller,
    tag: record.tag,
    userSpace: record.userSpace,
    dictionary: record.dictionary,
    text: record.text,
  }
  return safeJsonLine(fields)
}
