// A chunk of a kernel log: lines of JSON (core/log/kept-record.ts), compressed together.

import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { type KeptRecord, lineOfRecord, recordOfLine } from '../../core/log/kept-record.ts'
import type { LogChunkTable } from '../store/tables.ts'

/** Text of a chunk that is full: compressed it is a tenth of that or less. */
export const CHUNK_BYTES = 256 * 1024
/** A chunk is never more: what one push may bring, behind what was open. */
export const MAX_CHUNK_BYTES = 16 * 1024 * 1024

/** The bit of records that have no level. */
const NO_LEVEL = 256

export interface Chunk {
  row: Omit<LogChunkTable, 'id' | 'stream_id' | 'host_id' | 'open'>
  body: Uint8Array
}

/** Room for the first records of most. */
const FIRST_BYTES = 1024
/** Bytes of UTF-8 that a unit of UTF-16 may become. */
const UNIT_BYTES = 3

/** A chunk that grows, record by record, in order of their numbers. */
export class ChunkText {
  // Written at once: lines that wait as strings make half of the work of a flood the collector's.
  #bytes: Buffer
  readonly #expected: number
  #records = 0
  #firstSequence = 0
  #lastSequence = -1
  #firstAt = Number.POSITIVE_INFINITY
  #lastAt = 0
  #levels = 0
  #missing = 0
  /** bytes */
  length = 0

  /** `expected`: the number that its first record has when none before it was lost; `bytes`: as long as it is likely to become. */
  constructor(expected: number, bytes = 0) {
    this.#expected = expected
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, bytes))
  }

  add(record: KeptRecord): void {
    const line = lineOfRecord(record)
    const { sequence, at, level } = record
    if (this.#records === 0) this.#firstSequence = sequence
    this.#missing += Math.max(0, sequence - this.next)
    this.#lastSequence = sequence
    // The clock may have been set back between two of them.
    if (at < this.#firstAt) this.#firstAt = at
    if (at > this.#lastAt) this.#lastAt = at
    this.#levels |= levelBit(level)
    const most = this.length + UNIT_BYTES * line.length
    if (most > this.#bytes.length) this.#grow(most)
    this.length += this.#bytes.write(line, this.length)
    this.#records++
  }

  /** the number behind its last */
  get next(): number {
    return this.#records === 0 ? this.#expected : this.#lastSequence + 1
  }

  /** records that were lost before its first and between two of its own */
  get missing(): number {
    return this.#missing
  }

  /** Of at least one record; nothing is added after that. */
  text(): { row: Omit<Chunk['row'], 'stored_bytes'>; text: Uint8Array } {
    const row = {
      first_sequence: this.#firstSequence,
      last_sequence: this.#lastSequence,
      missing_before: Math.max(0, this.#firstSequence - this.#expected),
      first_at: this.#firstAt,
      last_at: this.#lastAt,
      records: this.#records,
      levels: this.#levels,
      raw_bytes: this.length,
    }
    return { row, text: this.#bytes.subarray(0, this.length) }
  }

  #grow(least: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(least, 2 * this.#bytes.length))
    this.#bytes.copy(bytes, 0, 0, this.length)
    this.#bytes = bytes
  }
}

/** Of at least one record, in order; `missingBefore` of them were lost before the first. */
export function packChunk(records: readonly KeptRecord[], missingBefore: number): Chunk {
  const chunk = new ChunkText(records[0]!.sequence - missingBefore)
  for (const record of records) chunk.add(record)
  const { row, text } = chunk.text()
  const body = zstdCompressSync(text)
  return { row: { ...row, stored_bytes: body.length }, body }
}

export const levelBit = (level: number | undefined): number => (level === undefined ? NO_LEVEL : 1 << level)

/** The bits of all levels as bad as this one or worse; records without a level are among them. */
export const bitsUpTo = (level: number): number => NO_LEVEL | ((2 << level) - 1)

const BRACKET = 0x5b

/** A small one may be the text itself, which no frame of zstd begins as. */
export function unpackChunk(body: Uint8Array): KeptRecord[] {
  const text =
    body[0] === BRACKET ? Buffer.from(body) : zstdDecompressSync(body, { maxOutputLength: 2 * MAX_CHUNK_BYTES })
  return text
    .toString()
    .split('\n')
    .flatMap(line => (line === '' ? [] : (recordOfLine(line) ?? [])))
}
