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

/** Of at least one record, in order; `missingBefore` of them were lost before the first. */
export function packChunk(records: readonly KeptRecord[], missingBefore: number): Chunk {
  const text = Buffer.from(records.map(lineOfRecord).join(''))
  const body = zstdCompressSync(text)
  return {
    body,
    row: {
      first_sequence: records[0]!.sequence,
      last_sequence: records.at(-1)!.sequence,
      missing_before: missingBefore,
      // The clock may have been set back between two of them.
      first_at: records.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY),
      last_at: records.reduce((most, { at }) => Math.max(most, at), 0),
      records: records.length,
      levels: records.reduce((bits, { level }) => bits | levelBit(level), 0),
      raw_bytes: text.length,
      stored_bytes: body.length,
    },
  }
}

export const levelBit = (level: number | undefined): number => (level === undefined ? NO_LEVEL : 1 << level)

/** The bits of all levels as bad as this one or worse; records without a level are among them. */
export const bitsUpTo = (level: number): number => NO_LEVEL | ((2 << level) - 1)

export function unpackChunk(body: Uint8Array): KeptRecord[] {
  const text = zstdDecompressSync(body, { maxOutputLength: 2 * MAX_CHUNK_BYTES }).toString()
  return text.split('\n').flatMap(line => (line === '' ? [] : (recordOfLine(line) ?? [])))
}
