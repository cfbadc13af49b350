// Takes a host away, with all that it sent. Issues that nobody else has go with it; the counts of the others are made
// anew. Bytes of evidence stay until nothing names them and they are cleared up.

import type { Transaction } from 'kysely'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import { recount } from '../issues/count.ts'
import { setModules } from '../issues/modules.ts'
import { changesOf } from '../store/changes.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { TextIndex } from '../store/text-index.ts'

/** SQLite binds at most 32,766 values. */
const STEP = 1000

/** Throws Refusal, StoreFull. */
export const removeHost = (store: Store, id: string): Promise<void> =>
  store.write(async tx => {
    const host = await tx.selectFrom('hosts').select('id').where('id', '=', id).executeTakeFirst()
    if (host === undefined) throw new Refusal(404, say`there is no host ${id}`)
    const heard = await tx.selectFrom('hosts').select('id').where('via', '=', id).execute()
    for (const each of [...heard.map(row => row.id), id]) await removeOne(tx, store.search, each)
    changesOf(tx).issues = true
    changesOf(tx).hosts.add(id)
  })

async function removeOne(tx: Transaction<Tables>, search: TextIndex, id: string): Promise<void> {
  const issues = await tx.selectFrom('reports').select('issue_id').distinct().where('host_id', '=', id).execute()
  for (;;) {
    const reports = await tx
      .selectFrom('reports')
      .select(['id', 'bundle_id'])
      .where('host_id', '=', id)
      .limit(STEP)
      .execute()
    if (reports.length === 0) break
    const ids = reports.map(report => report.id)
    await tx.deleteFrom('report_bodies').where('report_id', 'in', ids).execute()
    await tx.deleteFrom('issue_moves').where('report_id', 'in', ids).execute()
    await tx.deleteFrom('reports').where('id', 'in', ids).execute()
    await removeBundles(tx, [...new Set(reports.map(report => report.bundle_id))])
  }
  for (const { issue_id } of issues) await settle(tx, search, issue_id)
  await tx
    .deleteFrom('log_bodies')
    .where('chunk_id', 'in', tx.selectFrom('log_chunks').select('id').where('host_id', '=', id))
    .execute()
  for (const table of ['log_chunks', 'log_streams', 'boots', 'host_facts', 'host_heard'] as const) {
    await tx.deleteFrom(table).where('host_id', '=', id).execute()
  }
  await tx.updateTable('tokens').set({ revoked_at: Date.now() }).where('host_id', '=', id).execute()
  await setModules(tx, id, undefined)
  await tx.deleteFrom('hosts').where('id', '=', id).execute()
}

/** A log that somebody uploaded may have reports of several hosts. */
async function removeBundles(tx: Transaction<Tables>, ids: readonly string[]): Promise<void> {
  const used = await tx.selectFrom('reports').select('bundle_id').distinct().where('bundle_id', 'in', ids).execute()
  const gone = ids.filter(id => !used.some(({ bundle_id }) => bundle_id === id))
  if (gone.length === 0) return
  await tx.deleteFrom('evidence').where('bundle_id', 'in', gone).execute()
  await tx.deleteFrom('bundles').where('id', 'in', gone).execute()
}

/** Without reports, and without anything that was done to it, an issue is nothing. */
async function settle(tx: Transaction<Tables>, search: TextIndex, issueId: string): Promise<void> {
  await recount(tx, issueId)
  const issue = await tx.selectFrom('issues').select('reports').where('id', '=', issueId).executeTakeFirstOrThrow()
  const said = await tx
    .selectFrom('issue_history')
    .select('id')
    .where(each => each.or([each('issue_id', '=', issueId), each('other_id', '=', issueId)]))
    .executeTakeFirst()
  if (issue.reports > 0 || said !== undefined) return
  const keys = await tx.deleteFrom('issue_keys').where('issue_id', '=', issueId).returning(['kind', 'value']).execute()
  for (const { kind, value } of keys) if (kind === 'fingerprint') await search.remove(tx, value)
  await tx.deleteFrom('issues').where('id', '=', issueId).execute()
}
