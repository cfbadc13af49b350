// So much is done at once, since each needs memory; a few more wait; the rest is told to come back. One who sends slowly or
// much takes only a share of the places.

import { say } from '../core/say.ts'
import { Refusal } from './intake/refusal.ts'

export interface GateLimits {
  atOnce: number
  /** of one sender, so that nobody holds up the others */
  ofOne: number
  waiting: number
  /** to whom finds no place */
  words: string
}

const uploads: GateLimits = {
  atOnce: 4,
  ofOne: 2,
  waiting: 256,
  words: say`too many uploads at once. Send it again later.`,
}

interface Waiting {
  sender: string
  enter: () => void
}

export class Gate {
  readonly #limits: GateLimits
  readonly #running = new Map<string, number>()
  #total = 0
  #waiting: Waiting[] = []

  constructor(limits: Partial<GateLimits> = {}) {
    this.#limits = { ...uploads, ...limits }
  }

  /** Throws Refusal 503. */
  async pass<T>(sender: string, work: () => Promise<T>): Promise<T> {
    if (this.#mayEnter(sender)) this.#enter(sender)
    else {
      if (this.#waiting.length >= this.#limits.waiting) throw new Refusal(503, this.#limits.words)
      await new Promise<void>(enter => this.#waiting.push({ sender, enter }))
    }
    try {
      return await work()
    } finally {
      this.#leave(sender)
    }
  }

  #ofOne(sender: string): number {
    return this.#running.get(sender) ?? 0
  }

  #mayEnter(sender: string): boolean {
    return this.#total < this.#limits.atOnce && this.#ofOne(sender) < this.#limits.ofOne
  }

  #enter(sender: string): void {
    this.#total++
    this.#running.set(sender, this.#ofOne(sender) + 1)
  }

  #leave(sender: string): void {
    this.#total--
    const left = this.#ofOne(sender) - 1
    if (left === 0) this.#running.delete(sender)
    else this.#running.set(sender, left)
    const index = this.#waiting.findIndex(each => this.#mayEnter(each.sender))
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1)
    if (next === undefined) return
    this.#enter(next.sender)
    next.enter()
  }
}
