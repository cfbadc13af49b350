// What the data say of an issue: its spread over hosts, models and kernels beside that of the whole fleet.

import { type Kysely, sql } from 'kysely'
import type { IssueTable, Tables } from '../store/tables.ts'
import { type Began, beganWith } from './began.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export interface Judgement {
  verdict: Verdict
  began?: Began
}

export async function judge(db: Kysely<Tables>, issue: IssueTable): Promise<Judgement> {
  const facet = (name: string) =>
    db.selectFrom('issue_facets').where('issue_id', '=', issue.id).where('facet', '=', name)
  const models = (await facet('model').select('value').execute()).map(({ value }) => value)
  const fleet = await db
    .selectFrom('hosts')
    .select(each => [
      each.fn.countAll<number>().as('hosts'),
      sql<number>`count(distinct hardware)`.as('models'),
      sql<number>`sum(case when hardware = ${models[0] ?? ''} then 1 else 0 end)`.as('sameModelHosts'),
    ])
    .executeTakeFirstOrThrow()
  const spread = { reports: issue.reports, hosts: issue.hosts, models: models.length, boots: await bootsOf(db, issue) }
  const known = { ...fleet, sameModelHosts: fleet.sameModelHosts ?? 0 }
  const releases = await facet('release').select(['value as release', 'reports']).execute()
  const began = beganWith(releases, await releasesOf(db))
  return { verdict: verdictOf(spread, known, issue.severity), ...(began === undefined ? {} : { began }) }
}

async function releasesOf(db: Kysely<Tables>): Promise<Map<string, number>> {
  const ran = await db.selectFrom('release_boots').selectAll().execute()
  return new Map(ran.map(({ release, boots }) => [release, boots]))
}

/** In how many boots it was seen. It matters only where one host has it: counting those of ten thousand takes too long. */
async function bootsOf(db: Kysely<Tables>, { id, hosts }: IssueTable): Promise<number> {
  if (hosts > 1) return hosts
  const boots = await db
    .selectFrom('reports')
    // What a host said without naming its boot counts as one.
    .select(sql<number>`count(distinct coalesce(boot_id, host_id))`.as('count'))
    .where('issue_id', '=', id)
    .executeTakeFirstOrThrow()
  return boots.count
}
