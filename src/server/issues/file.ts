// Files one report: into the issue that it belongs to, or a new one.

import type { Kysely } from 'kysely'
import { raiseAlerts } from '../alerts/raise.ts'
import { changesOf } from '../store/changes.ts'
import { newId } from '../store/id.ts'
import type { Tables } from '../store/tables.ts'
import type { TextIndex } from '../store/text-index.ts'
import { countReport } from './count.ts'
import { record } from './history.ts'
import { type JoinReason, type Keyed, keysOf, lookupsOf } from './keys.ts'
import { countMachine } from './machines.ts'
import { keep, setModules, withVersions } from './modules.ts'
import { type IssueState, stateAfter } from './state.ts'
import type { Summary } from './summary.ts'

export interface Filing {
  summary: Summary
  bundleId: string
  hostId: string
  /** kernel.random.boot_id of the boot that it is of */
  bootId?: string | undefined
  /** when it happened, ms since 1970 */
  at: number
  receivedAt: number
}

export interface Filed {
  reportId: string
  issueId: string
  joinedBy: JoinReason
  /** what it did to its issue; undefined: one more of the same */
  change?: 'new' | 'regressed'
}

/** In the transaction `tx`; all counts are right with it. */
export async function fileReport(tx: Kysely<Tables>, search: TextIndex, filing: Filing): Promise<Filed> {
  const { summary, bundleId, hostId, at, receivedAt } = filing
  const loaded = await withVersions(tx, hostId, summary.loaded)
  const modules = loaded === undefined ? null : await keep(tx, loaded)
  const facts = { ...summary.facts, modules }
  const found = await issueOf(tx, summary)
  const issueId = found?.issueId ?? (await beginIssue(tx, facts, at))
  const joinedBy = found?.reason ?? 'first'
  const { release, hardware, firmware, arch } = facts
  const machine = { hostId, bootId: filing.bootId, at, release, hardware, firmware, arch }
  const { boot, latest } = await countMachine(tx, machine)
  if (latest && loaded !== undefined) await setModules(tx, hostId, loaded)
  const reportId = newId()
  const row = { id: reportId, issue_id: issueId, bundle_id: bundleId, host_id: hostId, boot_id: boot, at }
  await tx
    .insertInto('reports')
    .values({ ...row, ...facts, received_at: receivedAt, joined_by: joinedBy, outlined_at: null, outlined_why: null })
    .execute()
  await tx.insertInto('report_bodies').values({ report_id: reportId, body: summary.body }).execute()
  if (joinedBy !== 'fingerprint') await addKeys(tx, search, summary, issueId)
  await countReport(tx, { ...facts, issue_id: issueId, host_id: hostId, at })
  const state = await settle(tx, issueId, at, release, reportId)
  const change = joinedBy === 'first' ? 'new' : state
  changesOf(tx).issues = true
  const filed: Filed = { reportId, issueId, joinedBy, ...(change === undefined ? {} : { change }) }
  await raiseAlerts(tx, filing, filed)
  return filed
}

async function issueOf(tx: Kysely<Tables>, keyed: Keyed): Promise<{ issueId: string; reason: JoinReason } | undefined> {
  for (const { kind, value, reason } of lookupsOf(keyed)) {
    const key = await tx
      .selectFrom('issue_keys')
      .select('issue_id')
      .where('kind', '=', kind)
      .where('value', '=', value)
      .executeTakeFirst()
    if (key !== undefined) return { issueId: key.issue_id, reason }
  }
  return undefined
}

async function beginIssue(tx: Kysely<Tables>, facts: Summary['facts'], at: number): Promise<string> {
  const id = newId()
  const { title, kind, severity, fatal } = facts
  const open = { state: 'new', fixed_in: null, note: null, merged_into: null }
  const counts = { reports: 0, hosts: 0, first_seen: at, last_seen: at }
  await tx
    .insertInto('issues')
    .values({ id, title, kind, severity, fatal, ...open, ...counts })
    .execute()
  return id
}

/** The issue is found by them from now on; a key that another issue has stays there. */
async function addKeys(tx: Kysely<Tables>, search: TextIndex, summary: Summary, issueId: string): Promise<void> {
  await tx
    .insertInto('issue_keys')
    .values(keysOf(summary).map(key => ({ ...key, issue_id: issueId })))
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await search.add(tx, summary.fingerprint, summary.title, summary.words)
}

/** Its state after this report. Gives 'regressed' when it became so just now. */
async function settle(
  tx: Kysely<Tables>,
  issueId: string,
  at: number,
  release: string | null,
  reportId: string,
): Promise<'regressed' | undefined> {
  const issue = await tx
    .selectFrom('issues')
    .select(['state', 'fixed_in', 'first_seen', 'note', 'merged_into'])
    .where('id', '=', issueId)
    .executeTakeFirstOrThrow()
  const { state, fixed_in, first_seen, note, merged_into } = issue
  const now = stateAfter({ state: state as IssueState, fixedIn: fixed_in, firstSeen: first_seen }, at, release)
  if (now === state) return undefined
  await tx.updateTable('issues').set({ state: now }).where('id', '=', issueId).execute()
  if (now !== 'regressed') return undefined
  const before = { [issueId]: { state, fixed_in, note, merged_into } }
  await record(tx, { issueId, actor: 'faultline', action: 'regressed', detail: { before, release, reportId } })
  return 'regressed'
}
