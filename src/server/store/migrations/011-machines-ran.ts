// What ran where without an issue: boots by model, firmware and kernel; and which modules hosts have loaded. It is known of
// what comes from now on: reading it out of a million bodies would hold up the server for minutes.

import { type Kysely, sql } from 'kysely'
import { createTables, type Shape } from './shape.ts'

const tables: Record<string, Shape> = {
  machine_boots: {
    columns: { model: 'text', firmware: 'text', release: 'text', boots: 'integer' },
    key: ['model', 'firmware', 'release'],
  },
  module_sets: { columns: { hash: 'text', names: 'text' }, key: ['hash'] },
  module_hosts: { columns: { module: 'text', hosts: 'integer' }, key: ['module'] },
}

const columns = { reports: ['firmware', 'modules'], hosts: ['firmware', 'modules'], boots: ['firmware'] }

export async function machinesRan(db: Kysely<unknown>): Promise<void> {
  await createTables(db, tables)
  for (const [table, names] of Object.entries(columns)) {
    for (const name of names) await sql`alter table ${sql.table(table)} add column ${sql.ref(name)} text`.execute(db)
  }
  // How much of a log each host has, and its oldest pieces, are asked for once an hour.
  await sql`create index log_chunks_by_host on log_chunks (host_id, last_at, stored_bytes)`.execute(db)
}
