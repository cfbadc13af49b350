// A host's kernel log, piece by piece: backward from its end or a place, forward from a place. What the index says
// cannot be in a chunk is not looked for in it.

import { sql } from 'kysely'
import type { KeptRecord } from '../../core/log/kept-record.ts'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import type { Database } from '../store/store.ts'
import type { LogChunkTable } from '../store/tables.ts'
import { bitsUpTo, unpackChunk } from './chunk.ts'

export interface LogFilter {
  /** of this boot alone */
  boot?: string | undefined
  /** this severe or more; records that have no level too */
  level?: number | undefined
  /** all these words, whatever their case */
  text?: string | undefined
  /** ms since 1970 */
  since?: number | undefined
  until?: number | undefined
}

export interface LogRow extends KeptRecord {
  boot: string
  /** records that the kernel overwrote before they could be read, or that did not come */
  missingBefore?: number
}

export interface LogPage {
  /** the oldest first */
  records: LogRow[]
  /** `before` of the page with what is older; absent: there is nothing */
  older?: string
  /** `after` of what comes later */
  newer: string
}

/** Text that one page looks through at most: a filter that finds little gets a short page and goes on. */
const MAX_SCANNED_BYTES = 8 * 1024 * 1024
/** Chunks that are asked for at once. */
const STEP = 8

interface Place {
  stream: string
  sequence: number
}

interface Stream {
  id: string
  boot_id: string
  next_sequence: number
}

export async function readBackward(
  db: Database,
  hostId: string,
  filter: LogFilter,
  limit: number,
  before?: string,
): Promise<LogPage> {
  const streams = await streamsOf(db, hostId, filter.boot)
  const end = streams.at(-1)
  const from = before === undefined ? undefined : placeOf(before)
  const newer = from ?? (end === undefined ? undefined : { stream: end.id, sequence: end.next_sequence })
  const found: LogRow[] = []
  let scanned = 0
  for (const stream of streams.toReversed()) {
    if (from !== undefined && stream.id > from.stream) continue
    let below = from?.stream === stream.id ? from.sequence : Number.MAX_SAFE_INTEGER
    for (;;) {
      const chunks = await chunksOf(db, stream, filter, each => each.where('first_sequence', '<', below), 'desc')
      for (const chunk of chunks) {
        const rows = rowsOf(stream, chunk, filter).filter(({ sequence }) => sequence < below)
        const room = limit - found.length
        found.unshift(...rows.slice(-room))
        scanned += chunk.raw_bytes
        const left = rows.length > room
        below = left ? found[0]!.sequence : chunk.first_sequence
        if (left || found.length >= limit || scanned >= MAX_SCANNED_BYTES) {
          return { records: found, older: textOf({ stream: stream.id, sequence: below }), newer: textOf(newer) }
        }
      }
      if (chunks.length < STEP) break
    }
  }
  return { records: found, newer: textOf(newer) }
}

export async function readForward(
  db: Database,
  hostId: string,
  filter: LogFilter,
  limit: number,
  after: string,
): Promise<LogPage & { more: boolean }> {
  const from = placeOf(after)
  const streams = (await streamsOf(db, hostId, filter.boot)).filter(({ id }) => id >= from.stream)
  const found: LogRow[] = []
  let scanned = 0
  let at = from
  for (const stream of streams) {
    let next = from.stream === stream.id ? from.sequence : 0
    for (;;) {
      const chunks = await chunksOf(db, stream, filter, each => each.where('last_sequence', '>=', next), 'asc')
      for (const chunk of chunks) {
        const rows = rowsOf(stream, chunk, filter).filter(({ sequence }) => sequence >= next)
        const room = limit - found.length
        found.push(...rows.slice(0, room))
        scanned += chunk.raw_bytes
        next = rows.length > room ? found.at(-1)!.sequence + 1 : chunk.last_sequence + 1
        at = { stream: stream.id, sequence: next }
        if (found.length >= limit || scanned >= MAX_SCANNED_BYTES) {
          return { records: found, older: after, newer: textOf(at), more: true }
        }
      }
      if (chunks.length < STEP) break
    }
  }
  return { records: found, older: after, newer: textOf(at), more: false }
}

async function streamsOf(db: Database, hostId: string, boot: string | undefined): Promise<Stream[]> {
  const streams = db.selectFrom('log_streams').select(['id', 'boot_id', 'next_sequence']).where('host_id', '=', hostId)
  return (boot === undefined ? streams : streams.where('boot_id', '=', boot)).orderBy('id').execute()
}

type FoundChunk = Pick<LogChunkTable, 'first_sequence' | 'last_sequence' | 'missing_before' | 'raw_bytes'> & {
  body: Uint8Array
}

const chunkQuery = (db: Database, { id }: Stream) =>
  db
    .selectFrom('log_chunks')
    .innerJoin('log_bodies', 'log_bodies.chunk_id', 'log_chunks.id')
    .select(['first_sequence', 'last_sequence', 'missing_before', 'raw_bytes', 'body'])
    .where('stream_id', '=', id)
    .limit(STEP)

function chunksOf(
  db: Database,
  stream: Stream,
  { level, since, until }: LogFilter,
  bounded: (query: ReturnType<typeof chunkQuery>) => ReturnType<typeof chunkQuery>,
  order: 'asc' | 'desc',
): Promise<FoundChunk[]> {
  let query = bounded(chunkQuery(db, stream)).orderBy('first_sequence', order)
  if (level !== undefined && level < 7) query = query.where(sql<boolean>`(levels & ${bitsUpTo(level)}) <> 0`)
  if (since !== undefined) query = query.where('last_at', '>=', since)
  if (until !== undefined) query = query.where('first_at', '<=', until)
  return query.execute()
}

function rowsOf({ boot_id }: Stream, chunk: FoundChunk, filter: LogFilter): LogRow[] {
  const words = (filter.text ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  let expected = chunk.first_sequence - chunk.missing_before
  return unpackChunk(chunk.body).flatMap(record => {
    const missing = record.sequence - expected
    expected = record.sequence + 1
    if (!fits(record, filter, words)) return []
    return [{ ...record, boot: boot_id, ...(missing > 0 ? { missingBefore: missing } : {}) }]
  })
}

function fits({ level, at, text }: KeptRecord, filter: LogFilter, words: readonly string[]): boolean {
  if (filter.level !== undefined && level !== undefined && level > filter.level) return false
  if (filter.since !== undefined && at < filter.since) return false
  if (filter.until !== undefined && at > filter.until) return false
  if (words.length === 0) return true
  const lower = text.toLowerCase()
  return words.every(word => lower.includes(word))
}

const textOf = (place: Place | undefined): string =>
  place === undefined ? `${NO_STREAM}:0` : `${place.stream}:${place.sequence}`

/** Before all streams. */
const NO_STREAM = '0'

/** Throws Refusal. */
function placeOf(text: string): Place {
  const { stream, sequence } = /^(?<stream>[0-9a-f-]{1,36}):(?<sequence>\d{1,15})$/.exec(text)?.groups ?? {}
  if (stream === undefined) throw new Refusal(400, say`before, after: expected what a page before said`)
  return { stream, sequence: Number(sequence) }
}
