// Reports an hour of each kind and release, over all issues: the overview's chart is read from a few thousand rows. And
// indexes that have all that the overview and the trends of a list ask for.

import { type Kysely, sql } from 'kysely'

export async function hourCounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('hour_counts')
    .addColumn('what', 'text', each => each.notNull())
    .addColumn('hour', 'bigint', each => each.notNull())
    .addColumn('value', 'text', each => each.notNull())
    .addColumn('reports', 'bigint', each => each.notNull())
    .addPrimaryKeyConstraint('hour_counts_key', ['what', 'hour', 'value'] as never[])
    .execute()
  for (const what of ['kind', 'release']) {
    await sql`insert into hour_counts (what, hour, value, reports)
      select ${sql.lit(what)}, hour, ${sql.ref(what)}, sum(reports) from rollups group by hour, ${sql.ref(what)}`.execute(
      db,
    )
  }
  await sql`create index reports_by_at_and_whose on reports (at, issue_id, host_id, fatal)`.execute(db)
  await sql`drop index reports_by_at`.execute(db)
  await sql`create index rollups_by_issue_and_hour on rollups (issue_id, hour, reports)`.execute(db)
  await sql`drop index rollups_by_issue_id`.execute(db)
}
