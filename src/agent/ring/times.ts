// The times that dmesg prints before a message. util-linux, sys-utils/dmesg.c, print_record()

import type { RingRecord } from './record.ts'

export const timeFormats = ['none', 'ctime', 'ctime-delta', 'delta', 'reltime', 'time', 'time-delta', 'iso'] as const
export type TimeFormat = (typeof timeFormats)[number]

/** What the printer remembers between records, and where time began. */
export interface Clock {
  /** when the machine was booted, in microseconds since 1970, time asleep added: so a record's time can be added to it */
  bootMicros: number
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const two = (n: number): string => String(n).padStart(2, '0')
const clockOf = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`

export const microsOf = (record: RingRecord, { bootMicros }: Clock): number =>
  bootMicros + record.seconds * 1e6 + record.micros

export const dateOf = (record: RingRecord, clock: Clock): Date =>
  new Date(Math.floor(microsOf(record, clock) / 1e6) * 1000)

/** `%5ld.%06ld` */
export const plainTime = ({ seconds, micros }: RingRecord): string =>
  `${String(seconds).padStart(5)}.${String(micros).padStart(6, '0')}`

/** `Sun Nov  9 06:04:16 2026` */
export const ctime = (date: Date): string =>
  `${days[date.getDay()]} ${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${clockOf(date)} ${date.getFullYear()}`

/** `Nov 9 06:04`, of which the day's blank is the only one: `Nov29 06:04` */
export const shortTime = (date: Date): string =>
  `${months[date.getMonth()]}${String(date.getDate()).padStart(2)} ${two(date.getHours())}:${two(date.getMinutes())}`

/** `2026-11-29T06:04:16,123456+01:00` */
export function isoTime(record: RingRecord, clock: Clock): string {
  const micros = microsOf(record, clock)
  const date = dateOf(record, clock)
  const east = -date.getTimezoneOffset()
  const hours = Math.trunc(east / 60)
  const zone = `${hours < 0 ? '-' : '+'}${two(Math.abs(hours))}:${two(Math.abs(east % 60))}`
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${clockOf(date)},${String(Math.floor(micros % 1e6)).padStart(6, '0')}${zone}`
}

/** `<%12.06f>` */
export const deltaTime = (delta: number): string => `<${delta.toFixed(6).padStart(12)}>`

/** `[  +1.234567] `, `[ +12.345678] ` */
export function relativeTime(delta: number): string {
  const signed = (Object.is(delta, -0) ? 0 : delta) < 0 ? delta.toFixed(6) : `+${delta.toFixed(6)}`
  return delta < 10 ? `[  ${signed.padStart(8)}] ` : `[ ${signed.padStart(9)}] `
}
