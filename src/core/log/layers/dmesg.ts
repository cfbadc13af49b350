// What util-linux dmesg prints instead of the kernel's own stamp. sys-utils/dmesg.c, print_record(); dmesg(1).

import { months, readCtimeDate, readIsoDate } from './dates.ts'
import { afterDigits, depths, isDigit, type Layer } from './layer.ts'

const levelNames = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug']
const levelWords: Record<string, number> = { error: 3, warning: 4, panic: 0 }

/** Severity of syslog(3) by its name; undefined for other words. */
export function levelOfName(name: string): number | undefined {
  const index = levelNames.indexOf(name)
  return index >= 0 ? index : Object.hasOwn(levelWords, name) ? levelWords[name] : undefined
}

const facilityNames = (
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock ' +
  'local0 local1 local2 local3 local4 local5 local6 local7'
).split(' ')

/** Facility of syslog(3) by its name; undefined for other words. */
export function facilityOfName(name: string): number | undefined {
  const index = facilityNames.indexOf(name)
  return index >= 0 ? index : name === 'security' ? 4 : undefined
}

/** `kern  :err   : [   12.345678] text`, dmesg -x: "%-6s:%-6s: ". */
export const decoded: Layer = {
  name: 'dmesg-x',
  depth: depths.decoration,
  begins: 'kumdaslnucf',
  peel(text, at, draft) {
    const colon = text.indexOf(':', at)
    if (colon < 0 || colon - at > 8 || colon === at) return -1
    const second = text.indexOf(':', colon + 1)
    if (second < 0 || second - colon > 8) return -1
    const facility = facilityOfName(text.slice(at, colon).trimEnd())
    if (facility === undefined) return -1
    const level = levelOfName(text.slice(colon + 1, second).trimEnd())
    if (level === undefined) return -1
    draft.facility = facility
    draft.level = level
    return text.charCodeAt(second + 1) === 0x20 ? second + 2 : second + 1
  },
}

/** `[Sun Nov 22 07:36:54 2026] text`, dmesg -T; with -d ` <    0.000012>` before the bracket. conserver writes the same. */
export const ctime: Layer = {
  name: 'ctime',
  depth: depths.capture,
  begins: '[',
  repeats: true,
  peel(text, at, draft) {
    const date = readCtimeDate(text, at + 1)
    if (date === undefined) return -1
    let end = date.end
    if (text.startsWith(' <', end)) end = text.indexOf('>', end) + 1
    if (end === 0 || end - date.end > 24 || text.charCodeAt(end) !== 0x5d) return -1
    draft.wall = date.wall
    return text.charCodeAt(end + 1) === 0x20 ? end + 2 : end + 1
  },
}

/** `2026-11-22T07:36:54,123456+00:00 text`, dmesg --time-format=iso: the comma tells it from other ISO stamps. */
export const iso: Layer = {
  name: 'dmesg-iso',
  depth: depths.stamp,
  begins: '12',
  peel(text, at, draft) {
    if (text.charCodeAt(at + 19) !== 0x2c || text.charCodeAt(at + 10) !== 0x54) return -1
    const date = readIsoDate(text, at)
    if (date === undefined) return -1
    draft.wall = date.wall
    return text.charCodeAt(date.end) === 0x20 ? date.end + 1 : date.end
  },
}

/**
 * dmesg -e and -H: `[Nov22 07:36] text` once a minute, `[  +0.000123] text` between; dmesg -d -t: `[<    0.000012>] text`.
 */
export const relative: Layer = {
  name: 'reltime',
  depth: depths.stamp,
  begins: '[',
  peel(text, at, draft) {
    let i = at + 1
    if (months.includes(text.slice(i, i + 3)) && text.charCodeAt(i + 8) === 0x3a) {
      // [Nov22 07:36]
      const date = text.slice(i, i + 11)
      if (!/^[A-Z][a-z]{2}[ \d]\d \d\d:\d\d$/.test(date) || text.charCodeAt(i + 11) !== 0x5d) return -1
      draft.wall = date
      return text.charCodeAt(i + 12) === 0x20 ? i + 13 : i + 12
    }
    while (text.charCodeAt(i) === 0x20 && i - at < 12) i++
    const sign = text.charCodeAt(i)
    if (sign !== 0x2b && sign !== 0x3c) return -1
    i++
    while (text.charCodeAt(i) === 0x20 && i - at < 16) i++
    const whole = afterDigits(text, i, 10)
    if (whole === i || text.charCodeAt(whole) !== 0x2e) return -1
    let end = afterDigits(text, whole + 1, 6)
    if (end === whole + 1 || !isDigit(text.charCodeAt(end - 1))) return -1
    if (sign === 0x3c) {
      if (text.charCodeAt(end) !== 0x3e) return -1
      end++
    }
    if (text.charCodeAt(end) !== 0x5d) return -1
    return text.charCodeAt(end + 1) === 0x20 ? end + 2 : end + 1
  },
}
