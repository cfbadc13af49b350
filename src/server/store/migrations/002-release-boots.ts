// How many boots each release had: asked for each issue, and counting a million boots takes a second.

import { type Kysely, sql } from 'kysely'

export async function releaseBoots(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('release_boots')
    .addColumn('release', 'text', each => each.primaryKey())
    .addColumn('boots', 'bigint', each => each.notNull())
    .execute()
  await sql`insert into release_boots (release, boots)
    select release, count(*) from boots where release is not null group by release`.execute(db)
}
