// Bytes → physical lines, with exact byte positions, in bounded memory, the same for any chunking.

import type { RawLine } from '../model.ts'

/** A longer line is delivered in pieces of at most this size, each marked `cut`. */
export const MAX_LINE_BYTES = 64 * 1024

/** So much is decoded at once; also what a kept slice of text can hold on to. */
const DECODE_BYTES = 32 * 1024

const LF = 0x0a
const CR = 0x0d

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be'

/**
 * Splits at LF; CRs before it belong to the line break, lone CRs stay in the text (progress bars and serial consoles
 * write them; the reader knows what they mean). A byte-order mark selects UTF-16, as PowerShell's `>` writes it.
 */
export class LineSplitter {
  /** bytes of the line that is not finished yet; one more than the bound, to see that it is exceeded */
  readonly #pending = new Uint8Array(MAX_LINE_BYTES + 1)
  #pendingLength = 0
  /** the first bytes of the input, until there are enough to see a byte-order mark */
  #head: Uint8Array | undefined = new Uint8Array(0)
  #encoding: Encoding = 'utf-8'
  #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  /** position of the first byte that is neither in a delivered line nor its break */
  #offset = 0
  #number = 1
  #cut = false

  /**
   * The lines that `chunk` completes. The bytes may be reused by the caller afterwards.
   * `baseOffset` is the position of its first byte in the input, where the caller left bytes out before it.
   */
  push(chunk: Uint8Array, baseOffset?: number): RawLine[] {
    const out: RawLine[] = []
    let bytes = chunk
    if (baseOffset !== undefined && baseOffset !== this.#offset + this.#pendingLength + (this.#head?.length ?? 0)) {
      this.#flushInto(out)
      this.#offset = baseOffset
      if (baseOffset !== 0) this.#head = undefined
    }
    if (this.#head !== undefined) {
      bytes = joined(this.#head, bytes)
      if (bytes.length < 3) {
        this.#head = bytes.slice()
        return out
      }
      this.#head = undefined
      bytes = bytes.subarray(this.#readByteOrderMark(bytes))
    }
    this.#split(bytes, out)
    return out
  }

  /** The last line, when the input does not end with a line break. */
  flush(): RawLine[] {
    const out: RawLine[] = []
    this.#flushInto(out)
    return out
  }

  /** What follows is at this byte and in this line of the input: the caller skipped what is in between. */
  skipTo(offset: number, lineNumber: number): RawLine[] {
    const out: RawLine[] = []
    this.#flushInto(out)
    this.#head = offset === 0 ? this.#head : undefined
    this.#offset = offset
    this.#number = lineNumber
    return out
  }

  #flushInto(out: RawLine[]): void {
    if (this.#head !== undefined && this.#head.length > 0) {
      const head = this.#head
      this.#head = undefined
      this.#split(head.subarray(this.#readByteOrderMark(head)), out)
    }
    if (this.#pendingLength > 0 || this.#cut) this.#endPending(out, 0)
  }

  /** Sets the encoding; returns the length of the mark. */
  #readByteOrderMark(bytes: Uint8Array): number {
    let length = 0
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) length = 3
    else if (bytes[0] === 0xff && bytes[1] === 0xfe) {
      length = 2
      this.#encoding = 'utf-16le'
    } else if (bytes[0] === 0xfe && bytes[1] === 0xff) {
      length = 2
      this.#encoding = 'utf-16be'
    }
    if (this.#encoding !== 'utf-8') this.#decoder = new TextDecoder(this.#encoding, { ignoreBOM: true })
    this.#offset += length
    return length
  }

  #split(bytes: Uint8Array, out: RawLine[]): void {
    if (this.#encoding !== 'utf-8') {
      this.#splitUnits(bytes, out)
      return
    }
    let start = 0
    if (this.#pendingLength > 0 || this.#cut) {
      const end = bytes.indexOf(LF)
      this.#append(end < 0 ? bytes : bytes.subarray(0, end), out)
      if (end < 0) return
      this.#endPending(out, 1)
      start = end + 1
    }
    const end = bytes.lastIndexOf(LF) + 1
    while (start < end) start = this.#decodeLines(bytes, start, end, out)
    this.#append(bytes.subarray(start), out)
  }

