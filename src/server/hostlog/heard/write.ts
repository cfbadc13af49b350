// Logs that are heard, into the store: those of many hosts in one transaction, a statement for each table, not for each host.

import { setImmediate as turn } from 'node:timers/promises'
import type { Transaction } from 'kysely'
import { countBoot, hostRow } from '../../issues/machines.ts'
import { changesOf } from '../../store/changes.ts'
import { newId } from '../../store/id.ts'
import type { Tables } from '../../store/tables.ts'
import { crowdedStreams, insertChunks, mergeOpen, type Stream } from '../append.ts'
import { CHUNK_BYTES, type Chunk } from '../chunk.ts'
import type { HeardBoot, HeardHost, HeardPiece } from './host.ts'

export type Ready = Omit<HeardPiece, 'chunk' | 'bytes'> & { chunk: Chunk }

export interface HeardWrite {
  host: HeardHost
  pieces: readonly Ready[]
}

/** Who hears them: the host of this server's machine. */
export interface Hearer {
  hostId: string
  name: string
}

/** What is true once the transaction has committed. */
export interface HeardWritten {
  /** of the hosts' rows, in their order */
  ids: string[]
  /** boots whose release is in the store */
  released: HeardBoot[]
  /** hosts whose row says that they were heard just now */
  told: HeardHost[]
}

/** A piece with so much text is a chunk of its own: to make one of several costs more than it is worth in a flood. */
const CLOSED_BYTES = CHUNK_BYTES / 4

/** Rows that are written in one go: datagrams have the loop in between, or their socket is full. */
const CHUNKS_AT_ONCE = 50

/** A host's row says this seldom that it was heard, ms. */
const TELL_MS = 10_000

export async function writeHeard(
  tx: Transaction<Tables>,
  hearer: Hearer,
  writes: readonly HeardWrite[],
  now: number,
): Promise<HeardWritten> {
  await forgetGone(tx, writes)
  const ids: string[] = []
  const released: HeardBoot[] = []
  const streams = new Map<HeardBoot, Stream>()
  for (const { host, pieces } of writes) {
    const id = host.id ?? (await rowOf(tx, hearer, host.name, now))
    ids.push(id)
    changesOf(tx).logs.add(id)
    for (const { boot } of pieces) {
      if (streams.has(boot)) continue
      streams.set(boot, { id: boot.stream, host_id: id })
      if (!boot.written) await addBoot(tx, id, boot)
      if (boot.release === undefined || boot.releaseWritten) continue
      await sayRelease(tx, id, boot, boot.release)
      released.push(boot)
    }
  }
  await turn()
  await addToStreams(tx, writes, streams)
  await addChunks(tx, writes, streams)
  await turn()
  return { ids, released, told: await tellHeard(tx, writes, ids, now) }
}

/** Somebody may have removed a host: it begins anew with what it says now. */
async function forgetGone(tx: Transaction<Tables>, writes: readonly HeardWrite[]): Promise<void> {
  const ids = writes.flatMap(({ host }) => host.id ?? [])
  if (ids.length === 0) return
  const rows = await tx.selectFrom('hosts').select('id').where('id', 'in', ids).execute()
  const there = new Set(rows.map(({ id }) => id))
  for (const { host } of writes) if (host.id !== undefined && !there.has(host.id)) host.forgotten()
}

/** What the host is called under which its exceptions are filed: intake/bundle.ts, hostOf(). */
const rowOf = (tx: Transaction<Tables>, { hostId, name: own }: Hearer, name: string, now: number): Promise<string> =>
  name === own ? hostRow(tx, own, '', now) : hostRow(tx, name, hostId, now)

async function addBoot(tx: Transaction<Tables>, hostId: string, boot: HeardBoot): Promise<void> {
  const { id, began, firstAt, former } = boot
  const unsaid = { release: null, reports: 0, ended: null, ending: null, detail: null }
  const seen = { first_seen: firstAt, last_seen: firstAt }
  await tx
    .insertInto('boots')
    .values({ id: newId(), host_id: hostId, boot_id: id, began, ...seen, ...unsaid })
    // An exception in it may have been filed before.
    .onConflict(conflict => conflict.columns(['host_id', 'boot_id']).doUpdateSet({ began, first_seen: firstAt }))
    .execute()
  changesOf(tx).hosts.add(hostId)
  if (former === undefined) return
  await tx
    .updateTable('boots')
    .set({ ended: former.lastAt, last_seen: former.lastAt })
    .where('host_id', '=', hostId)
    .where('boot_id', '=', former.id)
    .execute()
}

