// syslog in files and on the wire, and what journalctl prints in the same shape.

import type { Draft } from '../draft.ts'
import { atMonth, atWeekday, isoFromUnixUs, readBsdDate, readIsoDate } from './dates.ts'
import { afterDigits, depths, isDigit, type Layer } from './layer.ts'
import { readOrigin } from './origin.ts'

const SPACE = 0x20

/** Structured data longer than this is taken for text. */
const MAX_STRUCTURED_DATA = 8192

/**
 * `Nov 22 07:36:54 host kernel: text`, RFC 3164 with or without <PRI>, with year or fraction; also journalctl -o short
 * and short-precise, busybox syslogd (`host kern.err kernel: `) and `ts` of moreutils (the date alone).
 */
export const rfc3164: Layer = {
  name: 'rfc3164',
  depth: depths.collector,
  begins: 'JFMASOND',
  peel(text, at, draft, memory) {
    if (!atMonth(text, at)) return -1
    const date = readBsdDate(text, at)
    if (date === undefined || text.charCodeAt(date.end) !== SPACE) return -1
    draft.wall = date.wall
    draft.escaping = 'syslog'
    return readOrigin(text, date.end + 1, draft, memory, 'syslog')
  },
}

/**
 * `2026-11-22T07:36:54.123456+00:00 host kernel: text`, RFC 3339 stamps of rsyslog and journalctl -o short-iso(-precise).
 * Without a host and a tag it is the stamp of a CI system or a serial logger, see capture.ts.
 */
export const rfc3339: Layer = {
  name: 'rfc3339',
  depth: depths.collector,
  begins: '12',
  peel(text, at, draft, memory) {
    const date = readIsoDate(text, at)
    if (date === undefined || text.charCodeAt(date.end) !== SPACE) return -1
    const end = readOrigin(text, date.end + 1, draft, memory, 'doubtful')
    if (end === date.end + 1) return -1
    draft.wall = date.wall
    draft.escaping = 'syslog'
    return end
  },
}

/**
 * `<34>1 2026-11-22T07:36:54.123456Z host kernel - - [id key="value"] text`, RFC 5424 §6. The PRI was peeled as a level.
 */
export const rfc5424: Layer = {
  name: 'rfc5424',
  depth: depths.collector,
  begins: '1',
  peel(text, at, draft, memory) {
    if (draft.level === undefined || text.charCodeAt(at + 1) !== SPACE) return -1
    let i = at + 2
    const fields: string[] = []
    while (fields.length < 5) {
      const end = text.indexOf(' ', i)
      if (end <= i || end - i > 255) return -1
      fields.push(text.slice(i, end))
      i = end + 1
    }
    const [stamp, host, app, process] = fields as [string, string, string, string]
    const date = readIsoDate(stamp, 0)
    if (stamp !== '-' && date?.end !== stamp.length) return -1
    const end = readStructuredData(text, i, draft)
    if (end < 0) return -1
    if (date !== undefined) draft.wall = date.wall
    if (host !== '-') {
      draft.host = host
      if (memory.hosts.size < 256) memory.hosts.add(host)
    }
    if (app === 'kernel' || (app === '-' && process === '-' && draft.facility === 0))
      draft.fromKernel = memory.kernelTag = true
    else {
      draft.tag = app
      draft.userSpace = true
    }
    draft.escaping = 'syslog'
    i = end
    if (text.charCodeAt(i) === SPACE) i++
    return text.charCodeAt(i) === 0xfeff ? i + 1 : i
  },
}

/** `-` or `[id key="value" …]…`; the position after it or -1. */
function readStructuredData(text: string, at: number, draft: Draft): number {
  if (text.charCodeAt(at) === 0x2d) return at + 1
  let i = at
  while (text.charCodeAt(i) === 0x5b) {
    let quoted = false
    const start = ++i
    for (; ; i++) {
      if (i >= text.length || i - at > MAX_STRUCTURED_DATA) return -1
      const code = text.charCodeAt(i)
      if (quoted && code === 0x5c) i++
      else if (code === 0x22) quoted = !quoted
      else if (code === 0x5d && !quoted) break
    }
    const element = text.slice(start, i)
    const space = element.indexOf(' ')
    const id = space < 0 ? element : element.slice(0, space)
    draft.addToDictionary(id, space < 0 ? '' : element.slice(space + 1))
    i++
  }
  return i > at ? i : -1
}

