// Which pieces of the hosts' kernel logs go: by age, and, where there is too much of all, those of the hosts that have the
// most. So one that floods the server takes no other's log away.

import type { Database } from '../store/store.ts'

/** Chunks that go at once. */
const STEP = 100

export interface LogPiece {
  id: string
  /** as it is kept, compressed */
  bytes: number
}

/** Some of those whose last record is older. */
export const logsOlderThan = (db: Database, at: number): Promise<LogPiece[]> =>
  db.selectFrom('log_chunks').select(['id', 'stored_bytes as bytes']).where('last_at', '<', at).limit(STEP).execute()

/** Some of the oldest of a host. */
export const oldestLogs = (db: Database, host: string): Promise<LogPiece[]> =>
  db
    .selectFrom('log_chunks')
    .select(['id', 'stored_bytes as bytes'])
    .where('host_id', '=', host)
    .orderBy('last_at')
    .orderBy('id')
    .limit(STEP)
    .execute()

/** The first of them, until they have so many bytes. */
export function upTo(pieces: readonly LogPiece[], bytes: number): LogPiece[] {
  let sum = 0
  const end = pieces.findIndex(each => {
    sum += each.bytes
    return sum >= bytes
  })
  return pieces.slice(0, end < 0 ? pieces.length : end + 1)
}

/** How much each host has too much, when all together may have `most` and no host's share is cut for another's. */
export async function logsBeyond(db: Database, most: number): Promise<{ host: string; bytes: number }[]> {
  const hosts = await db
    .selectFrom('log_chunks')
    .select(each => ['host_id as host', each.fn.sum<number>('stored_bytes').as('bytes')])
    .groupBy('host_id')
    .execute()
  const share = fairShare(
    hosts.map(({ bytes }) => bytes),
    most,
  )
  return hosts.flatMap(({ host, bytes }) => (bytes > share ? [{ host, bytes: bytes - share }] : []))
}

/** The height at which all that stands higher is cut, so that what is left is `most`. */
export function fairShare(sizes: readonly number[], most: number): number {
  let left = most
  for (const [index, size] of sizes.toSorted((one, other) => one - other).entries()) {
    const share = left / (sizes.length - index)
    if (size > share) return Math.floor(share)
    left -= size
  }
  return Number.POSITIVE_INFINITY
}
