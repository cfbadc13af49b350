// Users, their sessions and tokens, and who did what.

import type { Kysely } from 'kysely'
import { createTables, type Shape } from './shape.ts'

const tables: Record<string, Shape> = {
  users: {
    columns: {
      id: 'text',
      name: 'text',
      role: 'text',
      password: 'text?',
      subject: 'text?',
      created_at: 'integer',
      last_login: 'integer?',
    },
    key: ['id'],
    unique: [['name'], ['subject']],
  },
  sessions: {
    columns: {
      id: 'text',
      hash: 'text',
      user_id: 'text?',
      token_id: 'text?',
      created_at: 'integer',
      last_used: 'integer',
      expires_at: 'integer',
      address: 'text',
      agent: 'text',
    },
    key: ['id'],
    unique: [['hash']],
    indexes: [['user_id']],
  },
  audit: {
    columns: {
      id: 'text',
      at: 'integer',
      actor: 'text',
      address: 'text',
      action: 'text',
      target: 'text?',
      before: 'text?',
      after: 'text?',
    },
    key: ['id'],
    indexes: [['actor'], ['action'], ['at']],
  },
}

/** What a token is called, whose it is, who made it, until when it is good: null of hosts' and the owner's. */
const ofTokens = { name: 'text', user_id: 'text', created_by: 'text', expires_at: 'bigint' } as const

export async function access(db: Kysely<unknown>): Promise<void> {
  await createTables(db, tables)
  for (const [column, type] of Object.entries(ofTokens)) {
    await db.schema.alterTable('tokens').addColumn(column, type).execute()
  }
  await db.schema.alterTable('enrolments').addColumn('created_by', 'text').execute()
}