  /** Decodes some whole lines of bytes[start, end), which ends with LF; returns where the next begin. */
  #decodeLines(bytes: Uint8Array, start: number, end: number, out: RawLine[]): number {
    let stop = end
    if (end - start > DECODE_BYTES) {
      stop = bytes.lastIndexOf(LF, start + DECODE_BYTES - 1) + 1
      if (stop <= start) {
        stop = bytes.indexOf(LF, start) + 1
        if (stop - 1 - start > MAX_LINE_BYTES) {
          this.#append(bytes.subarray(start, stop - 1), out)
          this.#endPending(out, 1)
          return stop
        }
      }
    }
    const text = this.#decoder.decode(bytes.subarray(start, stop))
    // Every UTF-16 unit stands for one byte or more, so equal lengths mean that positions are the same in both.
    if (text.length === stop - start) {
      let at = 0
      while (at < text.length) {
        const lf = text.indexOf('\n', at)
        let last = lf
        while (last > at && text.charCodeAt(last - 1) === CR) last--
        out.push({ text: text.slice(at, last), number: this.#number++, span: this.#span(last - at) })
        this.#offset += lf + 1 - at
        at = lf + 1
      }
    } else {
      for (let at = start; at < stop; ) {
        const lf = bytes.indexOf(LF, at)
        this.#emit(bytes.subarray(at, lf), out)
        this.#offset += lf + 1 - at
        this.#number++
        at = lf + 1
      }
    }
    return stop
  }

  /** UTF-16: unit by unit, as LF may be half of another character. */
  #splitUnits(bytes: Uint8Array, out: RawLine[]): void {
    const low = this.#encoding === 'utf-16le' ? 0 : 1
    for (const byte of bytes) {
      this.#pending[this.#pendingLength++] = byte
      if (this.#pendingLength % 2 === 0) {
        const unit = this.#pendingLength - 2
        if (this.#pending[unit + low] === LF && this.#pending[unit + 1 - low] === 0) {
          this.#pendingLength -= 2
          this.#endPending(out, 2)
          continue
        }
      }
      if (this.#pendingLength > MAX_LINE_BYTES) this.#cutPending(out)
    }
  }

  #append(bytes: Uint8Array, out: RawLine[]): void {
    let rest = bytes
    while (rest.length > 0) {
      const taken = rest.subarray(0, this.#pending.length - this.#pendingLength)
      this.#pending.set(taken, this.#pendingLength)
      this.#pendingLength += taken.length
      rest = rest.subarray(taken.length)
      if (this.#pendingLength > MAX_LINE_BYTES) this.#cutPending(out)
    }
  }

  /** Delivers a piece of a line that is too long, if possible up to a CR, else up to a whole character. */
  #cutPending(out: RawLine[]): void {
    const full = this.#pending.subarray(0, this.#pendingLength)
    let end = MAX_LINE_BYTES
    if (this.#encoding === 'utf-8') {
      const cr = full.lastIndexOf(CR)
      if (cr > 0) end = cr
      else for (let back = 0; back < 3 && ((full[end] ?? 0) & 0xc0) === 0x80; back++) end--
    }
    this.#cut = true
    this.#emit(full.subarray(0, end), out)
    this.#offset += end
    this.#pending.copyWithin(0, end, this.#pendingLength)
    this.#pendingLength -= end
  }

  #endPending(out: RawLine[], breakBytes: number): void {
    this.#emit(this.#pending.subarray(0, this.#pendingLength), out)
    this.#offset += this.#pendingLength + breakBytes
    this.#pendingLength = 0
    this.#cut = false
    this.#number++
  }

  #emit(bytes: Uint8Array, out: RawLine[]): void {
    const unit = this.#encoding === 'utf-8' ? 1 : 2
    let last = bytes.length
    while (last >= unit && isCarriageReturn(bytes, last - unit, this.#encoding)) last -= unit
    const line: RawLine = {
      text: this.#decoder.decode(bytes.subarray(0, last)),
      number: this.#number,
      span: this.#span(last),
    }
    if (this.#cut) line.cut = true
    out.push(line)
  }

  #span(length: number): { start: number; end: number } {
    return { start: this.#offset, end: this.#offset + length }
  }
}

function isCarriageReturn(bytes: Uint8Array, at: number, encoding: Encoding): boolean {
  if (encoding === 'utf-8') return bytes[at] === CR
  const low = encoding === 'utf-16le' ? 0 : 1
  return bytes[at + low] === CR && bytes[at + 1 - low] === 0
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
