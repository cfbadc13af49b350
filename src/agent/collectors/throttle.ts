// How often the machine's state is taken: not twice for one storm. The bundle that is left out says which one has it.

/** Fingerprints remembered; beyond that the oldest is forgotten, and its next exception is collected for again. */
const MAX_FINGERPRINTS = 1000

export interface Intervals {
  /** ms between two collections, whatever for */
  any: number
  /** ms between two for the same fingerprint */
  same: number
}

interface Past {
  at: number
  bundle: string
}

export class Throttle {
  readonly #intervals: Intervals
  #last: Past | undefined
  readonly #byFingerprint = new Map<string, Past>()

  constructor(intervals: Intervals) {
    this.#intervals = intervals
  }

  /** The bundle whose collection must do, or undefined: collect. `now` is monotonic, ms. */
  instead(fingerprint: string, now: number): string | undefined {
    const same = this.#byFingerprint.get(fingerprint)
    if (same !== undefined && now - same.at < this.#intervals.same) return same.bundle
    if (this.#last !== undefined && now - this.#last.at < this.#intervals.any) return this.#last.bundle
    return undefined
  }

  collected(fingerprint: string, bundle: string, now: number): void {
    this.#last = { at: now, bundle }
    this.#byFingerprint.delete(fingerprint)
    this.#byFingerprint.set(fingerprint, this.#last)
    if (this.#byFingerprint.size > MAX_FINGERPRINTS) {
      const [oldest] = this.#byFingerprint.keys()
      this.#byFingerprint.delete(oldest!)
    }
  }
}