async function sayRelease(tx: Transaction<Tables>, hostId: string, boot: HeardBoot, release: string): Promise<void> {
  await tx.updateTable('hosts').set({ release }).where('id', '=', hostId).execute()
  changesOf(tx).hosts.add(hostId)
  const boots = tx.updateTable('boots').set({ release }).where('host_id', '=', hostId).where('boot_id', '=', boot.id)
  // It counts once, also where an exception in it has said it before.
  const { numUpdatedRows } = await boots.where('release', 'is', null).executeTakeFirstOrThrow()
  if (numUpdatedRows > 0n) await countBoot(tx, release)
}

async function addToStreams(
  tx: Transaction<Tables>,
  writes: readonly HeardWrite[],
  streams: ReadonlyMap<HeardBoot, Stream>,
): Promise<void> {
  const rows = new Map<HeardBoot, Tables['log_streams']>()
  for (const { boot, next, missing, chunk } of writes.flatMap(({ pieces }) => pieces)) {
    const { first_at, last_at, raw_bytes, records } = chunk.row
    const row = rows.get(boot)
    if (row === undefined) {
      const stream = { ...streams.get(boot)!, boot_id: boot.id, next_sequence: next }
      rows.set(boot, { ...stream, records, missing, raw_bytes, first_at, last_at })
      continue
    }
    row.next_sequence = next
    row.records += records
    row.missing += missing
    row.raw_bytes += raw_bytes
    row.first_at = Math.min(row.first_at, first_at)
    row.last_at = Math.max(row.last_at, last_at)
  }
  await tx
    .insertInto('log_streams')
    .values([...rows.values()])
    .onConflict(conflict =>
      conflict.column('id').doUpdateSet(({ ref, eb }) => ({
        next_sequence: ref('excluded.next_sequence'),
        records: eb('log_streams.records', '+', ref('excluded.records')),
        missing: eb('log_streams.missing', '+', ref('excluded.missing')),
        raw_bytes: eb('log_streams.raw_bytes', '+', ref('excluded.raw_bytes')),
        last_at: ref('excluded.last_at'),
      })),
    )
    .execute()
}

async function addChunks(
  tx: Transaction<Tables>,
  writes: readonly HeardWrite[],
  streams: ReadonlyMap<HeardBoot, Stream>,
): Promise<void> {
  const full = new Set<Stream>()
  const growing = new Set<Stream>()
  const chunks: { stream: Stream; chunk: Chunk; open: boolean }[] = []
  // Only the last ones of a stream are open: what is made of them holds no other's place.
  for (const { boot, chunk } of writes.flatMap(({ pieces }) => pieces).reverse()) {
    const stream = streams.get(boot)!
    if (chunk.row.raw_bytes >= CLOSED_BYTES) full.add(stream)
    else if (!full.has(stream)) growing.add(stream)
    chunks.push({ stream, chunk, open: !full.has(stream) })
  }
  if (full.size > 0) {
    const ids = [...full].map(({ id }) => id)
    const open = tx.updateTable('log_chunks').set({ open: 0 }).where('stream_id', 'in', ids)
    await open.where('open', '=', 1).execute()
  }
  chunks.reverse()
  for (let from = 0; from < chunks.length; from += CHUNKS_AT_ONCE) {
    await turn()
    await insertChunks(tx, chunks.slice(from, from + CHUNKS_AT_ONCE))
  }
  if (growing.size > 0) for (const stream of await crowdedStreams(tx, [...growing])) await mergeOpen(tx, stream)
}

async function tellHeard(
  tx: Transaction<Tables>,
  writes: readonly HeardWrite[],
  ids: readonly string[],
  now: number,
): Promise<HeardHost[]> {
  const due = writes.flatMap(({ host, pieces }, index) =>
    now - host.toldAt < TELL_MS ? [] : [{ host, id: ids[index]!, boot: pieces.at(-1)!.boot.id }],
  )
  if (due.length === 0) return []
  const hosts = due.map(({ id }) => id)
  for (const id of hosts) changesOf(tx).hosts.add(id)
  const heard = tx.updateTable('hosts').set({ last_seen: now }).where('id', 'in', hosts)
  await heard.where('last_seen', '<', now).execute()
  const boots = due.map(({ boot }) => boot)
  const boot = tx.updateTable('boots').set({ last_seen: now }).where('host_id', 'in', hosts)
  await boot.where('boot_id', 'in', boots).execute()
  return due.map(({ host }) => host)
}
