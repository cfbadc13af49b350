// A store of an earlier version, opened by this one: what is counted and indexed anew is all there.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { kyselyDatabase, openSqlite } from '../sqlite.ts'
import { databaseName, openStore } from '../store.ts'
import { HALF_DAY_MS } from './010-counts.ts'
import { migrationProvider } from './index.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-migrations-'))
after(() => rmSync(base, { recursive: true }))
const HOUR_MS = 60 * 60 * 1000

test('a store from before half days were counted: they are, and its texts are found', async () => {
  const db = new Kysely<unknown>({
    dialect: new SqliteDialect({ database: kyselyDatabase(openSqlite(join(base, databaseName))) }),
  })
  const { error } = await new Migrator({ db, provider: migrationProvider }).migrateTo('009-symbols')
  assert.equal(error, undefined)
  const day = 2 * 1000 * HALF_DAY_MS
  for (const [what, hour, value, reports] of [
    ['kind', day, 'warning', 1],
    ['kind', day + 11 * HOUR_MS, 'warning', 2],
    ['kind', day + 12 * HOUR_MS, 'warning', 4],
    ['release', day, '6.1', 8],
  ] as const)
    await sql`insert into hour_counts values (${what}, ${hour}, ${value}, ${reports})`.execute(db)
  await sql`create virtual table search using fts5(
    fingerprint unindexed, title, body, tokenize = "unicode61 tokenchars '_'", prefix = '3 5')`.execute(db)
  for (const name of ['one', 'two'])
    await sql`insert into search (fingerprint, title, body) values (${name}, ${`WARNING in ${name}_reset`}, '')`.execute(
      db,
    )
  await db.destroy()

  const store = await openStore(base)
  const counts = await store.db.selectFrom('half_day_counts').selectAll().orderBy('what').orderBy('hour').execute()
  assert.deepEqual(
    counts.map(({ what, hour, value, reports }) => [what, hour, value, reports]),
    [
      ['kind', day, 'warning', 3],
      ['kind', day + HALF_DAY_MS, 'warning', 4],
      ['release', day, '6.1', 8],
    ],
  )
  await store.write(async tx => {
    await store.search.add(tx, 'three', 'WARNING in three_reset', '')
    await store.search.add(tx, 'three', 'WARNING in three_times', '')
    await store.search.remove(tx, 'two')
  })
  const found = async (words: string): Promise<string[]> => {
    const { rows } = await sql<{
      fingerprint: string
    }>`select fingerprint from ${store.search.matching(words)!}`.execute(store.db)
    return rows.map(({ fingerprint }) => fingerprint).sort()
  }
  assert.deepEqual(await found('warning'), ['one', 'three'])
  assert.deepEqual(await found('one_reset'), ['one'])
  assert.deepEqual(await found('three_times'), [])
  await store.close()
})

test('no list of issues sorts what it has to show, nor reads more of the table than that', async () => {
  const store = await openStore(join(base, 'lists'))
  for (const column of ['last_seen', 'first_seen', 'reports', 'hosts']) {
    const { rows } = await sql<{ detail: string }>`explain query plan select * from issues where merged_into is null
      and state in ('new', 'known') order by ${sql.ref(column)} desc, id desc limit 50`.execute(store.db)
    assert.match(
      rows.map(({ detail }) => detail).join('; '),
      new RegExp(`^SEARCH issues USING INDEX issues_listed_by_${column} `),
    )
    assert.doesNotMatch(rows.map(({ detail }) => detail).join('; '), /ORDER BY/)
  }
  const { rows } = await sql<{ detail: string }>`explain query plan select count(*) from
    (select id from issues where merged_into is null and state = 'new' and kind = 'warning' and fatal = 1)`.execute(
    store.db,
  )
  assert.match(rows.map(({ detail }) => detail).join('; '), /USING COVERING INDEX/)
  await store.close()
})
