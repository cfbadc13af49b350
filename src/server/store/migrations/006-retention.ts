// Settings of the server, and which reports have nothing but their outline any more.

import { type Kysely, sql } from 'kysely'
import { createTables, type Shape } from './shape.ts'

const tables: Record<string, Shape> = {
  settings: { columns: { name: 'text', value: 'text' }, key: ['name'] },
}

export async function retention(db: Kysely<unknown>): Promise<void> {
  await createTables(db, tables)
  await sql`alter table reports add column outlined_at bigint`.execute(db)
  await sql`alter table reports add column outlined_why text`.execute(db)
  // Whole ones only: they are what is looked through.
  await sql`create index reports_whole_by_at on reports (at) where outlined_at is null`.execute(db)
  await sql`create index reports_whole_by_issue on reports (issue_id, at) where outlined_at is null`.execute(db)
}