/**
 * `123 <34>1 …`: octet counting, RFC 6587 §3.4.1. The message may end before the line does, and the next frame follow.
 */
export const octetCounting: Layer = {
  name: 'octet-counted',
  depth: depths.capture,
  begins: '123456789',
  peel(text, at, draft) {
    const end = afterDigits(text, at, 6)
    if (text.charCodeAt(end) !== SPACE || text.charCodeAt(end + 1) !== 0x3c) return -1
    const pri = afterDigits(text, end + 2, 3)
    if (pri === end + 2 || text.charCodeAt(pri) !== 0x3e) return -1
    draft.frame = { start: end + 1, bytes: Number(text.slice(at, end)) }
    return end + 1
  },
}

/** Position after a frame whose length is given in bytes; the end of the line unless another frame begins there. */
export function frameEnd(text: string, frame: { start: number; bytes: number }): number {
  let i = frame.start
  for (let bytes = 0; bytes < frame.bytes && i < text.length; i++) {
    const code = text.charCodeAt(i)
    // A surrogate is half of four bytes.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3
  }
  const digits = afterDigits(text, i, 6)
  return digits > i && text.startsWith(' <', digits) ? i : text.length
}

/** `Sun 2026-11-22 07:36:54 UTC host kernel: text`, journalctl -o short-full and with-unit. */
export const shortFull: Layer = {
  name: 'short-full',
  depth: depths.collector,
  begins: 'MTWFS',
  peel(text, at, draft, memory) {
    if (!isDigit(text.charCodeAt(at + 4)) || !atWeekday(text, at) || text.charCodeAt(at + 3) !== SPACE) return -1
    const date = readIsoDate(text, at + 4)
    if (date === undefined || text.charCodeAt(date.end) !== SPACE) return -1
    let i = date.end + 1
    let wall = date.wall
    // A zone that is only a name (CET) says no offset that holds everywhere.
    const zoned = wall.endsWith('Z') || /[+-]\d\d:\d\d$/.test(wall)
    if (!zoned) {
      const space = text.indexOf(' ', i)
      if (space < 0 || space - i > 6) return -1
      wall += ' ' + text.slice(i, space)
      i = space + 1
    }
    const end = readOrigin(text, i, draft, memory, 'syslog')
    if (end === i) return -1
    draft.wall = wall
    return end
  },
}

/** `1795330954.578399 host kernel: text`, journalctl -o short-unix. */
export const shortUnix: Layer = {
  name: 'short-unix',
  depth: depths.collector,
  begins: '123456789',
  peel(text, at, draft, memory) {
    const dot = afterDigits(text, at, 11)
    if (dot - at < 9 || text.charCodeAt(dot) !== 0x2e) return -1
    const end = afterDigits(text, dot + 1, 6)
    if (end - dot !== 7 || text.charCodeAt(end) !== SPACE) return -1
    const after = readOrigin(text, end + 1, draft, memory, 'syslog')
    if (after === end + 1) return -1
    const wall = isoFromUnixUs(Number(text.slice(at, dot)) * 1e6 + Number(text.slice(dot + 1, end)))
    if (wall !== undefined) draft.wall = wall
    return after
  },
}

// The mark before an address in s390's `Krnl Code:` lines, #000003ff7fd02836:, is no escape.
const syslogEscapes = /#[0-9a-f]{16}:|#0(11|12|15|33)/g
const octal: Record<string, string> = { '11': '\t', '12': '\n', '15': '\r', '33': '\x1b' }

/** Control characters as rsyslog writes them: `#011` is a tab, `#012` a line break, `#033` an escape. */
export function unescapeSyslog(text: string): string {
  if (!text.includes('#0')) return text
  return text.replace(syslogEscapes, (whole, code: string | undefined) => (code === undefined ? whole : octal[code]!))
}
