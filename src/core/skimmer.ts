// Long logs are mostly silence: finds the stretches in which a report could be, so that the rest need not be read.

import { createPrefilter, type Prefilter } from './detect/prefilter.ts'

/** What is looked through at once, and the most that is held back. */
const BLOCK_BYTES = 1024 * 1024
/** Lines before a header that its reader wants: "cut here" and the message, the caller. */
const LINES_BEFORE = 8
/** … before what ends a report or a boot: what is left of it. */
const LINES_ABOVE = 64
/** … when they are not longer than this together. */
const BYTES_BEFORE = 16 * 1024
/** Lines behind a header that are read before it is asked whether the report goes on. */
const LINES_AFTER = 32
/** … and at most so many more each time that it does. */
const LINES_MORE = 12

/** Lines longer than this are not jumped over. */
const LONG_LINE_BYTES = BLOCK_BYTES / 2

const LINE_FEED = 10

export interface Stretch {
  bytes: Uint8Array
  /** of its first byte in the input */
  offset: number
  /** of its first line, where text before it was left out */
  line?: number
  /** positions in the input, ascending, where lines have their first needle */
  hits: readonly number[]
}

/** What the skimmer asks of its caller, which reads the stretches. */
export interface Skimmed {
  /** Reads this. The bytes are valid during the call. */
  read(stretch: Stretch): void
  /** Lines that must be read next; 0 when all that was read is settled and nothing is under way: text may be left out. */
  rest(): number
  /**
   * What a line with a needle is: the opening of a report, the end of one that has begun above, a line by itself that is
   * worth reading, or nothing.
   */
  weigh(line: Uint8Array): 'opens' | 'ends' | 'matters' | 'nothing'
}

/**
 * A stream stage: bytes in, stretches of them out, in order. What is left out has no needle but in lines that weigh
 * nothing. Where blocks end does not depend on how the input was cut into chunks.
 */
export class Skimmer {
  readonly #prefilter: Prefilter
  readonly #skimmed: Skimmed
  readonly #block: Uint8Array
  /** bytes in the block */
  #filled = 0
  /** position of the block's first byte in the input */
  #offset: number
  /** index in the block of the first byte that was neither read nor left out, and the number of its line */
  #at = 0
  #line: number
  /** index up to which no needle was found */
  #scanned = 0
  /** text before `#at` was left out */
  #gap = false
  /** `#at` is inside a line that was begun */
  #inLine: boolean

  /** Begins at this byte of the input, in this line; `inLine` when the line began before. */
  constructor(needles: readonly string[], skimmed: Skimmed, start: { offset: number; line: number; inLine: boolean }) {
    this.#prefilter = createPrefilter(needles)
    this.#skimmed = skimmed
    this.#block = this.#prefilter.buffer(BLOCK_BYTES)
    this.#offset = start.offset
    this.#line = start.line
    this.#inLine = start.inLine
  }

  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + BLOCK_BYTES - this.#filled)
      this.#block.set(part, this.#filled)
      this.#filled += part.length
      from += part.length
      if (this.#filled === BLOCK_BYTES) this.#look(false)
    }
  }

  finish(): void {
    this.#look(true)
  }

  #look(last: boolean): void {
    const end = last ? this.#filled : this.#lineStart(this.#filled)
    if (this.#inLine) this.#readTo(this.#endOfLines(1, end))
    while (this.#at < end) {
      const wanted = this.#skimmed.rest()
      if (wanted > 0) this.#readTo(this.#endOfLines(Math.min(wanted, LINES_MORE), end))
      else if (!this.#next(end)) break
    }
    // While a report goes on all was read; else some lines may stand before the next header.
    if (this.#at < end) this.#leaveOut(this.#before(end, LINES_ABOVE))
    // A very long line is read as it comes: it would not leave room for what is behind it.
    if (this.#filled - end > LONG_LINE_BYTES) this.#readTo(this.#filled)
    this.#drop()
  }

  /** Goes on to the next line that weighs something before `end`; false when there is none. */
  #next(end: number): boolean {
    const hit = this.#prefilter.scan(this.#block, Math.max(this.#scanned, this.#at), end)
    if (hit < 0) {
      this.#scanned = end
      return false
    }
    const start = Math.max(this.#lineStart(hit), this.#at)
    const next = this.#lineEnd(hit, end)
    this.#scanned = next
    const weight = this.#skimmed.weigh(this.#block.subarray(start, next))
    if (weight === 'nothing') return true
    if (weight === 'matters') {
      this.#leaveOut(start)
      this.#readTo(next)
    } else {
      this.#leaveOut(this.#before(start, weight === 'opens' ? LINES_BEFORE : LINES_ABOVE))
      this.#readTo(this.#endOfLines(LINES_AFTER, end, next))
    }
    return true
  }

  #readTo(end: number): void {
    if (end <= this.#at) return
    const bytes = this.#block.subarray(this.#at, end)
    const stretch: Stretch = { bytes, offset: this.#offset + this.#at, hits: this.#hits(end) }
    if (this.#gap) stretch.line = this.#line
    this.#gap = false
    this.#skimmed.read(stretch)
    this.#inLine = bytes.at(-1) !== LINE_FEED
    this.#pass(end)
  }

  /** Of a needle that ends in a later block nothing is known: a stretch ends with a line unless that is very long. */
  #hits(end: number): number[] {
    const hits: number[] = []
    for (let at = this.#at; at < end; ) {
      const hit = this.#prefilter.scan(this.#block, at, end)
      if (hit < 0) break
      hits.push(this.#offset + hit)
      at = this.#lineEnd(hit, end)
    }
    return hits
  }

  #leaveOut(end: number): void {
    if (end <= this.#at) return
    this.#gap = true
    this.#pass(end)
  }

  #pass(end: number): void {
    this.#line += this.#prefilter.countLines(this.#block, this.#at, end)
    this.#at = end
  }

  /** Where the line begins that holds the byte at `index`, or would. */
  #lineStart(index: number): number {
    return index <= 0 ? 0 : this.#block.lastIndexOf(LINE_FEED, index - 1) + 1
  }

  /** Behind the next so many lines from `from` on. */
  #endOfLines(count: number, end: number, from = this.#at): number {
    let at = from
    for (let i = 0; i < count && at < end; i++) at = this.#lineEnd(at, end)
    return at
  }

  #lineEnd(from: number, end: number): number {
    const feed = this.#block.indexOf(LINE_FEED, from)
    return feed < 0 || feed >= end ? end : feed + 1
  }

  /** Where so many lines begin that stand before the one at `start`. */
  #before(start: number, lines: number): number {
    let at = start
    for (let i = 0; i < lines && at > this.#at; i++) {
      const before = Math.max(this.#lineStart(at - 1), this.#at)
      if (start - before > BYTES_BEFORE) break
      at = before
    }
    return at
  }

  /** Makes room: what may still be wanted moves to the block's start. */
  #drop(): void {
    this.#block.copyWithin(0, this.#at, this.#filled)
    this.#filled -= this.#at
    this.#offset += this.#at
    this.#scanned = Math.max(0, this.#scanned - this.#at)
    this.#at = 0
  }
}
