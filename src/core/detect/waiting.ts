// Events in the order of their headers: each is given when it has ended and nothing that began before it is still under way.

import type { Event, Excerpt } from './event.ts'
import { MAX_STREAMS } from './streams.ts'

/** Events waiting for an earlier one to end; beyond, the earliest is closed. */
const MAX_WAITING = 64
/** A closed event can still be joined by a panic that comes within so many bytes of the log. */
export const REACH_BYTES = 12 * 1024

export class WaitingEvents {
  private readonly inOrder: Event[] = []
  private ready: Excerpt[] = []
  /** byte behind the last event of a stream that was settled: its lines are no remains of another */
  private readonly settledTo = new Map<string, number>()

  /** Open ones, and closed ones that wait for an earlier one. Always the same list. */
  get events(): readonly Event[] {
    return this.inOrder
  }

  /** The earliest, where there are too many now: it is to be closed. */
  add(event: Event): Event | undefined {
    this.inOrder.push(event)
    return this.inOrder.length > MAX_WAITING ? this.inOrder[0] : undefined
  }

  /** Where the last event of a stream ended that is known; 0: none is. */
  lastByteOf(stream: string): number {
    return this.inOrder.findLast(event => event.stream === stream)?.lastByte ?? this.settledTo.get(stream) ?? 0
  }

  take(): Excerpt[] {
    if (this.ready.length === 0) return this.ready
    const out = this.ready
    this.ready = []
    return out
  }

  /**
   * Makes ready what is complete. `position`: how far the log was read, behind which nothing can join what ended too long
   * before; undefined: it is not known, infinity: at its end.
   */
  release(position: number | undefined): void {
    while (this.inOrder.length > 0) {
      const event = this.inOrder[0]!
      if (event.closed === undefined) return
      if (event.successor && event.successor.closed === undefined && position !== Number.POSITIVE_INFINITY) return
      const passed = position !== undefined && position - event.lastByte > REACH_BYTES
      if (!passed && !event.settled && this.inOrder.length <= MAX_WAITING / 2) return
      this.inOrder.shift()
      if (event.settled) this.remember(event)
      const [part, later] = event.split()
      if (part?.confirmed) this.ready.push(part.toExcerpt())
      if (later) this.requeue(later)
    }
  }

  /** The second of two untangled events waits for its place: by its header, like all others. */
  private requeue(event: Event): void {
    const at = this.inOrder.findIndex(other => other.headerByte > event.headerByte)
    this.inOrder.splice(at < 0 ? this.inOrder.length : at, 0, event)
  }

  private remember({ stream, lastByte }: Event): void {
    this.settledTo.delete(stream)
    this.settledTo.set(stream, lastByte)
    if (this.settledTo.size <= MAX_STREAMS) return
    for (const oldest of this.settledTo.keys()) {
      this.settledTo.delete(oldest)
      return
    }
  }
}
