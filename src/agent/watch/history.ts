// The last records of a stream with the bytes that they came in: what an excerpt and its context are cut from.

import type { LogRecord, Report } from '../../core/model.ts'
import type { Piece } from '../sources/source.ts'

/** Of the own kernel: more than the longest report and its context need (6000 lines of 100 bytes). */
export const HISTORY_BYTES = 1024 * 1024
/** Records are remembered as far as their bytes are, and never more. */
const MAX_RECORDS = 16_384

/** So much more may be there before the oldest go. */
const SLACK = 1 / 8

interface Chunk {
  /** position of its first byte in the stream */
  start: number
  bytes: Uint8Array
  /** when it came, ms since 1970 */
  at: number
}

interface Entry {
  line: number
  start: number
  end: number
  sequence: number | undefined
  lost: number
  host: string | undefined
}

/** What a bundle needs of the records of a report. */
export interface Cutting {
  excerpt: Uint8Array
  context: Uint8Array
  sequence?: { first: number; last: number }
  lost: number
  /** when its first line came, ms since 1970; undefined when that is not kept any more */
  capturedAt: number | undefined
  host: string | undefined
  /** records of the report whose bytes are not kept any more */
  missing: number
  /** where its first record stands */
  first: Place | undefined
}

/** Where a record stands in its stream. */
export type Place = Pick<LogRecord, 'line' | 'span' | 'sequence'>

const placeOf = ({ line, start, end, sequence }: Entry): Place => ({ line, span: { start, end }, sequence })

export class History {
  private readonly limit: number
  private chunks: Chunk[] = []
  private entries: Entry[] = []
  private bytes = 0
  private position = 0

  constructor(limit = HISTORY_BYTES) {
    this.limit = limit
  }

  add(piece: Piece, at: number): void {
    if (piece.bytes.length > 0) {
      this.chunks.push({ start: this.position, bytes: piece.bytes, at })
      this.position += piece.bytes.length
      this.bytes += piece.bytes.length
    }
    for (const record of piece.records) {
      this.entries.push({
        line: record.line,
        start: record.span.start,
        end: record.span.end,
        sequence: record.sequence,
        lost: record.lostBefore ?? 0,
        host: record.host,
      })
    }
    this.trim()
  }

  /** Records that came after this one, itself included. */
  countFrom(record: Place): number {
    const at = this.entries.findLastIndex(each => each.start === record.span.start && each.line === record.line)
    return at < 0 ? this.entries.length : this.entries.length - at
  }

  /** Where the record stands behind which so many came, itself included; the oldest that is known, where there are fewer. */
  last(count: number): { place: Place; count: number } | undefined {
    const known = Math.min(count, this.entries.length)
    const entry = known === 0 ? undefined : this.entries.at(-known)
    return entry && { place: placeOf(entry), count: known }
  }

  cut(report: Report, contextRecords: number): Cutting {
    const { first, last } = report.lines
    const chosen = report.textLines === undefined ? undefined : new Set(report.textLines)
    const own: Entry[] = []
    let from = this.entries.length
    let to = -1
    for (const [index, entry] of this.entries.entries()) {
      if (entry.line < first || entry.line > last || chosen?.has(entry.line) === false) continue
      own.push(entry)
      from = Math.min(from, index)
      to = index
    }
    const around = this.entries.slice(Math.max(0, from - contextRecords), to + 1 + contextRecords)
    const sequences = own.flatMap(({ sequence }) => sequence ?? [])
    const wanted = chosen?.size ?? last - first + 1
    const head = own[0]
    const cutting: Cutting = {
      first: head && placeOf(head),
      excerpt: this.join(own),
      context: this.join(around),
      lost: own.reduce((sum, { lost }) => sum + lost, 0),
      capturedAt: head && this.chunkAt(head.start)?.at,
      host: head?.host,
      missing: Math.max(0, wanted - new Set(own.map(({ line }) => line)).size),
    }
    if (sequences.length > 0) cutting.sequence = { first: sequences[0]!, last: sequences.at(-1)! }
    return cutting
  }

  /** The bytes of records, each once and with its line break, in their order. */
  private join(entries: readonly Entry[]): Uint8Array {
    const parts: Uint8Array[] = []
    let before: Entry | undefined
    for (const entry of entries) {
      if (before === undefined || entry.start !== before.start || entry.end !== before.end)
        parts.push(...this.slice(entry.start, entry.end + 1))
      before = entry
    }
    return Buffer.concat(parts)
  }

  private slice(start: number, end: number): Uint8Array[] {
    const parts: Uint8Array[] = []
    for (let index = this.indexOf(start); index < this.chunks.length; index++) {
      const chunk = this.chunks[index]!
      if (chunk.start >= end) break
      const from = Math.max(0, start - chunk.start)
      parts.push(chunk.bytes.subarray(from, end - chunk.start))
    }
    return parts
  }

  private chunkAt(position: number): Chunk | undefined {
    const chunk = this.chunks[this.indexOf(position)]
    return chunk !== undefined && chunk.start <= position ? chunk : undefined
  }

  /** The chunk that holds this byte, or the first behind it. */
  private indexOf(position: number): number {
    let [from, to] = [0, this.chunks.length]
    while (from < to) {
      const middle = (from + to) >> 1
      const chunk = this.chunks[middle]!
      if (chunk.start + chunk.bytes.length <= position) from = middle + 1
      else to = middle
    }
    return from
  }

  private trim(): void {
    // Not for every record: the rest is moved.
    if (this.bytes <= this.limit * (1 + SLACK) && this.entries.length <= MAX_RECORDS * (1 + SLACK)) return
    let gone = 0
    while (this.bytes > this.limit && gone < this.chunks.length - 1) this.bytes -= this.chunks[gone++]!.bytes.length
    if (gone > 0) this.chunks.splice(0, gone)
    const kept = this.chunks[0]?.start ?? 0
    let old = Math.max(0, this.entries.length - MAX_RECORDS)
    while (old < this.entries.length && this.entries[old]!.start < kept) old++
    if (old > 0) this.entries.splice(0, old)
  }
}
