// The counts of issues, hosts and hours. One more report adds to them; after reports have moved they are made anew.

import { type Kysely, sql } from 'kysely'
import { HALF_DAY_MS } from '../store/migrations/010-counts.ts'
import type { ReportTable, Tables } from '../store/tables.ts'
import { countedFacets } from './facets.ts'

const HOUR_MS = 60 * 60 * 1000

/** `case` and not min(a, b), which PostgreSQL calls least. */
const earlier = (table: string, at: number) =>
  sql<number>`case when ${sql.ref(`${table}.first_seen`)} > ${at} then ${at} else ${sql.ref(`${table}.first_seen`)} end`
const later = (table: string, at: number) =>
  sql<number>`case when ${sql.ref(`${table}.last_seen`)} < ${at} then ${at} else ${sql.ref(`${table}.last_seen`)} end`
const oneMore = (table: string) => sql<number>`${sql.ref(`${table}.reports`)} + 1`

/** The columns that one more report at `at` changes, of a table that has them. */
export const seenAgain = (table: string, at: number) => ({
  reports: oneMore(table),
  first_seen: earlier(table, at),
  last_seen: later(table, at),
})

export type Counted = Pick<
  ReportTable,
  'issue_id' | 'at' | 'kind' | 'fatal' | 'host_id' | 'release' | 'hardware' | 'firmware' | 'arch' | 'module' | 'modules'
>

/** Adds one report to the counts of its issue. */
export async function countReport(tx: Kysely<Tables>, report: Counted): Promise<void> {
  const { issue_id, at, kind } = report
  const hostKnown = await tx
    .selectFrom('issue_facets')
    .select('value')
    .where('issue_id', '=', issue_id)
    .where('facet', '=', 'host')
    .where('value', '=', report.host_id)
    .executeTakeFirst()
  const rows = Object.entries(countedFacets).flatMap(([facet, column]) => {
    const value = report[column]
    return value === null ? [] : [{ issue_id, facet, value, reports: 1, first_seen: at, last_seen: at }]
  })
  await tx
    .insertInto('issue_facets')
    .values(rows)
    .onConflict(conflict => conflict.columns(['issue_id', 'facet', 'value']).doUpdateSet(seenAgain('issue_facets', at)))
    .execute()
  await tx
    .insertInto('rollups')
    .values({ hour: hourOf(at), issue_id, kind, release: report.release ?? '', reports: 1 })
    .onConflict(conflict =>
      conflict.columns(['hour', 'issue_id', 'kind', 'release']).doUpdateSet({ reports: oneMore('rollups') }),
    )
    .execute()
  for (const [table, hour] of [
    ['hour_counts', hourOf(at)],
    ['half_day_counts', at - (at % HALF_DAY_MS)],
  ] as const)
    await tx
      .insertInto(table)
      .values([
        { what: 'kind', hour, value: kind, reports: 1 },
        { what: 'release', hour, value: report.release ?? '', reports: 1 },
      ])
      .onConflict(conflict => conflict.columns(['what', 'hour', 'value']).doUpdateSet({ reports: oneMore(table) }))
      .execute()
  await tx
    .updateTable('issues')
    .set(seenAgain('issues', at))
    .set(each => ({ hosts: each('hosts', '+', hostKnown === undefined ? 1 : 0) }))
    .$if(report.fatal === 1, update => update.set({ fatal: 1 }))
    .where('id', '=', issue_id)
    .execute()
}

export const hourOf = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS

/** Makes the counts of an issue anew from its reports. One that has none keeps the times that it had. */
export async function recount(tx: Kysely<Tables>, issueId: string): Promise<void> {
  await tx.deleteFrom('issue_facets').where('issue_id', '=', issueId).execute()
  await tx.deleteFrom('rollups').where('issue_id', '=', issueId).execute()
  for (const [facet, column] of Object.entries(countedFacets)) {
    await sql`insert into issue_facets (issue_id, facet, value, reports, first_seen, last_seen)
      select issue_id, ${sql.lit(facet)}, ${sql.ref(column)}, count(*), min(at), max(at) from reports
      where issue_id = ${issueId} and ${sql.ref(column)} is not null group by issue_id, ${sql.ref(column)}`.execute(tx)
  }
  await sql`insert into rollups (hour, issue_id, kind, release, reports)
    select at - at % ${sql.lit(HOUR_MS)} as hour_of, issue_id, kind, coalesce(release, '') as of_release, count(*) from reports
    where issue_id = ${issueId} group by hour_of, issue_id, kind, of_release`.execute(tx)
  const found = await tx
    .selectFrom('reports')
    .select(each => [
      each.fn.countAll<number>().as('reports'),
      sql<number>`count(distinct host_id)`.as('hosts'),
      each.fn.min('at').as('first_seen'),
      each.fn.max('at').as('last_seen'),
      each.fn.max('fatal').as('fatal'),
    ])
    .where('issue_id', '=', issueId)
    .executeTakeFirstOrThrow()
  const { reports, hosts, fatal, first_seen, last_seen } = found
  const times = reports > 0 ? { fatal, first_seen, last_seen } : {}
  await tx
    .updateTable('issues')
    .set({ reports, hosts, ...times })
    .where('id', '=', issueId)
    .execute()
}
