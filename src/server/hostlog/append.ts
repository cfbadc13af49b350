// The kernel log of a host as it comes: each record once, in order, durable before it is acknowledged. What the kernel
// overwrote before it could be read shows as a gap in its numbers, and is counted.

import type { Transaction } from 'kysely'
import { type KeptRecord, lineOfRecord } from '../../core/log/kept-record.ts'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import { changesOf } from '../store/changes.ts'
import { newId } from '../store/id.ts'
import type { Database, Store } from '../store/store.ts'
import type { LogStreamTable, Tables } from '../store/tables.ts'
import { CHUNK_BYTES, type Chunk, packChunk, unpackChunk } from './chunk.ts'

/** Small chunks that wait to become one: a live log brings one a second. */
const MAX_OPEN = 32
/** Numbers of records beyond it are none: the kernel counts them from boot. */
const MAX_SEQUENCE = 2 ** 48

/** Rows of one statement: SQLite binds at most 32,766 values. */
const MAX_ROWS = 1000

export interface Appended {
  /** all records below it are here */
  next: number
  /** of those that were sent */
  taken: number
}

const bootShape = /^[\w:.-]{1,64}$/

/** The number of the record that comes next; 0 where nothing of that boot is here. */
export async function nextOf(db: Database, hostId: string, bootId: string): Promise<number | undefined> {
  const streams = db.selectFrom('log_streams').select('next_sequence').where('host_id', '=', hostId)
  return (await streams.where('boot_id', '=', bootId).executeTakeFirst())?.next_sequence
}

/**
 * `records` in the order of their numbers; those that are here already are passed over. `from`: all below it were sent before,
 * or can never be. Durable when it returns. Throws Refusal, StoreFull.
 */
export async function appendLog(
  store: Store,
  hostId: string,
  bootId: string,
  records: readonly KeptRecord[],
  from?: number,
): Promise<Appended> {
  if (!bootShape.test(bootId)) throw new Refusal(400, say`boot: expected the id of a boot`)
  assertOrder(records)
  return store.write(async tx => {
    const stream = await streamOf(tx, hostId, bootId)
    const known = stream?.next_sequence
    const fresh = known === undefined ? records : records.filter(({ sequence }) => sequence >= known)
    const first = fresh[0]
    if (first === undefined) return { next: known ?? from ?? 0, taken: 0 }
    const expected = known ?? from ?? first.sequence
    const missing = missingIn(fresh, expected)
    const next = fresh.at(-1)!.sequence + 1
    const chunk = packChunk(fresh, Math.max(0, first.sequence - expected))
    const { first_at, last_at, raw_bytes } = chunk.row
    const id = stream?.id ?? newId()
    if (stream === undefined) {
      const row = { id, host_id: hostId, boot_id: bootId, next_sequence: next, records: fresh.length, missing }
      await tx
        .insertInto('log_streams')
        .values({ ...row, raw_bytes, first_at, last_at })
        .execute()
    } else {
      await tx
        .updateTable('log_streams')
        .set({
          next_sequence: next,
          records: stream.records + fresh.length,
          missing: stream.missing + missing,
          raw_bytes: stream.raw_bytes + raw_bytes,
          first_at: Math.min(stream.first_at, first_at),
          last_at: Math.max(stream.last_at, last_at),
        })
        .where('id', '=', id)
        .execute()
    }
    await addChunk(tx, { id, host_id: hostId }, chunk)
    changesOf(tx).logs.add(hostId)
    return { next, taken: fresh.length }
  })
}

function assertOrder(records: readonly KeptRecord[]): void {
  let before = -1
  for (const { sequence } of records) {
    if (sequence <= before || sequence > MAX_SEQUENCE) throw new Refusal(400, say`records: expected growing numbers`)
    before = sequence
  }
}

/** Numbers that are not there, from `next` on. */
function missingIn(records: readonly KeptRecord[], next: number): number {
  let missing = 0
  let expected = next
  for (const { sequence } of records) {
    missing += Math.max(0, sequence - expected)
    expected = sequence + 1
  }
  return missing
}

