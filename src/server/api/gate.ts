// So many uploads are unpacked at once, since each needs memory; a few more wait; the rest is told to come back.

import { Refusal } from '../intake/refusal.ts'

const MAX_AT_ONCE = 4
const MAX_WAITING = 256

export class Gate {
  #running = 0
  readonly #waiting: (() => void)[] = []

  /** Throws Refusal 503. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) throw new Refusal(503, 'too many uploads at once. Send it again later.')
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
