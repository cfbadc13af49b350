// Which bundles go when there are too many. A pure function of what is there, so that the same choice is made by the agent,
// by `faultline bundles prune` and in tests.

import type { RemovalReason } from './removed.ts'

export interface Limits {
  /** bytes of all bundles together */
  maxSize: number
  maxCount: number
  /** ms; 0: whatever their age */
  maxAge: number
  /** bytes that stay free on the file system */
  keepFree: number
}

/** What is weighed of a bundle. */
export interface Weighed {
  name: string
  sequence: number
  /** ms since 1970 */
  at: number
  sizeBytes: number
  /** the machine went down with it */
  fatal: boolean
}

export interface Victim extends Weighed {
  reason: RemovalReason
}

/** The newest ones are what someone is about to look at: they go only when nothing else is left. */
export const NEWEST = 8

/** The order in which they go: the oldest first, then the fatal ones, then the newest. */
export function leavingOrder<T extends Weighed>(bundles: readonly T[]): T[] {
  const { common, fatal, newest } = classes(bundles)
  return [...common, ...fatal, ...newest]
}

function classes<T extends Weighed>(bundles: readonly T[]): { common: T[]; fatal: T[]; newest: T[] } {
  const bySequence = bundles.toSorted((a, b) => a.sequence - b.sequence)
  const older = bySequence.slice(0, -NEWEST)
  return {
    common: older.filter(({ fatal }) => !fatal),
    fatal: older.filter(({ fatal }) => fatal),
    newest: bySequence.slice(-NEWEST),
  }
}

/**
 * What must go for these limits to hold. `freeBytes` is what the file system has now; `now` undefined: the clock is not to
 * be trusted and nothing is too old. The very last bundle always stays, and for want of free space, which may
 * be another's doing, neither fatal ones nor the newest go.
 */
export function victims(
  bundles: readonly Weighed[],
  { maxSize, maxCount, maxAge, keepFree }: Limits,
  { freeBytes, now }: { freeBytes: number; now: number | undefined },
): Victim[] {
  const gone: Victim[] = []
  let size = bundles.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let free = freeBytes
  let count = bundles.length
  const { common, fatal, newest } = classes(bundles)
  const reasonFor = (bundle: Weighed, spareable: boolean): RemovalReason | undefined => {
    if (maxAge > 0 && now !== undefined && now - bundle.at > maxAge) return 'age'
    if (count > maxCount) return 'count'
    if (size > maxSize) return 'size'
    return free < keepFree && spareable ? 'space' : undefined
  }
  for (const [bundles, spareable] of [[common, true] as const, [fatal, false] as const, [newest, false] as const]) {
    for (const bundle of bundles) {
      const reason = count > 1 ? reasonFor(bundle, spareable) : undefined
      if (reason === undefined) continue
      gone.push({ ...bundle, reason })
      count--
      size -= bundle.sizeBytes
      free += bundle.sizeBytes
    }
  }
  return gone
}

/** What goes so that a new bundle of so many bytes fits on a full disk: all but the newest, if it must be. */
export function victimsForRoom(bundles: readonly Weighed[], neededBytes: number): Victim[] {
  const { common, fatal } = classes(bundles)
  const gone: Victim[] = []
  let freed = 0
  for (const bundle of [...common, ...fatal]) {
    if (freed >= neededBytes) break
    gone.push({ ...bundle, reason: 'space' })
    freed += bundle.sizeBytes
  }
  return gone
}
