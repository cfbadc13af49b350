// A storm of one exception fills no disk: after so many bundles of it in a while, it is only counted.

import type { Report } from '../../core/model.ts'

export interface RepeatLimits {
  /** bundles of one machine's exceptions with one fingerprint … */
  sameLimit: number
  /** … in so long, ms; 0: no limit */
  sameIntervalMs: number
}

/** Fingerprints of machines that are remembered; beyond, the one that was seen longest ago is forgotten. */
const MAX_FINGERPRINTS = 1024

interface Window {
  fromMs: number
  bundles: number
  /** of the last one that was kept */
  bundle: string | undefined
  title: string
  repeats: number
  firstMs: number
  lastMs: number
}

/** What is said in the bundle of an exception that came again, and was not kept. */
export interface Repeat {
  bundle: string
  said: { title: string; count: number; first: string; last: string }
}

/** Two machines with one bug are no storm. */
const keyOf = ({ source, fingerprint }: Report): string => `${source.host ?? ''} ${fingerprint}`

export class Repeats {
  private readonly limits: RepeatLimits
  private readonly windows = new Map<string, Window>()
  private readonly ended: Window[] = []

  constructor(limits: RepeatLimits) {
    this.limits = limits
  }

  wanted(report: Report, nowMs: number): boolean {
    const { sameLimit, sameIntervalMs } = this.limits
    if (sameIntervalMs === 0) return true
    const key = keyOf(report)
    let window = this.windows.get(key)
    this.windows.delete(key)
    // A clock that was set back begins a window too.
    if (window === undefined || nowMs - window.fromMs >= sameIntervalMs || nowMs < window.fromMs) {
      if (window !== undefined && window.repeats > 0) this.ended.push(window)
      window = { fromMs: nowMs, bundles: 0, bundle: undefined, title: report.title, repeats: 0, firstMs: 0, lastMs: 0 }
    }
    this.windows.set(key, window)
    if (this.windows.size > MAX_FINGERPRINTS) this.forget()
    if (window.bundles < sameLimit) {
      window.bundles++
      return true
    }
    if (window.repeats === 0) window.firstMs = nowMs
    window.repeats++
    window.lastMs = nowMs
    return false
  }

  kept(report: Report, bundle: string): void {
    const window = this.windows.get(keyOf(report))
    if (window) window.bundle = bundle
  }

  /** What is to be said in bundles now, each time once. */
  over(nowMs: number, all: boolean): Repeat[] {
    for (const [key, window] of this.windows) {
      if (!all && nowMs - window.fromMs < this.limits.sameIntervalMs) continue
      this.windows.delete(key)
      if (window.repeats > 0) this.ended.push(window)
    }
    const iso = (ms: number): string => new Date(ms).toISOString()
    return this.ended
      .splice(0)
      .flatMap(({ bundle, title, repeats, firstMs, lastMs }) =>
        bundle === undefined
          ? []
          : [{ bundle, said: { title, count: repeats, first: iso(firstMs), last: iso(lastMs) } }],
      )
  }

  private forget(): void {
    for (const [key, window] of this.windows) {
      this.windows.delete(key)
      if (window.repeats > 0) this.ended.push(window)
      return
    }
  }
}
