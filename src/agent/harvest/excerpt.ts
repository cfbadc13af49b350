// The bytes of a report in the text it was found in, and those around it.

import type { Report } from '../../core/model.ts'

/** What is kept of the log before an exception, and behind it. */
const BEFORE_BYTES = 256 * 1024
const AFTER_BYTES = 64 * 1024

const LINE_FEED = 10

export interface Cut {
  excerpt: Uint8Array
  context: Uint8Array
}

/** Parts of a dump may stand in another order than their time: then the lines of the report are not in one piece. */
export function cutOut(text: Uint8Array, report: Report): Cut {
  const { start, end } = report.span
  const context = text.subarray(lineStart(text, start - BEFORE_BYTES), Math.min(text.length, end + AFTER_BYTES))
  if (report.textLines === undefined) return { excerpt: withLineFeed(text.subarray(start, end)), context }
  const starts = [0]
  for (let at = text.indexOf(LINE_FEED); at >= 0; at = text.indexOf(LINE_FEED, at + 1)) starts.push(at + 1)
  const pieces = report.textLines.map(line =>
    text.subarray(starts[line - 1] ?? text.length, starts[line] ?? text.length),
  )
  return { excerpt: withLineFeed(Buffer.concat(pieces)), context }
}

function lineStart(text: Uint8Array, from: number): number {
  if (from <= 0) return 0
  const at = text.indexOf(LINE_FEED, from)
  return at < 0 ? from : at + 1
}

function withLineFeed(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0 || bytes.at(-1) === LINE_FEED) return new Uint8Array(bytes)
  return new Uint8Array(Buffer.concat([bytes, Uint8Array.of(LINE_FEED)]))
}
