// The prefilter in plain JavaScript, where SIMD is missing or forbidden (a page's content security policy).

import type { Prefilter } from './prefilter.ts'
import { keyLength, needleBytes } from './prefilter-plan.ts'

/** Entries of the table by pairs of bytes. */
const pairCount = 0x10000

/**
 * Wu–Manber with blocks of two bytes ("A fast algorithm for multi-pattern searching", 1994): a window as long as the
 * shortest needle slides over the text; its last two bytes say how far no needle can begin.
 */
export function createPlainPrefilter(texts: readonly string[]): Prefilter {
  const needles = needleBytes(texts)
  const window = needles.length === 0 ? keyLength : Math.min(...needles.map(bytes => bytes.length))
  const shifts = new Uint8Array(pairCount).fill(window - 1)
  const ending = new Map<number, Uint8Array[]>()
  for (const bytes of needles) {
    for (let end = 1; end < window; end++) {
      const pair = bytes[end - 1]! | (bytes[end]! << 8)
      shifts[pair] = Math.min(shifts[pair]!, window - 1 - end)
      if (end === window - 1) ending.set(pair, [...(ending.get(pair) ?? []), bytes])
    }
  }

  return {
    engine: 'plain',
    scan(bytes, from, to) {
      const last = Math.min(to, bytes.length)
      for (let at = Math.max(from, 0) + window - 1; at < last; ) {
        const pair = bytes[at - 1]! | (bytes[at]! << 8)
        const shift = shifts[pair]!
        if (shift > 0) {
          at += shift
          continue
        }
        const start = at - window + 1
        for (const needle of ending.get(pair)!) if (standsAt(needle, bytes, start, last)) return start
        at++
      }
      return -1
    },
    countLines(bytes, from, to) {
      let lines = 0
      const last = Math.min(to, bytes.length)
      for (let at = Math.max(from, 0); at < last; at++) if (bytes[at] === 10) lines++
      return lines
    },
    buffer: size => new Uint8Array(size),
  }
}

function standsAt(needle: Uint8Array, bytes: Uint8Array, start: number, to: number): boolean {
  if (start + needle.length > to) return false
  for (let i = 0; i < needle.length; i++) if (bytes[start + i] !== needle[i]) return false
  return true
}
