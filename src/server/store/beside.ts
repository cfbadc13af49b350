// The tables for a command on the server's machine, whether a server runs or not. SQLite keeps the two apart: who writes
// second waits.

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { StoreHeld } from './lock.ts'
import { migrationProvider } from './migrations/index.ts'
import { noticingFull } from './problem.ts'
import { kyselyDatabase, openSqlite } from './sqlite.ts'
import { databaseName, openStore, type Store } from './store.ts'
import type { Tables } from './tables.ts'

export type TablesOfStore = Pick<Store, 'db' | 'write' | 'close'>

export class OtherVersion extends Error {}

/** Makes the store where there is none. Throws OtherVersion where the server that runs is of another version. */
export async function openTables(folder: string): Promise<TablesOfStore> {
  try {
    return await openStore(folder)
  } catch (error) {
    if (!(error instanceof StoreHeld)) throw error
  }
  const file = join(folder, databaseName)
  await access(file)
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: kyselyDatabase(openSqlite(file)) }) })
  const all = await new Migrator({ db, provider: migrationProvider }).getMigrations()
  if (all.some(({ executedAt }) => executedAt === undefined)) {
    await db.destroy()
    throw new OtherVersion(`the server that has ${folder} is of an older version: end it, and start this one.`)
  }
  return {
    db,
    write: work => noticingFull(folder, () => db.transaction().execute(work)),
    close: () => db.destroy(),
  }
}
