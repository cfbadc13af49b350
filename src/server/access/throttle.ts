// Guessing is slowed: after some tries in vain each further one has to wait twice as long as the one before.

export interface ThrottleLimits {
  /** in vain, before the first wait */
  free: number
  maxWaitMs: number
}

const FIRST_WAIT_MS = 1000
/** After so long without a try it is as if there had been none. */
const FORGET_MS = 60 * 60 * 1000
/** Names or addresses remembered; the one that was tried longest ago goes first. */
const MAX_KEYS = 10_000

interface Tries {
  inVain: number
  last: number
}

export class Throttle {
  readonly #limits: ThrottleLimits
  /** in the order of their last try */
  readonly #tries = new Map<string, Tries>()

  constructor(limits: ThrottleLimits) {
    this.#limits = limits
  }

  /** ms to wait before a try is heard; 0: this try is heard, and counts as in vain until it is taken back or cleared. */
  attempt(key: string, now: number = Date.now()): number {
    const known = this.#tries.get(key)
    const tries = known !== undefined && now - known.last < FORGET_MS ? known : { inVain: 0, last: 0 }
    const over = tries.inVain - this.#limits.free
    if (over >= 0) {
      const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(over, 30), this.#limits.maxWaitMs)
      if (tries.last + wait > now) return tries.last + wait - now
    }
    this.#tries.delete(key)
    this.#tries.set(key, { inVain: tries.inVain + 1, last: now })
    if (this.#tries.size > MAX_KEYS) this.#tries.delete(this.#tries.keys().next().value!)
    return 0
  }

  /** The latest try was not in vain after all. */
  takeBack(key: string): void {
    const tries = this.#tries.get(key)
    if (tries !== undefined) tries.inVain = Math.max(0, tries.inVain - 1)
  }

  clear(key: string): void {
    this.#tries.delete(key)
  }

  inVain(key: string): number {
    return this.#tries.get(key)?.inVain ?? 0
  }

  get size(): number {
    return this.#tries.size
  }
}
