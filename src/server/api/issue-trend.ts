// How often issues struck over the last week, for a list of them.

import { sql } from 'kysely'
import type { Store } from '../store/store.ts'

const HOUR_MS = 60 * 60 * 1000
const BUCKET_MS = 6 * HOUR_MS
const BUCKETS = 28

/** Reports in each six hours, the present ones last; issues without any are absent. */
export async function trendsOf(db: Store['db'], ids: readonly string[], now: number): Promise<Map<string, number[]>> {
  const trends = new Map<string, number[]>()
  if (ids.length === 0) return trends
  const since = Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS - BUCKETS * BUCKET_MS
  const rows = await db
    .selectFrom('rollups')
    .select(each => [
      'issue_id',
      sql<number>`(hour - ${since}) / ${sql.lit(BUCKET_MS)}`.as('bucket'),
      each.fn.sum<number>('reports').as('reports'),
    ])
    .where('issue_id', 'in', ids)
    .where('hour', '>=', since)
    .groupBy(['issue_id', 'bucket'])
    .execute()
  for (const { issue_id, bucket, reports } of rows) {
    const counts = trends.get(issue_id) ?? Array.from({ length: BUCKETS }, () => 0)
    trends.set(issue_id, counts)
    const index = Math.min(BUCKETS - 1, Math.floor(Number(bucket)))
    counts[index] = (counts[index] ?? 0) + reports
  }
  return trends
}
