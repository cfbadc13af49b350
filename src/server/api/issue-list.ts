// The list of issues: filters, full text, order, pages.

import { sql } from 'kysely'
import type { z } from 'zod'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import { issueStates } from '../issues/state.ts'
import type { Store } from '../store/store.ts'
import { trendsOf } from './issue-trend.ts'
import { issueOf } from './present.ts'
import type { issuePageSchema, issueQuerySchema } from './schemas.ts'

type Query = z.output<typeof issueQuerySchema>

const sortColumns = {
  'last-seen': 'last_seen',
  'first-seen': 'first_seen',
  reports: 'reports',
  hosts: 'hosts',
} as const

export async function listIssues(store: Store, query: Query): Promise<z.input<typeof issuePageSchema>> {
  const column = sortColumns[query.sort]
  const filtered = filteredBy(store, query)
  let rows = filtered
    .selectAll()
    .orderBy(column, 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
  if (query.after !== undefined) {
    const { value, id } = parseCursor(query.after)
    rows = rows.where(each =>
      each.or([each(column, '<', value), each.and([each(column, '=', value), each('id', '<', id)])]),
    )
  }
  const found = await rows.execute()
  const page = found.slice(0, query.limit)
  const last = found.length > query.limit ? page.at(-1) : undefined
  const trends = query.trend
    ? await trendsOf(
        store.db,
        page.map(({ id }) => id),
        Date.now(),
      )
    : undefined
  const issues = page.map(row => ({
    ...issueOf(row),
    ...(trends === undefined ? {} : { trend: trends.get(row.id) ?? [] }),
  }))
  return {
    issues: issues as z.input<typeof issuePageSchema>['issues'],
    ...(last === undefined ? {} : { next: `${last[column]}.${last.id}` }),
    ...(query.count ? { count: await countOf(store.db, filtered.select('id').limit(MAX_COUNTED)) } : {}),
  }
}

/** Counting on would take longer than anybody reads. */
const MAX_COUNTED = 10_000

async function countOf(db: Store['db'], some: ReturnType<ReturnType<typeof filteredBy>['select']>): Promise<number> {
  const { count } = await db
    .selectFrom(some.as('some'))
    .select(each => each.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

function filteredBy({ db, search }: Store, query: Query) {
  let rows = db.selectFrom('issues').where('merged_into', 'is', null)
  if (query.state !== undefined) rows = rows.where('state', 'in', statesOf(query.state))
  if (query.kind !== undefined) rows = rows.where('kind', '=', query.kind)
  if (query.severity !== undefined) rows = rows.where('severity', '=', query.severity)
  if (query.fatal !== undefined) rows = rows.where('fatal', '=', query.fatal ? 1 : 0)
  if (query.since !== undefined) rows = rows.where('last_seen', '>=', query.since)
  if (query.until !== undefined) rows = rows.where('first_seen', '<=', query.until)
  for (const facet of ['release', 'model', 'firmware', 'arch', 'module'] as const) {
    const value = query[facet]
    if (value === undefined) continue
    const having = db.selectFrom('issue_facets').select('issue_id').where('facet', '=', facet)
    rows = rows.where('id', 'in', having.where('value', '=', value))
  }
  if (query.host !== undefined) {
    const hosts = db.selectFrom('hosts').select('id').where('name', '=', query.host)
    const having = db.selectFrom('issue_facets').select('issue_id').where('facet', '=', 'host')
    rows = rows.where('id', 'in', having.where('value', 'in', hosts))
  }
  if (query.query !== undefined && query.query.trim() !== '') {
    const matching = search.matching(query.query)
    if (matching === undefined) throw new Refusal(400, say`query: expected letters or digits to look for`)
    const keys = db.selectFrom('issue_keys').select('issue_id').where('kind', '=', 'fingerprint')
    rows = rows.where('id', 'in', keys.where('value', 'in', sql<string>`${matching}`))
  }
  return rows
}

function statesOf(text: string): string[] {
  const states = text.split(',').map(each => each.trim())
  const wrong = states.find(each => !issueStates.some(state => state === each))
  if (wrong !== undefined) {
    throw new Refusal(400, say`state: expected ${issueStates.join(', ')}, found ${JSON.stringify(wrong)}`)
  }
  return states
}

function parseCursor(text: string): { value: number; id: string } {
  const found = /^(?<value>\d{1,16})\.(?<id>[0-9a-f-]{36})$/.exec(text)?.groups
  if (found === undefined) throw new Refusal(400, say`after: expected what \`next\` of the page before said`)
  return { value: Number(found['value']), id: found['id']! }
}
