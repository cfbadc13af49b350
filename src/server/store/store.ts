// The store: what is asked of it is asked through Kysely, whose queries PostgreSQL understands too (tests/slow/postgres.test.ts
// has both answer alike). What differs from one database to the next is an Engine; that of SQLite is in sqlite.ts and
// text-index.ts.
//
//   <data>/faultline.db    the tables (tables.ts)
//   <data>/evidence/       the bytes (blobs.ts)
//   <data>/lock            held while a server runs (lock.ts)

import { join } from 'node:path'
import { type Dialect, Kysely, type QueryExecutorProvider, SqliteDialect, type Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import { makeFolders } from '../../node/make-folders.ts'
import { Blobs } from './blobs.ts'
import { Listeners } from './changes.ts'
import { goOnBehind } from './id.ts'
import { latestId } from './latest.ts'
import { lockStore } from './lock.ts'
import { migrationProvider } from './migrations/index.ts'
import { noticingFull } from './problem.ts'
import { kyselyDatabase, openSqlite } from './sqlite.ts'
import type { Tables } from './tables.ts'
import { sqliteTextIndex, type TextIndex } from './text-index.ts'
import { WalSync } from './wal-sync.ts'

export type Database = Kysely<Tables>

/** A database as the store needs it. */
export interface Engine {
  dialect: Dialect
  textIndex(db: QueryExecutorProvider): TextIndex
  /** For one whose transactions are not durable yet when they have committed: what makes them so. Asked for when it is open. */
  openSync?(): Promise<Pick<WalSync, 'sync' | 'close'>>
}

const sqliteEngine = (folder: string): Engine => {
  const file = join(folder, databaseName)
  return {
    dialect: new SqliteDialect({ database: kyselyDatabase(openSqlite(file, 'normal')) }),
    textIndex: sqliteTextIndex,
    openSync: () => WalSync.open(file),
  }
}

export interface Store {
  /** in which all of it is */
  folder: string
  /** for queries */
  db: Database
  search: TextIndex
  blobs: Blobs
  /** told of what transactions changed, once they have committed */
  changed: Pick<Listeners, 'add'>
  /** All of it or nothing; durable when it returns. Throws StoreFull where there is no room. */
  write<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export const databaseName = 'faultline.db'

/** Opens the store in a folder, makes or renews it. Throws StoreHeld, and what the file system and the database throw. */
export async function openStore(folder: string, engineAt: (folder: string) => Engine = sqliteEngine): Promise<Store> {
  await makeFolders(folder, 0o750)
  const unlock = lockStore(folder)
  try {
    return await opened(folder, engineAt, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function opened(folder: string, engineAt: (folder: string) => Engine, unlock: () => void): Promise<Store> {
  const blobs = await Blobs.open(join(folder, 'evidence'))
  const { dialect, textIndex, openSync } = engineAt(folder)
  const db: Database = new Kysely<Tables>({ dialect })
  const search = textIndex(db)
  let wal: Awaited<ReturnType<NonNullable<Engine['openSync']>>> | undefined
  try {
    const { error } = await new Migrator({ db, provider: migrationProvider }).migrateToLatest()
    if (error !== undefined) throw error
    await search.prepare()
    goOnBehind(await latestId(db))
    wal = await openSync?.()
  } catch (error) {
    await db.destroy()
    throw error
  }
  const changed = new Listeners()
  const write: Store['write'] = async work => {
    let made: object | undefined
    const result = await noticingFull(folder, async () => {
      const done = await db.transaction().execute(tx => {
        made = tx
        return work(tx)
      })
      // Also what changed nothing says something: of one before it, which may not be durable yet.
      await wal?.sync()
      return done
    })
    if (made !== undefined) changed.tell(made)
    return result
  }
  return {
    folder,
    db,
    search,
    blobs,
    changed,
    write,
    close: async () => {
      await db.destroy()
      await wal?.close()
      unlock()
    },
  }
}
