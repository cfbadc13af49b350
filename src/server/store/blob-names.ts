// Who names the files of blobs.ts: what none of these names is cleared up, and a backup has all that they name.

import { sql } from 'kysely'
import type { Database } from './store.ts'

/** Tables with a column of hashes. */
export const blobNames = [{ table: 'evidence', column: 'hash' }] as const

/** All hashes that are named, each once. */
export const namedHashes = blobNames
  .map(({ table, column }) => `select ${column} as hash from ${table}`)
  .join(' union ')

/** Those of `hashes` that are named. */
export async function named(db: Database, hashes: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>()
  if (hashes.length === 0) return found
  for (const { table, column } of blobNames) {
    const rows = await sql<{ hash: string }>`select distinct ${sql.ref(column)} as hash from ${sql.table(table)}
      where ${sql.ref(column)} in (${sql.join(hashes)})`.execute(db)
    for (const { hash } of rows.rows) found.add(hash)
  }
  return found
}
