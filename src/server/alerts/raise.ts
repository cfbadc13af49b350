// A report that was filed → the alerts that it makes, in the same transaction: what was acknowledged is told of, also when
// the server is killed before it could.

import type { Kysely } from 'kysely'
import { say } from '../../core/say.ts'
import type { Filed, Filing } from '../issues/file.ts'
import { newId } from '../store/id.ts'
import type { Tables } from '../store/tables.ts'
import { spanText, type Told } from './message.ts'
import { type Filter, matches, type Occasion, type Subject } from './rule.ts'
import type { AlertRuleTable } from './tables.ts'

/** What makes an alert. */
interface Cause {
  subject: string
  why: string
}

export async function raiseAlerts(tx: Kysely<Tables>, filing: Filing, filed: Filed): Promise<void> {
  const rules = await tx.selectFrom('alert_rules').selectAll().where('enabled', '=', 1).execute()
  if (rules.length === 0) return
  const host = await tx.selectFrom('hosts').select('name').where('id', '=', filing.hostId).executeTakeFirstOrThrow()
  const subject: Subject = { issue: filed.issueId, host: host.name, ...filing.summary.subject }
  for (const rule of rules) {
    if (!matches(JSON.parse(rule.filter) as Filter, subject)) continue
    const cause = await causes[rule.occasion as Occasion]?.(tx, rule, filing, filed)
    if (cause === undefined) continue
    await raise(tx, rule, cause, subject, { at: filing.at, reportId: filed.reportId, hostId: filing.hostId })
  }
}

const causes: Partial<
  Record<
    Occasion,
    (tx: Kysely<Tables>, rule: AlertRuleTable, filing: Filing, filed: Filed) => Promise<Cause | undefined>
  >
> = {
  'new-issue': async (_tx, _rule, _filing, { change, issueId }) =>
    change === 'new' ? { subject: issueId, why: say`a new issue` } : undefined,
  regression: async (_tx, _rule, { summary }, { change, issueId, reportId }) =>
    change === 'regressed'
      ? {
          subject: `${issueId} ${reportId}`,
          why: say`came back with ${summary.subject.release ?? say`a kernel that should have the fix`}`,
        }
      : undefined,
  match: async (_tx, _rule, _filing, { issueId }) => ({
    subject: issueId,
    why: say`the first report that the rule asks for`,
  }),
  rate: async (tx, { count, window_ms }, { receivedAt }, { issueId }) => {
    // No more are counted than are needed.
    const recent = await tx
      .selectFrom('reports')
      .select('id')
      .where('issue_id', '=', issueId)
      .where('at', '>', receivedAt - window_ms)
      .limit(count)
      .execute()
    return recent.length < count
      ? undefined
      : { subject: issueId, why: say`${count} reports or more in ${spanText(window_ms)}` }
  },
}

/** One alert for one subject; of a rate, one for each window. A silence keeps it from being sent, not from being noted. */
export async function raise(
  tx: Kysely<Tables>,
  rule: AlertRuleTable,
  { subject: key, why }: Cause,
  subject: Subject,
  { at, reportId, hostId }: { at: number; reportId: string; hostId: string },
): Promise<void> {
  const now = Date.now()
  const earlier = await tx
    .selectFrom('alerts')
    .select('id')
    .where('rule_id', '=', rule.id)
    .where('subject', '=', key)
    .where('at', '>', rule.occasion === 'rate' ? now - rule.window_ms : 0)
    .limit(1)
    .executeTakeFirst()
  if (earlier !== undefined) return
  const { issue, host, ...rest } = subject
  const told: Told = {
    rule: rule.name,
    occasion: rule.occasion as Occasion,
    why,
    at,
    issue,
    report: reportId,
    host,
    ...rest,
  }
  const silence = await silenceOf(tx, subject, now)
  const id = newId()
  await tx
    .insertInto('alerts')
    .values({
      id,
      rule_id: rule.id,
      subject: key,
      at: now,
      issue_id: issue,
      report_id: reportId,
      host_id: hostId,
      silence_id: silence ?? null,
      told: JSON.stringify(told),
    })
    .execute()
  if (silence !== undefined) return
  const due = rule.digest_ms === 0 ? now : (Math.floor(now / rule.digest_ms) + 1) * rule.digest_ms
  for (const channel of JSON.parse(rule.channels) as string[]) {
    const row = { id: newId(), alert_id: id, rule_id: rule.id, channel_id: channel, due_at: due, tries: 0 }
    await tx
      .insertInto('alert_sends')
      .values({ ...row, state: 'waiting', ended_at: null, error: null })
      .execute()
  }
}

async function silenceOf(tx: Kysely<Tables>, subject: Subject, now: number): Promise<string | undefined> {
  const silences = await tx.selectFrom('alert_silences').selectAll().where('until', '>', now).execute()
  return silences.find(({ filter }) => matches(JSON.parse(filter) as Filter, subject))?.id
}
