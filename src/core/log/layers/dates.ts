// Dates as log transports write them, made ISO 8601 where they say enough.

import { isDigit } from './layer.ts'

export const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** True where a month's three letters and a space stand; the cheap test before any pattern. */
export function atMonth(text: string, at: number): boolean {
  if (text.charCodeAt(at + 3) !== 0x20) return false
  switch (text.charCodeAt(at)) {
    case 0x4a: // Jan Jun Jul
    case 0x46: // Feb
    case 0x4d: // Mar May
    case 0x41: // Apr Aug
    case 0x53: // Sep
    case 0x4f: // Oct
    case 0x4e: // Nov
    case 0x44: // Dec
      return months.includes(text.slice(at, at + 3))
  }
  return false
}

export function atWeekday(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code !== 0x4d && code !== 0x54 && code !== 0x57 && code !== 0x46 && code !== 0x53) return false
  return weekdays.some(day => text.startsWith(day, at))
}

/** A date found in a line: where it ends and what it says. */
export interface FoundDate {
  wall: string
  end: number
}

// 2026-11-22T07:36:54.123456+00:00   2026-11-22 07:36:54,123   2026/11/22 07:36:54   2026-11-22T07:36:54+0000
const isoDate =
  /(\d{4})([-/])(\d\d)\2(\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?:\x20?(Z|UTC|GMT|[+-]\d\d:?\d\d)(?![\w:]))?/y

/** RFC 3339 and its common variations. */
export function readIsoDate(text: string, at: number): FoundDate | undefined {
  const separator = text.charCodeAt(at + 4)
  if ((separator !== 0x2d && separator !== 0x2f) || !isDigit(text.charCodeAt(at))) return undefined
  isoDate.lastIndex = at
  const found = isoDate.exec(text)
  if (found === null) return undefined
  const [, year, , month, day, time, fraction, zone] = found
  const wall = `${year}-${month}-${day}T${time}${fraction === undefined ? '' : '.' + fraction}${isoZone(zone)}`
  return { wall, end: isoDate.lastIndex }
}

function isoZone(zone: string | undefined): string {
  if (zone === undefined) return ''
  if (zone === 'Z' || zone === 'UTC' || zone === 'GMT') return 'Z'
  return zone.length === 5 ? zone.slice(0, 3) + ':' + zone.slice(3) : zone
}

// Nov 22 07:36:54   Nov  2 07:36:54.123456   Nov 22 2026 07:36:54   Nov 22 07:36:54 2026
const bsdDate =
  /(?<month>[A-Z][a-z]{2}) +(?<day>\d{1,2})(?: +(?<year>\d{4}))? (?<time>\d\d:\d\d:\d\d)(?:[.,](?<fraction>\d{1,9}))?(?: (?<yearAfter>\d{4})(?= |$))?/y

/** RFC 3164 §4.1.2 TIMESTAMP, with the year and the fraction that some daemons add. Without a year it stays as printed. */
export function readBsdDate(text: string, at: number): FoundDate | undefined {
  if (!atMonth(text, at)) return undefined
  // Nov 22 07:36:54 and a space, but no year behind: no pattern is needed for nearly all lines
  const short = at + 15
  if (
    text.charCodeAt(at + 6) === 0x20 &&
    text.charCodeAt(at + 9) === 0x3a &&
    text.charCodeAt(at + 12) === 0x3a &&
    text.charCodeAt(short) === 0x20 &&
    isDigit(text.charCodeAt(short - 1)) &&
    isDigit(text.charCodeAt(at + 5)) &&
    isDigit(text.charCodeAt(at + 7)) &&
    !isDigit(text.charCodeAt(short + 1))
  ) {
    return { wall: text.slice(at, short), end: short }
  }
  bsdDate.lastIndex = at
  const found = bsdDate.exec(text)
  if (found === null) return undefined
  const part = found.groups!
  const year = part['year'] ?? part['yearAfter']
  const end = bsdDate.lastIndex
  if (year === undefined) return { wall: text.slice(at, end), end }
  const month = String(months.indexOf(part['month']!) + 1).padStart(2, '0')
  const fraction = part['fraction'] === undefined ? '' : '.' + part['fraction']
  return { wall: `${year}-${month}-${part['day']!.padStart(2, '0')}T${part['time']}${fraction}`, end }
}

// Sun Nov 22 07:36:54 2026   Sun Nov 22 07:36:54 UTC 2026
const ctimeDate =
  /[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) +(?<day>\d{1,2}) (?<time>\d\d:\d\d:\d\d)(?: (?<zone>UTC|GMT))?(?: [A-Z]{3,5})? (?<year>\d{4})/y

/** asctime(3), as `dmesg -T` prints it. */
export function readCtimeDate(text: string, at: number): FoundDate | undefined {
  if (!atWeekday(text, at) || !atMonth(text, at + 4)) return undefined
  ctimeDate.lastIndex = at
  const found = ctimeDate.exec(text)
  if (found === null) return undefined
  const part = found.groups!
  const month = String(months.indexOf(part['month']!) + 1).padStart(2, '0')
  const wall = `${part['year']}-${month}-${part['day']!.padStart(2, '0')}T${part['time']}${isoZone(part['zone'])}`
  return { wall, end: ctimeDate.lastIndex }
}

/** Microseconds since the Unix epoch as ISO 8601. */
export function isoFromUnixUs(us: number): string | undefined {
  if (!Number.isFinite(us) || us < 0 || us > 253_402_300_799e6) return undefined
  const whole = Math.floor(us / 1e6)
  const rest = Math.floor(us - whole * 1e6)
  return new Date(whole * 1000).toISOString().slice(0, 19) + '.' + String(rest).padStart(6, '0') + 'Z'
}
