// What hosts say of themselves: their kernel's log, their boots and how each ended, what they could not capture.

import { type Kysely, sql } from 'kysely'
import { bytesType, createTables, type Shape } from './shape.ts'

const tables: Record<string, Shape> = {
  log_streams: {
    columns: {
      id: 'text',
      host_id: 'text',
      boot_id: 'text',
      next_sequence: 'integer',
      records: 'integer',
      missing: 'integer',
      raw_bytes: 'integer',
      first_at: 'integer',
      last_at: 'integer',
    },
    key: ['id'],
    unique: [['host_id', 'boot_id']],
  },
  log_chunks: {
    columns: {
      id: 'text',
      stream_id: 'text',
      host_id: 'text',
      open: 'integer',
      first_sequence: 'integer',
      last_sequence: 'integer',
      missing_before: 'integer',
      first_at: 'integer',
      last_at: 'integer',
      records: 'integer',
      levels: 'integer',
      raw_bytes: 'integer',
      stored_bytes: 'integer',
    },
    key: ['id'],
    indexes: [['stream_id', 'first_sequence'], ['last_at'], ['stream_id', 'open']],
  },
  host_facts: {
    columns: { host_id: 'text', kind: 'text', at: 'integer', body: 'text' },
    key: ['host_id', 'kind'],
  },
}

export async function machines(db: Kysely<unknown>): Promise<void> {
  await createTables(db, tables)
  // The bytes of a chunk, apart from what is looked through.
  await db.schema
    .createTable('log_bodies')
    .addColumn('chunk_id', 'text', each => each.primaryKey())
    .addColumn('body', bytesType(db), each => each.notNull())
    .execute()
  for (const [name, type] of Object.entries({ began: 'bigint', ended: 'bigint', ending: 'text', detail: 'text' })) {
    await sql`alter table boots add column ${sql.ref(name)} ${sql.raw(type)}`.execute(db)
  }
}
