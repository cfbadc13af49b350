// Symbols that were uploaded, and how far the reports of each release were looked through with them.

import { type Kysely, sql } from 'kysely'
import { createTables, type Shape } from './shape.ts'

const tables: Record<string, Shape> = {
  symbol_files: {
    columns: {
      id: 'text',
      name: 'text',
      hash: 'text',
      size_bytes: 'integer',
      received_at: 'integer',
      actor: 'text',
      state: 'text',
      kind: 'text?',
      release: 'text?',
      problem: 'text?',
    },
    key: ['id'],
    unique: [['hash']],
    indexes: [['release']],
  },
  symbol_objects: {
    columns: { file_id: 'text', name: 'text', build_id: 'text' },
    key: ['file_id', 'name', 'build_id'],
    indexes: [['build_id']],
  },
  symbol_releases: {
    columns: { release: 'text', cursor: 'text', looked: 'integer', placed: 'integer' },
    key: ['release'],
  },
  symbol_missing: {
    columns: { release: 'text', name: 'text', build_id: 'text', frames: 'integer' },
    key: ['release', 'name', 'build_id'],
  },
}

export async function symbols(db: Kysely<unknown>): Promise<void> {
  await createTables(db, tables)
  await sql`create index reports_by_release_id on reports (release, id)`.execute(db)
}
