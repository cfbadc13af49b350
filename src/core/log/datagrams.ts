// What one sender's netconsole says: datagrams that may be lost, doubled, late, and parts of a record.
// Documentation/networking/netconsole.rst.

import type { LogRecord, RawLine } from '../model.ts'
import { LineReader } from './line-reader.ts'
import { LineSplitter } from './lines.ts'
import { SequenceOrder } from './order/sequence.ts'
import { LogReader } from './reader.ts'

/** So long is waited for a datagram that others overtook. */
export const REORDER_MS = 300
/** … and for the rest of a record that came in parts. netconsd gives up after 30 s; a live watcher wants its report. */
export const FRAGMENT_MS = 1000
/** Records held for the sake of order, at most. */
const REORDER_RECORDS = 1024

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
// 6,444,501151268,-;text and with the release in front: 6.4.0,6,444,501151268,-;text
const extended = /^(?:\d{1,3}\.[^,; ]{1,64},)?\d{1,4},\d{1,20},\d{1,20},[-c+]/

/**
 * Extended datagrams are whole records (or parts of one, by ncfrag=) with numbers: they come out in order. Plain ones
 * are the console's text, cut anywhere. A sender may send both.
 */
export class NetconsoleReader {
  readonly #records = new LineReader()
  readonly #order = new SequenceOrder(REORDER_RECORDS)
  readonly #splitter = new LineSplitter()
  readonly #text = new LogReader({ live: true })
  #line = 1
  #position = 0
  #waitingSince: number | undefined
  #lastAt = 0
  /** datagrams by their form */
  extended = 0
  plain = 0

  push(datagram: Uint8Array, now: number): LogRecord[] {
    this.#lastAt = now
    const text = utf8.decode(datagram)
    const out: LogRecord[] = []
    if (extended.test(text)) {
      this.extended++
      this.#pushExtended(text, datagram.length, out)
    } else {
      this.plain++
      for (const line of this.#splitter.push(datagram, this.#position)) this.#pushPlain(line, out)
    }
    this.#position += datagram.length
    if (this.#order.idle) this.#waitingSince = undefined
    else this.#waitingSince ??= now
    return out
  }

  /** What has waited long enough. */
  settle(now: number): LogRecord[] {
    const out: LogRecord[] = []
    if (now - this.#lastAt >= FRAGMENT_MS) {
      const rest: LogRecord[] = []
      this.#records.flush(rest)
      for (const record of rest) this.#order.push(record, out)
      for (const line of this.#splitter.flush()) this.#pushPlain(line, out)
      this.#lastAt = Number.POSITIVE_INFINITY
    }
    if (this.#waitingSince === undefined || now - this.#waitingSince < REORDER_MS) return out
    this.#order.flush(out)
    this.#waitingSince = undefined
    return out
  }

  #pushExtended(text: string, bytes: number, out: LogRecord[]): void {
    const records: LogRecord[] = []
    const span = { start: this.#position, end: this.#position + bytes }
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    for (const line of lines) this.#records.read({ text: line, number: this.#line++, span }, records)
    for (const record of records) this.#order.push(record, out)
  }

  #pushPlain(line: RawLine, out: LogRecord[]): void {
    for (const record of this.#text.push({ ...line, number: this.#line++ })) out.push(record)
  }
}
