// Start and storms take memory that glibc keeps when it is freed; a quiet moment is the time to give it back.

import { libc } from '../../node/libc.ts'

/** Between two times; going through all that was freed takes some milliseconds. */
const LEAST_MS = 60_000

export class SpareMemory {
  private some = true
  private givenAt = Number.NEGATIVE_INFINITY

  /** Memory was taken that may be free later. */
  taken(): void {
    this.some = true
  }

  giveBack(): void {
    const now = performance.now()
    if (!this.some || now < this.givenAt + LEAST_MS) return
    this.some = false
    this.givenAt = now
    libc()?.trim()
  }
}
