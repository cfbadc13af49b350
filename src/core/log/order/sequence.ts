// Records with sequence numbers, which a network may deliver in another order, twice, or not at all.

import type { LogRecord } from '../../model.ts'

/** So far ahead of the oldest missing record is waited for it; netconsd's window (ncrx.h, nr_slots) is the same. */
export const REORDER_SLOTS = 8192

/** Nor is waited over more input than this, which also bounds the memory. */
export const REORDER_BYTES = 1024 * 1024

/** The first record received need not be the first sent: so many are looked at before the order is taken as known. */
const WARM_UP_RECORDS = 16

/** A sequence number that was passed already, with a time this much earlier, is of another boot. */
const REBOOT_BACK_US = 10_000_000

/** Datagrams that overtook each other have numbers this close. */
const REORDERED_NEAR = 64

/** So many delivered records are remembered to know a duplicate. */
const RECENT = 256

/** When a gap is given up, so many of the newest records stay held: their order may still be changing. */
const KEPT_BACK = 16

interface Held {
  record: LogRecord
  /** records without a number that came right behind it */
  followers: LogRecord[]
}

/** Puts records in order of `sequence` and counts the missing ones in `lostBefore`. */
export class SequenceOrder {
  readonly #held = new Map<number, Held>()
  #next: number | undefined
  /** where followers go; undefined when the last record is delivered already */
  #last: Held | undefined
  /** input position of the oldest record held; gaps before it are given up in time */
  #heldFrom = 0
  #lastUs = 0
  /** the latest time among the records held before the order is known */
  #heldUs = 0
  /** delivered, at sequence % RECENT */
  readonly #recent: (LogRecord | undefined)[] = new Array(RECENT).fill(undefined)
  /** bytes of datagrams that were received twice */
  duplicateBytes = 0
  readonly #slots: number

  constructor(slots = REORDER_SLOTS) {
    this.#slots = slots
  }

  get idle(): boolean {
    return this.#held.size === 0
  }

  push(record: LogRecord, out: LogRecord[]): void {
    const sequence = record.sequence
    if (sequence === undefined) {
      if (this.#last !== undefined) this.#last.followers.push(record)
      else out.push(record)
      return
    }
    if (this.#next !== undefined && sequence < this.#next && this.#passed(record, sequence, out)) return
    if (this.#next === undefined && this.#isOfNextBoot(record, sequence)) {
      this.#drain(out)
      this.#next = undefined
    }
    if (this.#held.size > 0 && record.span.start - this.#heldFrom > REORDER_BYTES) this.#drain(out, KEPT_BACK)
    if (sequence === this.#next && this.#held.size === 0) {
      this.#last = undefined
      this.#deliver(record, out)
      return
    }
    if (this.#next !== undefined && sequence - this.#next > this.#slots) this.#drain(out, KEPT_BACK)
    const twin = this.#held.get(sequence)
    if (twin !== undefined) {
      if (twin.record.text === record.text) this.duplicateBytes += record.span.end - record.span.start
      else twin.followers.push(record)
      return
    }
    if (this.#held.size === 0) this.#heldFrom = record.span.start
    this.#last = { record, followers: [] }
    this.#held.set(sequence, this.#last)
    this.#heldUs = Math.max(this.#held.size === 1 ? 0 : this.#heldUs, record.sinceBootUs ?? 0)
    if (this.#next === undefined) {
      if (this.#held.size < Math.min(WARM_UP_RECORDS, this.#slots + 1)) return
      this.#next = Math.min(...this.#held.keys())
    }
    this.#deliverReady(out)
    if (this.#slots === 0) this.#drain(out)
  }

  flush(out: LogRecord[]): void {
    this.#drain(out)
    this.#last = undefined
  }

  /** While the order is not known yet: earlier in time than what is held, and no neighbour of it. */
  #isOfNextBoot(record: LogRecord, sequence: number): boolean {
    if (this.#heldUs - (record.sinceBootUs ?? 0) <= REBOOT_BACK_US) return false
    for (const held of this.#held.keys()) if (Math.abs(held - sequence) <= REORDERED_NEAR) return false
    return true
  }

  /** A number below the expected one: of another boot (false: it is to be read as the first), a duplicate, or late. */
  #passed(record: LogRecord, sequence: number, out: LogRecord[]): boolean {
    const back = this.#lastUs - (record.sinceBootUs ?? 0)
    if (this.#next! - sequence > this.#slots || back > REBOOT_BACK_US || (sequence === 0 && back > 0)) {
      this.#drain(out)
      this.#next = undefined
      this.#recent.fill(undefined)
      return false
    }
    const delivered = this.#recent[sequence % RECENT]
    if (delivered?.sequence === sequence && delivered.text === record.text) {
      this.duplicateBytes += record.span.end - record.span.start
      return true
    }
    this.#last = undefined
    this.#recent[sequence % RECENT] = record
    out.push(record)
    return true
  }

  #deliver(record: LogRecord, out: LogRecord[]): void {
    const sequence = record.sequence!
    const missing = sequence - this.#next!
    if (missing > 0) record.lostBefore = (record.lostBefore ?? 0) + missing
    this.#next = sequence + 1
    this.#lastUs = record.sinceBootUs ?? this.#lastUs
    this.#recent[sequence % RECENT] = record
    out.push(record)
  }

  #deliverHeld(sequence: number, out: LogRecord[]): void {
    const held = this.#held.get(sequence)!
    this.#held.delete(sequence)
    this.#deliver(held.record, out)
    for (const follower of held.followers) out.push(follower)
    if (held === this.#last) this.#last = undefined
  }

  #deliverReady(out: LogRecord[]): void {
    while (this.#held.has(this.#next!)) this.#deliverHeld(this.#next!, out)
  }

  /** Delivers what is held, but for the newest `keep`, and takes what is missing in between as lost. */
  #drain(out: LogRecord[], keep = 0): void {
    if (this.#held.size === 0) return
    const sequences = [...this.#held.keys()].sort((a, b) => a - b)
    if (sequences.length > 2 * keep) sequences.length -= keep
    this.#next ??= sequences[0]
    for (const sequence of sequences) this.#deliverHeld(sequence, out)
    this.#heldFrom = this.#last?.record.span.start ?? 0
    for (const held of this.#held.values()) this.#heldFrom = Math.min(this.#heldFrom, held.record.span.start)
  }
}
