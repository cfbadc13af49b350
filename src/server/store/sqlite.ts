// node:sqlite as Kysely's SQLite dialect wants it.

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

/** Statements that stay prepared; the queries of the server are far fewer, but for lists of ids. */
const MAX_PREPARED = 256

type Value = null | number | bigint | string | Uint8Array

/**
 * Opens the file. With 'full' a transaction is durable when it returns: the log is synced at each commit
 * (https://sqlite.org/pragma.html#pragma_synchronous). With 'normal' it is when the log was synced afterwards (wal-sync.ts).
 * Throws node:sqlite's errors.
 */
export function openSqlite(file: string, synchronous: 'full' | 'normal' = 'full'): DatabaseSync {
  const database = new DatabaseSync(file)
  // Another process may look at the file while it is backed up.
  database.exec(`pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = ${synchronous}`)
  // Pages of 4 KB: 64 MB of cache, 1 GB of the file mapped.
  database.exec('pragma cache_size = -65536; pragma mmap_size = 1073741824; pragma temp_store = memory')
  return database
}

/**
 * Kysely's transactions are those of Store.write. One that reads first and writes then would fail at once where a command
 * beside the server wrote between the two (SQLITE_BUSY_SNAPSHOT, https://sqlite.org/rescode.html); one that takes its
 * place first waits.
 */
const BEGIN = 'begin immediate'

export function kyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>()
  return {
    close: () => {
      prepared.clear()
      database.close()
    },
    prepare: sql => {
      // SQLite may have rolled back by itself, as when the disk is full (https://sqlite.org/lang_transaction.html, 3.1).
      if (sql === 'rollback' && !database.isTransaction) return nothing
      const known = prepared.get(sql)
      if (known !== undefined) return known
      const statement = statementOf(database.prepare(sql === 'begin' ? BEGIN : sql))
      // A change of the schema makes plans anew by itself; only the oldest goes.
      if (prepared.size >= MAX_PREPARED) prepared.delete(prepared.keys().next().value!)
      prepared.set(sql, statement)
      return statement
    },
  }
}

const nothing: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
}

function statementOf(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]): Value[] => parameters as Value[]
  return {
    reader: statement.columns().length > 0,
    all: parameters => statement.all(...values(parameters)),
    run: parameters => statement.run(...values(parameters)),
    iterate: parameters => statement.iterate(...values(parameters)),
  }
}
