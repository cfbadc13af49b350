// Whether the wall clock is fit to judge age by. Boards without a battery start in 1970 and jump when the network is there;
// a wrong leap forward must not make everything old.

import type { Host } from '../host.ts'

/** So long it must have gone without a jump. */
export const STEADY_MS = 60 * 60_000

/** More than that is a jump; less is how NTP corrects a clock. */
const JUMP_MS = 60_000

export class SteadyClock {
  readonly #host: Pick<Host, 'now' | 'monotonic'>
  #offset: number
  #since: number

  constructor(host: Pick<Host, 'now' | 'monotonic'>) {
    this.#host = host
    this.#offset = host.now() - host.monotonic()
    this.#since = host.monotonic()
  }

  /** ms since 1970, or undefined while it cannot be trusted */
  now(): number | undefined {
    const { now, monotonic } = { now: this.#host.now(), monotonic: this.#host.monotonic() }
    if (Math.abs(now - monotonic - this.#offset) > JUMP_MS) {
      this.#offset = now - monotonic
      this.#since = monotonic
    }
    return monotonic - this.#since >= STEADY_MS ? now : undefined
  }
}