async function streamOf(tx: Transaction<Tables>, hostId: string, bootId: string): Promise<LogStreamTable | undefined> {
  const streams = tx.selectFrom('log_streams').selectAll().where('host_id', '=', hostId)
  return streams.where('boot_id', '=', bootId).executeTakeFirst()
}

export type Stream = Pick<LogStreamTable, 'id' | 'host_id'>

async function addChunk(tx: Transaction<Tables>, stream: Stream, chunk: Chunk): Promise<void> {
  await insertChunks(tx, [{ stream, chunk, open: true }])
  for (const each of await crowdedStreams(tx, [stream])) await mergeOpen(tx, each)
}

/** Of `streams`, those with enough open chunks for another. */
export async function crowdedStreams<Each extends Stream>(
  tx: Transaction<Tables>,
  streams: readonly Each[],
): Promise<Each[]> {
  const ids = streams.map(({ id }) => id)
  const crowded = await tx
    .selectFrom('log_chunks')
    .select('stream_id')
    .where('stream_id', 'in', ids)
    .where('open', '=', 1)
    .groupBy('stream_id')
    .having(({ or, eb, fn }) =>
      or([eb(fn.countAll(), '>=', MAX_OPEN), eb(fn.sum<number>('raw_bytes'), '>=', CHUNK_BYTES)]),
    )
    .execute()
  const wanted = new Set(crowded.map(({ stream_id }) => stream_id))
  return streams.filter(({ id }) => wanted.has(id))
}

/**
 * Makes one of those that are open: of all, when there is enough for a closed one, and otherwise of the latest of them, each as
 * long as those behind it at most, so that a record is rewritten some few times however slowly its log grows.
 */
export async function mergeOpen(tx: Transaction<Tables>, stream: Stream): Promise<void> {
  const open = await tx
    .selectFrom('log_chunks')
    .innerJoin('log_bodies', 'log_bodies.chunk_id', 'log_chunks.id')
    .select(['id', 'raw_bytes', 'missing_before', 'body'])
    .where('stream_id', '=', stream.id)
    .where('open', '=', 1)
    .orderBy('first_sequence')
    .execute()
  const enough = open.reduce((sum, { raw_bytes }) => sum + raw_bytes, 0) >= CHUNK_BYTES
  let [from, behind] = [open.length, 0]
  while (from > 0 && (enough || from > open.length - 2 || open[from - 1]!.raw_bytes <= 2 * behind))
    behind += open[--from]!.raw_bytes
  const merged = open.slice(from)
  const ids = merged.map(({ id }) => id)
  await tx.deleteFrom('log_bodies').where('chunk_id', 'in', ids).execute()
  await tx.deleteFrom('log_chunks').where('id', 'in', ids).execute()
  let gap = merged[0]?.missing_before ?? 0
  for (const part of inParts(merged.flatMap(({ body }) => unpackChunk(body)))) {
    const chunk = packChunk(part, gap)
    await insertChunks(tx, [{ stream, chunk, open: chunk.row.raw_bytes < CHUNK_BYTES }])
    gap = 0
  }
}

/** Parts whose text is as long as a chunk's is to be; the last may be shorter. */
function* inParts(records: readonly KeptRecord[]): Generator<KeptRecord[]> {
  let part: KeptRecord[] = []
  let length = 0
  for (const record of records) {
    part.push(record)
    length += lineOfRecord(record).length
    if (length < CHUNK_BYTES) continue
    yield part
    part = []
    length = 0
  }
  if (part.length > 0) yield part
}

export async function insertChunks(
  tx: Transaction<Tables>,
  chunks: readonly { stream: Stream; chunk: Chunk; open: boolean }[],
): Promise<void> {
  for (let from = 0; from < chunks.length; from += MAX_ROWS) {
    const made = chunks.slice(from, from + MAX_ROWS).map(each => ({ id: newId(), ...each }))
    const rows = made.map(({ id, stream, chunk, open }) => {
      return { id, stream_id: stream.id, host_id: stream.host_id, open: open ? 1 : 0, ...chunk.row }
    })
    await tx.insertInto('log_chunks').values(rows).execute()
    await tx
      .insertInto('log_bodies')
      .values(made.map(({ id, chunk }) => ({ chunk_id: id, body: chunk.body })))
      .execute()
  }
}
