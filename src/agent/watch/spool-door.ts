// The spool, opened once, and again some seconds after it could not be.

import { SpoolError } from '../bundles/problem.ts'
import { Spool } from '../bundles/spool.ts'
import type { Config } from '../config/keys.ts'

const RETRY_MS = 5000

export class SpoolDoor {
  readonly path: string
  private readonly limits: Config['spool']
  private readonly changed: (() => void) | undefined
  private opening: Promise<Spool> | undefined
  private triedAt = Number.NEGATIVE_INFINITY

  /** `changed`: told after each change of the spool that added something */
  constructor(path: string, limits: Config['spool'], changed?: () => void) {
    this.path = path
    this.limits = limits
    this.changed = changed
  }

  /** Rejects with SpoolError while it cannot be opened. */
  open(): Promise<Spool> {
    if (this.opening !== undefined) return this.opening
    const now = performance.now()
    if (now - this.triedAt < RETRY_MS)
      return Promise.reject(new SpoolError('ENOENT', `${this.path}: the spool could not be opened a moment ago.`))
    this.triedAt = now
    const opening = Spool.open(this.path, {
      limits: this.limits,
      ...(this.changed === undefined ? {} : { changed: this.changed }),
    })
    this.opening = opening
    opening.catch(() => {
      this.opening = undefined
    })
    return opening
  }

  async close(): Promise<void> {
    await this.opening?.then(
      spool => spool.close(),
      () => {},
    )
  }
}
