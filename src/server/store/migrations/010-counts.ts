// What the pages ask for over a fleet's store is read from little: reports in each half day of each kind and release, for
// charts of weeks and months; and indexes that have all that lists are filtered and counted by.

import { type Kysely, sql } from 'kysely'

export const HALF_DAY_MS = 12 * 60 * 60 * 1000

export async function counts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('half_day_counts')
    .addColumn('what', 'text', each => each.notNull())
    .addColumn('hour', 'bigint', each => each.notNull())
    .addColumn('value', 'text', each => each.notNull())
    .addColumn('reports', 'bigint', each => each.notNull())
    .addPrimaryKeyConstraint('half_day_counts_key', ['what', 'hour', 'value'] as never[])
    .execute()
  await sql`insert into half_day_counts (what, hour, value, reports)
    select what, hour - hour % ${sql.lit(HALF_DAY_MS)} as half_day, value, sum(reports) from hour_counts
    group by what, half_day, value`.execute(db)
  // Lists have no merged issues.
  const lists = {
    issues_listed_by_last_seen: 'last_seen, id, state, kind, severity, fatal',
    issues_listed_by_first_seen: 'first_seen, id',
    issues_listed_by_reports: 'reports, id',
    issues_listed_by_hosts: 'hosts, id',
  }
  for (const [name, columns] of Object.entries(lists))
    await sql`create index ${sql.ref(name)} on issues (merged_into, ${sql.raw(columns)})`.execute(db)
  for (const name of ['last_seen_id', 'first_seen_id', 'reports_id', 'hosts_id', 'state_last_seen'])
    await sql`drop index ${sql.ref(`issues_by_${name}`)}`.execute(db)
  await sql`create index issue_facets_by_value_and_issue on issue_facets (facet, value, issue_id)`.execute(db)
  await sql`drop index issue_facets_by_facet_value`.execute(db)
  await sql`create index issue_keys_by_value_and_issue on issue_keys (kind, value, issue_id)`.execute(db)
}
