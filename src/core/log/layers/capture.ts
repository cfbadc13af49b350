// Stamps that whoever recorded a console put before each line: serial loggers, CI systems, container runtimes.

import { readIsoDate } from './dates.ts'
import { afterDigits, depths, isDigit, type Layer } from './layer.ts'

const SPACE = 0x20
const CLOSE = 0x5d

/**
 * `[2023-01-01 12:00:00.123] text` (minicom, tio, picocom wrappers), `[2023-01-01T12:00:00.123Z] text` (Jenkins),
 * `[12:34:56] text`, `[12:34:56.789] text`.
 */
export const bracketed: Layer = {
  name: 'capture',
  depth: depths.capture,
  begins: '[',
  peel(text, at, draft) {
    if (!isDigit(text.charCodeAt(at + 1)) || !isDigit(text.charCodeAt(at + 2))) return -1
    let wall: string
    let end: number
    if (text.charCodeAt(at + 3) === 0x3a) {
      end = afterClock(text, at + 1)
      if (end < 0) return -1
      wall = text.slice(at + 1, end)
    } else {
      const date = readIsoDate(text, at + 1)
      if (date === undefined) return -1
      ;({ wall, end } = date)
    }
    if (text.charCodeAt(end) !== CLOSE) return -1
    draft.wall = wall
    return text.charCodeAt(end + 1) === SPACE ? end + 2 : end + 1
  },
}

/**
 * `2023-01-01T12:00:00.1234567Z text` (GitHub Actions, LAVA, GitLab's `… 00O text`), `2023/01/01 12:00:00 text` (Go),
 * `2023-01-01T12:00:00.123456789Z stdout F text` (Kubernetes CRI).
 */
export const dated: Layer = {
  name: 'capture',
  depth: depths.capture,
  begins: '12',
  peel(text, at, draft) {
    const date = readIsoDate(text, at)
    if (date === undefined) return -1
    const code = text.charCodeAt(date.end)
    if (!Number.isNaN(code) && code !== SPACE && code !== 0x09) return -1
    draft.wall = date.wall
    streamMark.lastIndex = date.end + 1
    return streamMark.test(text) ? streamMark.lastIndex : Math.min(date.end + 1, text.length)
  },
}

// stdout F   stderr P   00O   01E+
const streamMark = /(?:std(?:out|err) [FP]|\d\d[OE][ +]?) ?/y

/** `12:34:56.789 text`; without a fraction only where the kernel's own stamp follows. */
export const clock: Layer = {
  name: 'capture',
  depth: depths.capture,
  begins: '012',
  peel(text, at, draft) {
    if (text.charCodeAt(at + 2) !== 0x3a) return -1
    const end = afterClock(text, at)
    if (end < 0 || text.charCodeAt(end) !== SPACE) return -1
    if (end - at === 8 && text.charCodeAt(end + 1) !== 0x5b && text.charCodeAt(end + 1) !== 0x3c) return -1
    draft.wall = text.slice(at, end)
    return end + 1
  },
}

/** `[0.000002 0.000002] text`: grabserial, since its start and since the line before. */
export const grabserial: Layer = {
  name: 'capture',
  depth: depths.capture,
  begins: '[',
  peel(text, at) {
    const first = afterNumber(text, at + 1)
    if (first < 0 || text.charCodeAt(first) !== SPACE) return -1
    const second = afterNumber(text, first + 1)
    if (second < 0 || text.charCodeAt(second) !== CLOSE) return -1
    return text.charCodeAt(second + 1) === SPACE ? second + 2 : second + 1
  },
}

function afterNumber(text: string, at: number): number {
  const dot = afterDigits(text, at, 7)
  if (dot === at || text.charCodeAt(dot) !== 0x2e) return -1
  const end = afterDigits(text, dot + 1, 6)
  return end - dot === 7 ? end : -1
}

/** hh:mm:ss with an optional fraction; the position after it or -1. */
function afterClock(text: string, at: number): number {
  for (let i = 0; i < 8; i++) {
    const code = text.charCodeAt(at + i)
    if (i === 2 || i === 5 ? code !== 0x3a : !isDigit(code)) return -1
  }
  const mark = text.charCodeAt(at + 8)
  if (mark !== 0x2e && mark !== 0x2c) return at + 8
  const end = afterDigits(text, at + 9, 9)
  return end === at + 9 ? -1 : end
}
