// The streams in which something is under way, and what: others need not be remembered.

import type { Event } from './event.ts'
import { MAX_STREAMS } from './streams.ts'

export interface Stream {
  open?: Event
  /** a report of one line that may have continuation lines */
  line?: Event
  /** number of the record that was its last header */
  used: number
}

export class OpenStreams {
  private readonly byName = new Map<string, Stream>()
  private readonly crowdedOut: (open: Event) => void

  /** `crowdedOut`: there are too many streams, and this event's, in which nothing began for longest, gives way. */
  constructor(crowdedOut: (open: Event) => void) {
    this.crowdedOut = crowdedOut
  }

  get(name: string): Stream | undefined {
    return this.byName.size === 0 ? undefined : this.byName.get(name)
  }

  /** The stream of a header; it is remembered from now on. */
  of(name: string, number: number): Stream {
    let stream = this.byName.get(name)
    if (stream === undefined) {
      if (this.byName.size >= MAX_STREAMS) this.forgetOldest()
      stream = { used: 0 }
      this.byName.set(name, stream)
    }
    stream.used = number
    return stream
  }

  /** Nothing goes on in this event. */
  closed(event: Event): void {
    for (const stream of this.byName.values()) if (stream.open === event) delete stream.open
  }

  forgetIdle(name: string): void {
    const stream = this.get(name)
    if (stream !== undefined && stream.open === undefined && stream.line === undefined) this.byName.delete(name)
  }

  forgetAllIdle(): void {
    for (const name of this.byName.keys()) this.forgetIdle(name)
  }

  clear(): void {
    this.byName.clear()
  }

  private forgetOldest(): void {
    let oldest: string | undefined
    let used = Number.POSITIVE_INFINITY
    for (const [name, stream] of this.byName) {
      if (stream.used >= used) continue
      used = stream.used
      oldest = name
    }
    if (oldest === undefined) return
    const open = this.byName.get(oldest)?.open
    if (open !== undefined) this.crowdedOut(open)
    this.byName.delete(oldest)
  }
}
