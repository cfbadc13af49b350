// A name for a bug that stays the same over addresses, processes, CPUs, times, compilers and kernel versions.

import { bareSymbol } from '../decode/culprit.ts'
import { canonicalName, isMachinery } from '../decode/machinery.ts'
import type { KindName, Report } from '../model.ts'

/** Frames that count: deeper ones vary with the way in. */
const FRAMES = 5

/** Kinds whose trace is only where it was noticed: the title says it all. */
const titleOnly = new Set<KindName>([
  'oom-kill',
  'restart',
  'halt',
  'power-off',
  'io-error',
  'filesystem',
  'user-segfault',
  'memory-leak',
])

/** 16 hexadecimal digits of a 64-bit FNV-1a over kind, title and the first frames that are not machinery. */
export function fingerprintOf(report: Pick<Report, 'kind' | 'title' | 'traces' | 'pc'>): string {
  const parts: string[] = [report.kind, report.title]
  if (!titleOnly.has(report.kind)) {
    const names: string[] = []
    for (const frame of report.traces?.[0]?.frames ?? []) {
      if (names.length === FRAMES) break
      if (frame.symbol === undefined || frame.reliable === false || frame.offset === undefined) continue
      const name = canonicalName(bareSymbol(frame.symbol))
      if (!isMachinery(name) && names[names.length - 1] !== name) names.push(name)
    }
    parts.push(...names)
  }
  return fnv1a64(parts.join('\n'))
}

// http://www.isthe.com/chongo/tech/comp/fnv/: offset basis and prime (2^40 + 0x1b3) of the 64-bit variant, in two halves
function fnv1a64(text: string): string {
  let high = 0xcbf29ce4
  let low = 0x84222325
  const mix = (byte: number): void => {
    low = (low ^ byte) >>> 0
    const product = low * 0x1b3
    high = (Math.imul(high, 0x1b3) + Math.trunc(product / 2 ** 32) + (low << 8)) >>> 0
    low = product >>> 0
  }
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x80) mix(code)
    else {
      // names are ASCII but for what a damaged line holds
      for (const byte of encoder.encode(text.slice(at))) mix(byte)
      break
    }
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

const encoder = new TextEncoder()
