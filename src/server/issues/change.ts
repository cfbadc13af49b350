// What somebody does to issues: says what one is, merges two, splits one, moves reports. Each can be undone (undo.ts).

import type { Kysely } from 'kysely'
import { say } from '../../core/say.ts'
import { newId } from '../store/id.ts'
import type { Tables } from '../store/tables.ts'
import { recount } from './count.ts'
import { type Detail, IssueError, openIssue, record, saidOf } from './history.ts'
import { openState } from './state.ts'

export interface Saying {
  /** 'open': what it is by itself, new or recurring */
  state?: 'open' | 'fixed' | 'known' | 'ignored' | undefined
  /** the release with the fix; `fixed` needs it */
  fixedIn?: string | undefined
  note?: string | undefined
}

/** Gives the id of the entry in the history. Throws IssueError. */
export async function setState(tx: Kysely<Tables>, actor: string, id: string, saying: Saying): Promise<string> {
  const issue = await openIssue(tx, id)
  const { state, fixedIn, note } = saying
  if (state === 'fixed' && (fixedIn ?? '') === '') {
    throw new IssueError('malformed', say`fixed: in which release? Give fixedIn, such as "6.1.90"`)
  }
  const named = state === 'open' ? openState(issue.first_seen, issue.last_seen) : state
  const after = {
    ...(named === undefined ? {} : { state: named, fixed_in: state === 'fixed' ? (fixedIn ?? null) : null }),
    ...(note === undefined ? {} : { note }),
  }
  if (Object.keys(after).length === 0) throw new IssueError('malformed', say`nothing to change: give state or note`)
  await tx.updateTable('issues').set(after).where('id', '=', id).execute()
  return record(tx, { issueId: id, actor, action: 'state', detail: { before: { [id]: saidOf(issue) }, after } })
}

/** All reports and keys of `from` go into `into`. */
export async function merge(tx: Kysely<Tables>, actor: string, from: string, into: string): Promise<string> {
  if (from === into) throw new IssueError('malformed', say`an issue cannot be merged into itself`)
  const source = await openIssue(tx, from)
  await openIssue(tx, into)
  const id = newId()
  const reports = await moveReports(tx, id, { issueId: from }, into)
  const keys = await moveKeys(tx, from, into)
  await tx.updateTable('issues').set({ merged_into: into }).where('id', '=', from).execute()
  await recountBoth(tx, from, into)
  const before = { [from]: saidOf(source) }
  return record(tx, { issueId: into, otherId: from, actor, action: 'merge', detail: { before, keys, reports } }, id)
}

/** Which reports of an issue: those of some fingerprints, whose successors then follow; or just these. */
export type Chosen = { fingerprints: readonly string[] } | { reports: readonly string[] }

/** So many at once by name; more by fingerprint. */
const MAX_CHOSEN = 1000

/** They become an issue of their own, which is given with the entry in the history. */
export async function split(
  tx: Kysely<Tables>,
  actor: string,
  from: string,
  chosen: Chosen,
): Promise<{ issueId: string; historyId: string }> {
  const source = await openIssue(tx, from)
  const sample = await chosenReports(tx, from, chosen).selectAll().orderBy('at').orderBy('id').executeTakeFirst()
  if (sample === undefined) throw new IssueError('missing', say`issue ${from} has none of these reports`)
  const issueId = newId()
  const { title, kind, severity, fatal, at } = sample
  await tx
    .insertInto('issues')
    .values({
      ...{ id: issueId, title, kind, severity, fatal },
      ...{ state: 'new', fixed_in: null, note: null, merged_into: null },
      ...{ reports: 0, hosts: 0, first_seen: at, last_seen: at },
    })
    .execute()
  const historyId = await moveChosen(tx, actor, 'split', from, issueId, chosen)
  const left = await tx.selectFrom('issues').select('reports').where('id', '=', source.id).executeTakeFirstOrThrow()
  if (left.reports === 0)
    throw new IssueError('conflict', say`nothing would be left of the issue: leave some reports there`)
  const made = await tx.selectFrom('issues').selectAll().where('id', '=', issueId).executeTakeFirstOrThrow()
  await tx
    .updateTable('issues')
    .set({ state: openState(made.first_seen, made.last_seen) })
    .where('id', '=', issueId)
    .execute()
  return { issueId, historyId }
}

/** They go into an issue that is there. */
export async function move(
  tx: Kysely<Tables>,
  actor: string,
  from: string,
  into: string,
  chosen: Chosen,
): Promise<string> {
  if (from === into) throw new IssueError('malformed', say`they are in that issue already`)
  await openIssue(tx, from)
  await openIssue(tx, into)
  return moveChosen(tx, actor, 'move', from, into, chosen)
}

async function moveChosen(
  tx: Kysely<Tables>,
  actor: string,
  action: 'split' | 'move',
  from: string,
  into: string,
  chosen: Chosen,
): Promise<string> {
  const id = newId()
  const reports = await moveReports(tx, id, { issueId: from, chosen }, into)
  if (reports === 0) throw new IssueError('missing', say`issue ${from} has none of these reports`)
  const keys = 'fingerprints' in chosen ? await moveKeys(tx, from, into, chosen.fingerprints) : []
  await recountBoth(tx, from, into)
  return record(tx, { issueId: from, otherId: into, actor, action, detail: { keys, reports } }, id)
}

function chosenReports(tx: Kysely<Tables>, issueId: string, chosen: Chosen | undefined) {
  const all = tx.selectFrom('reports').where('issue_id', '=', issueId)
  if (chosen === undefined) return all
  const [column, values] =
    'fingerprints' in chosen ? (['fingerprint', chosen.fingerprints] as const) : (['id', chosen.reports] as const)
  if (values.length === 0 || values.length > MAX_CHOSEN) {
    throw new IssueError('malformed', say`give 1 to ${MAX_CHOSEN} of them, found ${values.length}`)
  }
  return all.where(column, 'in', values)
}

/** How many were moved; where they were is kept with the entry. */
async function moveReports(
  tx: Kysely<Tables>,
  historyId: string,
  which: { issueId: string; chosen?: Chosen },
  into: string,
): Promise<number> {
  await tx
    .insertInto('issue_moves')
    .columns(['history_id', 'report_id', 'from_issue', 'joined_by'])
    .expression(
      chosenReports(tx, which.issueId, which.chosen).select(each => [
        each.val(historyId).as('history_id'),
        'id',
        'issue_id',
        'joined_by',
      ]),
    )
    .execute()
  const moved = tx.selectFrom('issue_moves').select('report_id').where('history_id', '=', historyId)
  const { numUpdatedRows } = await tx
    .updateTable('reports')
    .set({ issue_id: into, joined_by: 'hand' })
    .where('id', 'in', moved)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

async function moveKeys(
  tx: Kysely<Tables>,
  from: string,
  into: string,
  fingerprints?: readonly string[],
): Promise<NonNullable<Detail['keys']>> {
  let query = tx.updateTable('issue_keys').set({ issue_id: into }).where('issue_id', '=', from)
  if (fingerprints !== undefined) {
    query = query.where('kind', '=', 'fingerprint').where('value', 'in', fingerprints)
  }
  const moved = await query.returning(['kind', 'value']).execute()
  return moved.map(({ kind, value }) => ({ kind: kind as 'fingerprint', value, from }))
}

async function recountBoth(tx: Kysely<Tables>, one: string, other: string): Promise<void> {
  await recount(tx, one)
  await recount(tx, other)
}
