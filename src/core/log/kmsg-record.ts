// One read(2) of /dev/kmsg is one whole record: its line and the lines of its dictionary.

import type { LogRecord } from '../model.ts'
import { LineReader } from './line-reader.ts'

const LINE_FEED = 10
const COMMA = 0x2c

/**
 * Reads records that come whole and in order, as from /dev/kmsg. What they say is escaped ASCII; bytes beyond it are
 * kept as they are. A text with line breaks makes several records, of which the first has the number.
 */
export class KmsgRecords {
  readonly #reader = new LineReader()
  #line = 1

  /** `bytes` are one record, at this position of the stream; [] when it holds none. */
  read(bytes: Uint8Array, position: number): LogRecord[] {
    const out: LogRecord[] = []
    for (let start = 0; start < bytes.length; ) {
      const found = bytes.indexOf(LINE_FEED, start)
      const end = found < 0 ? bytes.length : found
      const span = { start: position + start, end: position + end }
      this.#reader.read({ text: latin1(bytes, start, end), number: this.#line++, span }, out)
      start = end + 1
    }
    this.#reader.flush(out)
    return out
  }
}

/** The number of a record without reading the rest; undefined when this is none. */
export function sequenceOf(bytes: Uint8Array): number | undefined {
  const first = bytes.indexOf(COMMA)
  if (first < 1 || first > 4) return undefined
  let number = 0
  let at = first + 1
  for (; at < bytes.length; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) break
    number = number * 10 + digit
  }
  return at > first + 1 && bytes[at] === COMMA ? number : undefined
}

const decoder = new TextDecoder('latin1')

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}
