// Takes back what was done to an issue: reports, keys and what was said go back to where they were, and what came since by
// the keys that had been moved goes with them.

import { type Kysely, sql } from 'kysely'
import { say } from '../../core/say.ts'
import { newId } from '../store/id.ts'
import type { IssueHistoryTable, Tables } from '../store/tables.ts'
import { recount } from './count.ts'
import { type Detail, IssueError, record } from './history.ts'

/** Gives the id of the entry that says so. Throws IssueError: the latest must be undone first. */
export async function undo(tx: Kysely<Tables>, actor: string, historyId: string): Promise<string> {
  const entry = await tx.selectFrom('issue_history').selectAll().where('id', '=', historyId).executeTakeFirst()
  if (entry === undefined) throw new IssueError('missing', say`there is no entry ${historyId} in the history`)
  if (entry.undone_by !== null) throw new IssueError('conflict', say`it is undone already`)
  if (entry.action === 'undo') throw new IssueError('conflict', say`an undo is not undone: do the thing again`)
  await assertLatest(tx, entry)
  const detail = JSON.parse(entry.detail) as Detail
  const touched = new Set([entry.issue_id, ...(entry.other_id === null ? [] : [entry.other_id])])
  if (entry.action !== 'state' && entry.action !== 'regressed') {
    await followers(tx, entry, detail)
    await reportsBack(tx, historyId)
  }
  for (const { kind, value, from } of detail.keys ?? []) {
    await tx
      .updateTable('issue_keys')
      .set({ issue_id: from })
      .where('kind', '=', kind)
      .where('value', '=', value)
      .execute()
  }
  for (const [id, said] of Object.entries(detail.before ?? {})) {
    await tx.updateTable('issues').set(said).where('id', '=', id).execute()
  }
  for (const id of touched) await recount(tx, id)
  if (entry.action === 'split') await close(tx, entry)
  const id = newId()
  await tx.updateTable('issue_history').set({ undone_by: id }).where('id', '=', historyId).execute()
  return record(
    tx,
    { issueId: entry.issue_id, ...other(entry), actor, action: 'undo', detail: { undid: historyId } },
    id,
  )
}

const other = ({ other_id }: IssueHistoryTable): { otherId?: string } =>
  other_id === null ? {} : { otherId: other_id }

async function assertLatest(tx: Kysely<Tables>, entry: IssueHistoryTable): Promise<void> {
  const issues = [entry.issue_id, ...(entry.other_id === null ? [] : [entry.other_id])]
  const later = await tx
    .selectFrom('issue_history')
    .select(['id', 'action'])
    .where('id', '>', entry.id)
    .where('undone_by', 'is', null)
    .where('action', '!=', 'undo')
    .where(each => each.or([each('issue_id', 'in', issues), each('other_id', 'in', issues)]))
    .orderBy('id', 'desc')
    .executeTakeFirst()
  if (later !== undefined) {
    throw new IssueError('conflict', say`something was done since; undo that first: ${later.id} (${later.action})`)
  }
}

async function reportsBack(tx: Kysely<Tables>, historyId: string): Promise<void> {
  const moves = tx.selectFrom('issue_moves').where('history_id', '=', historyId)
  const was = (column: 'from_issue' | 'joined_by') =>
    sql<string>`(select ${sql.ref(column)} from issue_moves where history_id = ${historyId} and report_id = reports.id)`
  await tx
    .updateTable('reports')
    .set({ issue_id: was('from_issue'), joined_by: was('joined_by') })
    .where('id', 'in', moves.select('report_id'))
    .execute()
  await tx.deleteFrom('issue_moves').where('history_id', '=', historyId).execute()
}

/** Reports that came by a moved key after it was moved, and the fingerprints that they brought. */
async function followers(tx: Kysely<Tables>, entry: IssueHistoryTable, { keys = [] }: Detail): Promise<void> {
  const target = entry.action === 'merge' ? entry.issue_id : entry.other_id
  if (target === null || keys.length === 0) return
  const came = tx
    .selectFrom('reports')
    .where('issue_id', '=', target)
    .where('id', '>', entry.id)
    .where('joined_by', '!=', 'hand')
    .select(['fingerprint', 'title'])
    .distinct()
  for (const { fingerprint, title } of await came.execute()) {
    const from =
      keys.find(({ kind, value }) => kind === 'fingerprint' && value === fingerprint)?.from ??
      keys.find(({ kind, value }) => kind !== 'fingerprint' && value === title)?.from
    if (from === undefined) continue
    await tx
      .updateTable('reports')
      .set({ issue_id: from })
      .where('issue_id', '=', target)
      .where('fingerprint', '=', fingerprint)
      .where('id', '>', entry.id)
      .where('joined_by', '!=', 'hand')
      .execute()
    await tx
      .updateTable('issue_keys')
      .set({ issue_id: from })
      .where('kind', '=', 'fingerprint')
      .where('value', '=', fingerprint)
      .where('issue_id', '=', target)
      .execute()
  }
}

/** The issue that a split made goes back into the one that it was of, with what it got since. */
async function close(tx: Kysely<Tables>, { issue_id, other_id }: IssueHistoryTable): Promise<void> {
  if (other_id === null) return
  await tx.updateTable('reports').set({ issue_id }).where('issue_id', '=', other_id).execute()
  await tx.updateTable('issue_keys').set({ issue_id }).where('issue_id', '=', other_id).execute()
  await tx.updateTable('issues').set({ merged_into: issue_id }).where('id', '=', other_id).execute()
  await recount(tx, issue_id)
  await recount(tx, other_id)
}
