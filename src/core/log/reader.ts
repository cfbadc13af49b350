// Physical lines → kernel records, whatever brought them here.

import type { LogRecord, RawLine } from '../model.ts'
import type { InputLine } from './draft.ts'
import { LineReader } from './line-reader.ts'
import { RecordOrder } from './order/order.ts'
import { QuotedPrintable } from './quoted-printable.ts'
import { columnsOf, continues, findWrapping, type MeasuredLine, mayBeWrapped, type Wrapping } from './wrap.ts'

/** So many lines are looked at together, to see whether a terminal or a mail program wrapped them. */
export const WINDOW_LINES = 256
/** … or so much text, in UTF-16 units. */
export const WINDOW_CHARACTERS = 256 * 1024

/** A wrapped line is put together from no more pieces than this. */
const MAX_PIECES = 64

export interface LogReaderOptions {
  /**
   * Records are wanted at once, as from a console or /dev/kmsg that is being watched: nothing is held back, so that
   * wrapped lines are not joined and reordered datagrams not put in order (gaps are still counted).
   */
  live?: boolean
}

interface WindowLine extends MeasuredLine {
  line: InputLine
  /** its records are records[first, end) of the window */
  first: number
  end: number
}

/**
 * State machine without I/O. Each line is freed from its layers, outermost first, until none fits; what is left is the
 * kernel's text. Records come out in input order but for the reorderings that a transport demands; at most a window of
 * lines, and what those orders hold (see order/), is kept.
 */
export class LogReader {
  readonly #live: boolean
  readonly #lines = new LineReader()
  readonly #order: RecordOrder
  readonly #quotedPrintable = new QuotedPrintable()
  #window: RawLine[] = []
  #windowCharacters = 0
  #wrapping: Wrapping | undefined
  /** read, but a line to come may belong to the last of them */
  #records: LogRecord[] = []
  #measured: WindowLine[] = []

  constructor(options: LogReaderOptions = {}) {
    this.#live = options.live === true
    this.#order = new RecordOrder(this.#live ? 0 : undefined)
  }

  /** Bytes of the input that are part of no record: marks and frames of the transports, duplicates. */
  get noiseBytes(): number {
    return this.#lines.noiseBytes + this.#order.noiseBytes
  }

  /**
   * After `flush`: every line stood for itself, so that lines may be left out. Not so where lines were wrapped, go over
   * several, carry sequence numbers or come in another order.
   */
  get selfContained(): boolean {
    return (
      this.#wrapping === undefined && !this.#quotedPrintable.active && this.#lines.selfContained && this.#order.idle
    )
  }

  push(line: RawLine): LogRecord[] {
    if (this.#live) {
      const out: LogRecord[] = []
      this.#lines.read(line, this.#records)
      this.#deliver(this.#records.length, out, false)
      return out
    }
    this.#window.push(line)
    this.#windowCharacters += line.text.length
    if (this.#window.length < WINDOW_LINES && this.#windowCharacters < WINDOW_CHARACTERS) return []
    const out: LogRecord[] = []
    this.#readWindow(out, false)
    return out
  }

  /** All that is held back. What is pushed afterwards continues the same stream. */
  flush(): LogRecord[] {
    const out: LogRecord[] = []
    this.#readWindow(out, true)
    this.#lines.flush(this.#records)
    this.#deliver(this.#records.length, out, true)
    this.#order.flush(out)
    return out
  }

  #readWindow(out: LogRecord[], last: boolean): void {
    let lines: InputLine[] = this.#quotedPrintable.decode(this.#window)
    if (last) lines = [...lines, ...this.#quotedPrintable.flush()]
    this.#window = []
    this.#windowCharacters = 0
    if (this.#measured.length === 0 && !this.#mayBeWrapped(lines)) {
      this.#wrapping = undefined
      for (const line of lines) this.#lines.read(line, this.#records)
      this.#deliver(this.#records.length, out, last)
      return
    }
    for (const line of lines) this.#measure(line)
    this.#wrapping = findWrapping(this.#measured, this.#wrapping)
    if (this.#wrapping === undefined) {
      this.#measured = []
      this.#deliver(this.#records.length, out, last)
      return
    }
    this.#join(this.#wrapping, out, last)
  }

  /** A wrapped line is followed by one that does not begin like it; nor are many lines longer than any width. */
  #mayBeWrapped(lines: readonly InputLine[]): boolean {
    let first = -1
    let differ = false
    for (let i = 0; i < lines.length && !differ; i++) {
      const { text } = lines[i]!
      if (text.length === 0) continue
      const code = text.charCodeAt(0)
      differ = first >= 0 && code !== first
      first = code
    }
    return differ && mayBeWrapped(lines)
  }

  #measure(line: InputLine): void {
    const first = this.#records.length
    this.#lines.read(line, this.#records)
    const end = this.#records.length
    this.#measured.push({
      line,
      text: end > first ? this.#records[end - 1]!.text : '',
      columns: columnsOf(line.text),
      prefixed: this.#lines.prefixed,
      first,
      end,
    })
  }

  /** Joins what was wrapped and delivers all but the last line, which may go on in the next window. */
  #join(wrapping: Wrapping, out: LogRecord[], last: boolean): void {
    const measured = this.#measured
    const kept = this.#records.slice(0, measured[0]?.first ?? 0)
    let tail = 0
    let tailAt = 0
    let pieces = 0
    for (let i = 0; i < measured.length; i++) {
      const line = measured[i]!
      const head = kept.at(-1)
      const single = line.end - line.first === 1 && pieces < MAX_PIECES
      // A line that makes no record, as a field of a journal entry, stands between what was never one line.
      const before = measured[i - 1]
      const follows = before === undefined || before.end > before.first || before.columns === 0
      const joins = head !== undefined && single && follows && continues(measured, i, wrapping)
      if (joins) {
        append(head, this.#records[line.first]!, wrapping)
        pieces++
        continue
      }
      pieces = 0
      tail = kept.length
      tailAt = i
      for (let at = line.first; at < line.end; at++) kept.push(this.#records[at]!)
    }
    this.#records = kept
    const held = last ? kept.length : tail
    this.#measured = last ? [] : measured.slice(tailAt)
    this.#deliver(held, out, last)
    // The line that is kept is one record again, however many pieces it has.
    const lastPiece = this.#measured.at(-1)
    this.#measured = lastPiece === undefined ? [] : [{ ...lastPiece, first: 0, end: this.#records.length }]
  }

  /** Puts the first `count` records in order; one that the next line may still change stays, unless it is the end. */
  #deliver(count: number, out: LogRecord[], last: boolean): void {
    const records = this.#records
    const end = !last && count === records.length && this.#lines.isOpen(records[count - 1]) ? count - 1 : count
    for (let i = 0; i < end; i++) this.#order.push(records[i]!, out)
    this.#records = end === records.length ? [] : records.slice(end)
  }
}

function append(head: LogRecord, piece: LogRecord, wrapping: Wrapping): void {
  const joint = wrapping.kind === 'hard' || wrapping.keepsSpace ? '' : ' '
  head.text += joint + piece.text
  head.lastLine = piece.lastLine ?? piece.line
  head.span = { start: head.span.start, end: piece.span.end }
  head.damage ??= []
  if (!head.damage.includes('wrapped')) head.damage.push('wrapped')
}
