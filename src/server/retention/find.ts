// Which reports are to become outlines. All questions go by an index of those that are still whole, and give a few at a time.

import type { Database } from '../store/store.ts'
import type { Wanted } from './outline.ts'

/** Reports of one transaction: others wait for it. */
export const STEP = 25

export const olderThan = (db: Database, at: number): Promise<Wanted[]> =>
  db
    .selectFrom('reports')
    .select(['id', 'bundle_id'])
    .where('outlined_at', 'is', null)
    .where('at', '<', at)
    .orderBy('at')
    .orderBy('id')
    .limit(STEP)
    .execute()

/** Issues that somebody ignores, in pages by their ids. */
export const ignored = async (db: Database, after: string): Promise<string[]> =>
  (
    await db
      .selectFrom('issues')
      .select('id')
      .where('state', '=', 'ignored')
      .where('id', '>', after)
      .orderBy('id')
      .limit(STEP)
      .execute()
  ).map(({ id }) => id)

/** The same of one issue. Of all ignored ones at once, every old report of the store would be looked at each time. */
export const olderOf = (db: Database, issueId: string, at: number): Promise<Wanted[]> =>
  db
    .selectFrom('reports')
    .select(['id', 'bundle_id'])
    .where('issue_id', '=', issueId)
    .where('outlined_at', 'is', null)
    .where('at', '<', at)
    .orderBy('at')
    .orderBy('id')
    .limit(STEP)
    .execute()

/** The oldest of all that are whole. */
export const oldest = (db: Database): Promise<Wanted[]> => olderThan(db, Number.MAX_SAFE_INTEGER)

/** Issues with more reports than that, in pages by their ids. */
export const crowded = async (db: Database, perIssue: number, after: string): Promise<string[]> =>
  (
    await db
      .selectFrom('issues')
      .select('id')
      .where('reports', '>', perIssue)
      .where('id', '>', after)
      .orderBy('id')
      .limit(STEP)
      .execute()
  ).map(({ id }) => id)

/** Of one issue, those between its first and its latest. */
export async function between(db: Database, issueId: string, perIssue: number): Promise<Wanted[]> {
  const whole = db
    .selectFrom('reports')
    .select(['id', 'bundle_id', 'at'])
    .where('issue_id', '=', issueId)
    .where('outlined_at', 'is', null)
  const first = Math.floor(perIssue / 2)
  const late = await whole
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .offset(perIssue - first)
    .limit(STEP + first)
    .execute()
  if (late.length <= first) return []
  const early = await whole.orderBy('at').orderBy('id').limit(first).execute()
  const kept = new Set(early.map(({ id }) => id))
  return late.filter(({ id }) => !kept.has(id)).slice(0, STEP)
}
