// Tables as data: what a migration makes is read from its columns, keys and indexes.

import { type Kysely, SqliteAdapter, sql } from 'kysely'

/** `?`: may be null */
type Column = 'text' | 'integer' | 'text?' | 'integer?'

export interface Shape {
  columns: Record<string, Column>
  key: readonly string[]
  unique?: readonly (readonly string[])[]
  indexes?: readonly (readonly string[])[]
}

/** Kysely's builder knows no columns of a table that it has just got as data. */
const names = (columns: readonly string[]): never[] => columns as never[]

/** Integers are 64 bits wide everywhere: `bigint` to PostgreSQL, INTEGER to SQLite. */
export async function createTables(db: Kysely<unknown>, tables: Record<string, Shape>): Promise<void> {
  for (const [name, { columns, key, unique = [], indexes = [] }] of Object.entries(tables)) {
    let table = db.schema.createTable(name)
    for (const [column, type] of Object.entries(columns)) {
      table = table.addColumn(column, type.startsWith('text') ? 'text' : 'bigint', each =>
        type.endsWith('?') ? each : each.notNull(),
      )
    }
    table = table.addPrimaryKeyConstraint(`${name}_key`, names(key))
    for (const each of unique) table = table.addUniqueConstraint(`${name}_${each.join('_')}`, names(each))
    await table.execute()
    for (const each of indexes) {
      const columns = sql.join(each.map(column => sql.ref(column)))
      await sql`create index ${sql.ref(`${name}_by_${each.join('_')}`)} on ${sql.table(name)} (${columns})`.execute(db)
    }
  }
}

/** The only type that databases name differently. */
export const bytesType = (db: Kysely<unknown>): 'blob' | 'bytea' =>
  db.getExecutor().adapter instanceof SqliteAdapter ? 'blob' : 'bytea'
