// Where the log of a host that is heard goes on: a server that begins anew hears the same kernels as the one before. And which of
// their boots was when.

import type { Database } from '../../store/store.ts'
import { unpackChunk } from '../chunk.ts'
import { BEFORE_MS, BOOT_PREFIX, type HeardBoot } from './host.ts'
import type { LastKept } from './numbering.ts'

/** Undefined where nothing was heard of it. `exact`: all that it says is kept. */
export async function lastKeptOf(
  db: Database,
  hostId: string,
  exact: boolean,
): Promise<{ boot: HeardBoot; last: LastKept } | undefined> {
  const stream = await db
    .selectFrom('log_streams')
    .selectAll()
    .where('host_id', '=', hostId)
    .where('boot_id', 'like', `${BOOT_PREFIX}%`)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (stream === undefined) return undefined
  const chunk = await db
    .selectFrom('log_chunks')
    .innerJoin('log_bodies', 'log_bodies.chunk_id', 'log_chunks.id')
    .select('body')
    .where('stream_id', '=', stream.id)
    .orderBy('first_sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  const records = chunk === undefined ? [] : unpackChunk(chunk.body)
  const { id, boot_id, next_sequence, first_at, last_at } = stream
  return {
    boot: {
      ...{ id: boot_id, stream: id, firstAt: first_at, began: null, release: undefined, former: undefined },
      ...{ written: true, releaseWritten: true },
    },
    last: {
      ...{ sequence: next_sequence - 1, at: last_at, exact },
      sinceBootUs: records.findLast(({ sinceBootUs }) => sinceBootUs !== undefined)?.sinceBootUs,
    },
  }
}

/** The id of the boot that a host was in at that time, ms since 1970, as far as the store has it. */
export async function heardBootAt(db: Database, hostId: string, at: number): Promise<string | undefined> {
  const boot = await db
    .selectFrom('boots')
    .select('boot_id')
    .where('host_id', '=', hostId)
    .where('boot_id', 'like', `${BOOT_PREFIX}%`)
    .where('first_seen', '<=', at + BEFORE_MS)
    .orderBy('first_seen', 'desc')
    .limit(1)
    .executeTakeFirst()
  return boot?.boot_id
}
