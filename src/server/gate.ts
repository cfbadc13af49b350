// So much is done at once, since each needs memory; a few more wait; the rest is told to come back.

import { Refusal } from './intake/refusal.ts'

const MAX_AT_ONCE = 4
const MAX_WAITING = 256

export class Gate {
  #running = 0
  readonly #waiting: (() => void)[] = []
  readonly #atOnce: number
  readonly #mayWait: number
  readonly #words: string

  constructor(
    atOnce: number = MAX_AT_ONCE,
    mayWait: number = MAX_WAITING,
    words = 'too many uploads at once. Send it again later.',
  ) {
    this.#atOnce = atOnce
    this.#mayWait = mayWait
    this.#words = words
  }

  /** Throws Refusal 503. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#mayWait) throw new Refusal(503, this.#words)
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
