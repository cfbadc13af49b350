// What happened after a moment, from the store itself: reports and what was done to issues have ids that grow as they are
// made, so the last id that somebody saw says what he has not seen.

import { issueOf, reportOf } from '../api/present.ts'
import { latestId } from '../store/latest.ts'
import type { Database } from '../store/store.ts'
import type { IssueTable } from '../store/tables.ts'

export interface LiveEvent {
  event: 'report' | 'issue' | 'host' | 'reset'
  /** what to go on behind; without it, behind the one before */
  id?: string
  data: unknown
}

export interface Told {
  events: LiveEvent[]
  /** all up to here is told */
  upTo: string
}

/** Told one by one; who missed more looks at everything anew. */
const MAX_TOLD = 500

/** Events behind `after`: reports and changes in their order, then the issues of the reports as they are now. */
export async function eventsAfter(db: Database, after: string): Promise<Told> {
  const reports = await db
    .selectFrom('reports')
    .innerJoin('hosts', 'hosts.id', 'reports.host_id')
    .selectAll('reports')
    .select('hosts.name as host_name')
    .where('reports.id', '>', after)
    .orderBy('reports.id')
    .limit(MAX_TOLD + 1)
    .execute()
  const changes = await db
    .selectFrom('issue_history')
    .select(['id', 'issue_id', 'other_id'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(MAX_TOLD + 1)
    .execute()
  if (reports.length > MAX_TOLD || changes.length > MAX_TOLD) {
    const upTo = await latestId(db)
    return { events: [{ event: 'reset', id: upTo, data: { why: `more than ${MAX_TOLD} events` } }], upTo }
  }
  const touched = [
    ...reports.map(({ issue_id }) => issue_id),
    ...changes.flatMap(({ issue_id, other_id }) => [issue_id, ...(other_id === null ? [] : [other_id])]),
  ]
  const issues = await issuesOf(db, [...new Set(touched)])
  const events: LiveEvent[] = [
    ...reports.map(row => ({ event: 'report' as const, id: row.id, data: reportOf(row) })),
    ...changes.flatMap(({ id, issue_id }) => {
      const issue = issues.get(issue_id)
      return issue === undefined ? [] : [{ event: 'issue' as const, id, data: issueOf(issue) }]
    }),
  ].sort((a, b) => (a.id < b.id ? -1 : 1))
  const changed = new Set(changes.map(({ issue_id }) => issue_id))
  for (const [id, issue] of issues) if (!changed.has(id)) events.push({ event: 'issue', data: issueOf(issue) })
  const last = [reports.at(-1)?.id, changes.at(-1)?.id].reduce<string>(
    (a, b) => (b !== undefined && b > a ? b : a),
    after,
  )
  return { events, upTo: last }
}

async function issuesOf(db: Database, ids: readonly string[]): Promise<Map<string, IssueTable>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('issues').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map(row => [row.id, row]))
}
