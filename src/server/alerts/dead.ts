// Hosts that gave no sign of life after a fatal report: only time tells of them.

import type { Kysely } from 'kysely'
import { say } from '../../core/say.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { spanText } from './message.ts'
import { raise } from './raise.ts'
import { type Filter, matches, type Subject } from './rule.ts'

/** A report that is older makes no alert any more: the server was away, or the rule is new. */
const MOST_MS = 24 * 60 * 60 * 1000
const MAX_LOOKED_AT = 1000

/** Last words, as "Rebooting in 10 seconds..", are no sign of life. */
const DYING_MS = 30_000

/** A sign of life is written down this often. */
const HEARD_STEP_MS = 30_000
const heardAt = new WeakMap<Store, Map<string, number>>()

/** The host, or one that it tells of, said something just now. */
export async function heard(store: Store, hostId: string, now: number): Promise<void> {
  const known = heardAt.get(store) ?? new Map<string, number>()
  heardAt.set(store, known)
  if (now - (known.get(hostId) ?? 0) < HEARD_STEP_MS) return
  known.set(hostId, now)
  await store.write(tx =>
    tx
      .insertInto('host_heard')
      .values({ host_id: hostId, at: now })
      .onConflict(conflict => conflict.column('host_id').doUpdateSet({ at: now }))
      .execute(),
  )
}

/** Whether any alert may have come of it. */
export async function raiseDead(store: Store, now: number): Promise<boolean> {
  const rules = await store.db
    .selectFrom('alert_rules')
    .selectAll()
    .where('enabled', '=', 1)
    .where('occasion', '=', 'host-dead')
    .execute()
  let any = false
  for (const rule of rules) {
    const silent = await silentSince(store.db, now - rule.window_ms, now - MOST_MS - rule.window_ms)
    for (const { hostId, reportId, at, subject } of silent) {
      if (!matches(JSON.parse(rule.filter) as Filter, subject)) continue
      const why = say`nothing was heard of it for ${spanText(rule.window_ms)} after that`
      await store.write(tx =>
        raise(tx, rule, { subject: `${hostId} ${reportId}`, why }, subject, { at, reportId, hostId }),
      )
      any = true
    }
  }
  return any
}

async function silentSince(db: Kysely<Tables>, until: number, from: number) {
  const rows = await db
    .selectFrom('reports')
    .innerJoin('hosts', 'hosts.id', 'reports.host_id')
    .innerJoin('bundles', 'bundles.id', 'reports.bundle_id')
    .leftJoin('host_heard', 'host_heard.host_id', 'reports.host_id')
    .select([
      'reports.id',
      'reports.host_id',
      'reports.at',
      'reports.received_at',
      'issue_id',
      'kind',
      'severity',
      'title',
    ])
    .select(['reports.release', 'module', 'hosts.name', 'host_heard.at as heard'])
    .where('fatal', '=', 1)
    // Who sends it itself has survived it, or has come back.
    .whereRef('bundles.sender_id', '!=', 'reports.host_id')
    .where('reports.at', '>', from)
    .where('reports.received_at', '<', until)
    .orderBy('reports.at', 'desc')
    .orderBy('reports.id', 'desc')
    .limit(MAX_LOOKED_AT)
    .execute()
  const seen = new Set<string>()
  return rows.flatMap(row => {
    // Of several, the last one is what it died of.
    if (seen.has(row.host_id)) return []
    seen.add(row.host_id)
    if (row.heard !== null && row.heard > row.received_at + DYING_MS) return []
    const subject: Subject = {
      issue: row.issue_id,
      kind: row.kind,
      severity: row.severity,
      fatal: true,
      title: row.title,
      host: row.name,
      release: row.release ?? undefined,
      module: row.module ?? undefined,
    }
    return [{ hostId: row.host_id, reportId: row.id, at: row.at, subject }]
  })
}
