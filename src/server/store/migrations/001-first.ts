// The first shape of the store.

import type { Kysely } from 'kysely'
import { createTables, type Shape } from './shape.ts'

const seen = { reports: 'integer', first_seen: 'integer', last_seen: 'integer' } as const

const tables: Record<string, Shape> = {
  hosts: {
    columns: { id: 'text', name: 'text', via: 'text', hardware: 'text?', arch: 'text?', release: 'text?', ...seen },
    key: ['id'],
    unique: [['via', 'name']],
    indexes: [['name'], ['last_seen']],
  },
  boots: {
    columns: { id: 'text', host_id: 'text', boot_id: 'text', release: 'text?', ...seen },
    key: ['id'],
    unique: [['host_id', 'boot_id']],
  },
  bundles: {
    columns: { id: 'text', sender_id: 'text', name: 'text', received_at: 'integer' },
    key: ['id'],
    unique: [['sender_id', 'name']],
  },
  evidence: {
    columns: { bundle_id: 'text', path: 'text', hash: 'text', size_bytes: 'integer' },
    key: ['bundle_id', 'path'],
    indexes: [['hash']],
  },
  reports: {
    columns: {
      id: 'text',
      issue_id: 'text',
      bundle_id: 'text',
      host_id: 'text',
      boot_id: 'text?',
      at: 'integer',
      received_at: 'integer',
      kind: 'text',
      severity: 'text',
      title: 'text',
      fatal: 'integer',
      arch: 'text?',
      release: 'text?',
      hardware: 'text?',
      module: 'text?',
      function: 'text?',
      fingerprint: 'text',
      joined_by: 'text',
    },
    key: ['id'],
    indexes: [['issue_id', 'at'], ['host_id', 'at'], ['at'], ['bundle_id'], ['fingerprint']],
  },
  report_bodies: { columns: { report_id: 'text', body: 'text' }, key: ['report_id'] },
  issues: {
    columns: {
      id: 'text',
      title: 'text',
      kind: 'text',
      severity: 'text',
      fatal: 'integer',
      state: 'text',
      fixed_in: 'text?',
      note: 'text?',
      merged_into: 'text?',
      hosts: 'integer',
      ...seen,
    },
    key: ['id'],
    indexes: [
      ['last_seen', 'id'],
      ['first_seen', 'id'],
      ['reports', 'id'],
      ['hosts', 'id'],
      ['state', 'last_seen'],
    ],
  },
  issue_keys: {
    columns: { kind: 'text', value: 'text', issue_id: 'text' },
    key: ['kind', 'value'],
    indexes: [['issue_id']],
  },
  issue_facets: {
    columns: { issue_id: 'text', facet: 'text', value: 'text', ...seen },
    key: ['issue_id', 'facet', 'value'],
    indexes: [['facet', 'value']],
  },
  issue_history: {
    columns: {
      id: 'text',
      issue_id: 'text',
      other_id: 'text?',
      at: 'integer',
      actor: 'text',
      action: 'text',
      detail: 'text',
      undone_by: 'text?',
    },
    key: ['id'],
    indexes: [['issue_id'], ['other_id']],
  },
  issue_moves: {
    columns: { history_id: 'text', report_id: 'text', from_issue: 'text', joined_by: 'text' },
    key: ['history_id', 'report_id'],
  },
  rollups: {
    columns: { hour: 'integer', issue_id: 'text', kind: 'text', release: 'text', reports: 'integer' },
    key: ['hour', 'issue_id', 'kind', 'release'],
    indexes: [['issue_id']],
  },
  tokens: {
    columns: {
      id: 'text',
      hash: 'text',
      role: 'text',
      host_id: 'text?',
      created_at: 'integer',
      last_used: 'integer?',
      revoked_at: 'integer?',
    },
    key: ['id'],
    unique: [['hash']],
  },
  enrolments: {
    columns: {
      id: 'text',
      hash: 'text',
      host_name: 'text?',
      created_at: 'integer',
      expires_at: 'integer',
      used_at: 'integer?',
    },
    key: ['id'],
    unique: [['hash']],
  },
}

export const first = (db: Kysely<unknown>): Promise<void> => createTables(db, tables)
