// One issue with all that is known of it.

import type { z } from 'zod'
import { say } from '../../core/say.ts'
import { facets } from '../issues/facets.ts'
import { IssueError } from '../issues/history.ts'
import { judge } from '../issues/judge.ts'
import type { Store } from '../store/store.ts'
import { issueOf } from './present.ts'
import type { issueDetailSchema } from './schemas.ts'

/** Of each facet, the most frequent. */
const MAX_VALUES = 50
const MAX_KEYS = 200
const MAX_HISTORY = 200
const CHART_MS = 30 * 24 * 60 * 60 * 1000

type Detail = z.input<typeof issueDetailSchema>

/** Throws IssueError where there is none. */
export async function issueDetail({ db }: Store, id: string): Promise<Detail> {
  const issue = await db.selectFrom('issues').selectAll().where('id', '=', id).executeTakeFirst()
  if (issue === undefined) throw new IssueError('missing', say`there is no issue ${id}`)
  const keys = await db
    .selectFrom('issue_keys')
    .select(['kind', 'value'])
    .where('issue_id', '=', id)
    .orderBy('kind')
    .orderBy('value')
    .limit(MAX_KEYS)
    .execute()
  const chart = await db
    .selectFrom('rollups')
    .select(each => ['hour', each.fn.sum<number>('reports').as('reports')])
    .where('issue_id', '=', id)
    .where('hour', '>=', issue.last_seen - CHART_MS)
    .groupBy('hour')
    .orderBy('hour')
    .execute()
  return {
    ...(issueOf(issue) as Detail),
    keys,
    facets: Object.fromEntries(
      await Promise.all(Object.keys(facets).map(async facet => [facet, await valuesOf(db, id, facet)] as const)),
    ),
    ...(await judge(db, issue)),
    chart,
    history: await historyOf(db, id),
  }
}

async function valuesOf(db: Store['db'], id: string, facet: string) {
  const rows = await db
    .selectFrom('issue_facets')
    // Only a host's value is an id.
    .leftJoin('hosts', 'hosts.id', 'issue_facets.value')
    .select(['value', 'hosts.name', 'issue_facets.reports', 'issue_facets.first_seen', 'issue_facets.last_seen'])
    .where('issue_id', '=', id)
    .where('facet', '=', facet)
    .orderBy('issue_facets.reports', 'desc')
    .orderBy('value')
    .limit(MAX_VALUES)
    .execute()
  return rows.map(({ value, name, reports, first_seen, last_seen }) => ({
    value,
    ...(name === null ? {} : { name }),
    reports,
    firstSeen: first_seen,
    lastSeen: last_seen,
  }))
}

async function historyOf(db: Store['db'], id: string): Promise<Detail['history']> {
  const rows = await db
    .selectFrom('issue_history')
    .selectAll()
    .where(each => each.or([each('issue_id', '=', id), each('other_id', '=', id)]))
    .orderBy('id', 'desc')
    .limit(MAX_HISTORY)
    .execute()
  return rows.map(row => {
    const otherIssue = row.issue_id === id ? row.other_id : row.issue_id
    return {
      id: row.id,
      at: row.at,
      actor: row.actor,
      action: row.action,
      ...(otherIssue === null ? {} : { otherIssue }),
      ...(row.undone_by === null ? {} : { undoneBy: row.undone_by }),
      detail: JSON.parse(row.detail) as Record<string, unknown>,
    }
  })
}
