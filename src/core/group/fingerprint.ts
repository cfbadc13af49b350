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

// http://www.isthe.com/chongo/tech/comp/fnv/: offset basis and prime of the 64-bit variant
function fnv1a64(text: string): string {
  const bytes = new TextEncoder().encode(text)
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(16).padStart(16, '0')
}
