// Whom to tell of what, and what was told.

import type { Kysely } from 'kysely'
import { createTables, type Shape } from './shape.ts'

const tables: Record<string, Shape> = {
  alert_channels: {
    columns: { id: 'text', name: 'text', kind: 'text', settings: 'text', created_at: 'integer' },
    key: ['id'],
    unique: [['name']],
  },
  alert_rules: {
    columns: {
      id: 'text',
      name: 'text',
      occasion: 'text',
      filter: 'text',
      channels: 'text',
      count: 'integer',
      window_ms: 'integer',
      digest_ms: 'integer',
      enabled: 'integer',
      created_at: 'integer',
    },
    key: ['id'],
    unique: [['name']],
  },
  alert_silences: {
    columns: { id: 'text', filter: 'text', until: 'integer', note: 'text?', actor: 'text', created_at: 'integer' },
    key: ['id'],
    indexes: [['until']],
  },
  alerts: {
    columns: {
      id: 'text',
      rule_id: 'text',
      subject: 'text',
      at: 'integer',
      issue_id: 'text?',
      report_id: 'text?',
      host_id: 'text?',
      silence_id: 'text?',
      told: 'text',
    },
    key: ['id'],
    indexes: [['rule_id', 'subject', 'at'], ['issue_id']],
  },
  alert_sends: {
    columns: {
      id: 'text',
      alert_id: 'text',
      rule_id: 'text',
      channel_id: 'text',
      state: 'text',
      due_at: 'integer',
      tries: 'integer',
      ended_at: 'integer?',
      error: 'text?',
    },
    key: ['id'],
    indexes: [['state', 'due_at'], ['alert_id']],
  },
  host_heard: { columns: { host_id: 'text', at: 'integer' }, key: ['host_id'] },
}

export const alerts = (db: Kysely<unknown>): Promise<void> => createTables(db, tables)
