// What the data say of an issue: its spread over hosts, models, firmware, kernels and modules beside that of the whole fleet.

import { type Kysely, sql } from 'kysely'
import type { IssueTable, Tables } from '../store/tables.ts'
import { type Began, beganWithin, beganWithModule } from './began.ts'
import type { countedFacets } from './facets.ts'
import { modulesOf, nameOf } from './modules.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export interface Judgement {
  verdict: Verdict
  began: Began[]
}

/** Of each facet, the most frequent. */
const MAX_VALUES = 200
/** Sets of modules that are compared: more would take longer than the page. */
const MAX_SETS = 50

export async function judge(db: Kysely<Tables>, issue: IssueTable): Promise<Judgement> {
  const models = await valuesOf(db, issue, 'model')
  const fleet = await db
    .selectFrom('hosts')
    .select(each => [
      each.fn.countAll<number>().as('hosts'),
      sql<number>`count(distinct hardware)`.as('models'),
      sql<number>`sum(case when hardware = ${models[0] ?? ''} then 1 else 0 end)`.as('sameModelHosts'),
      sql<number>`count(modules)`.as('withModules'),
    ])
    .executeTakeFirstOrThrow()
  const spread = { reports: issue.reports, hosts: issue.hosts, models: models.length, boots: await bootsOf(db, issue) }
  const known = { ...fleet, sameModelHosts: fleet.sameModelHosts ?? 0 }
  const releases = await valuesOf(db, issue, 'release')
  const began = [
    beganWithin('kernel', releases, await releasesOf(db), spread.boots),
    await firmwareOf(db, issue, { models, releases, boots: spread.boots }),
    await moduleOf(db, issue, fleet.withModules),
  ]
  return {
    verdict: verdictOf(spread, known, issue.severity),
    began: began.filter(each => each !== undefined),
  }
}

async function valuesOf(
  db: Kysely<Tables>,
  { id }: IssueTable,
  facet: keyof typeof countedFacets,
  limit = MAX_VALUES,
): Promise<string[]> {
  const rows = db.selectFrom('issue_facets').select('value').where('issue_id', '=', id).where('facet', '=', facet)
  return (await rows.orderBy('reports', 'desc').orderBy('value').limit(limit).execute()).map(({ value }) => value)
}

async function releasesOf(db: Kysely<Tables>): Promise<Map<string, number>> {
  const ran = await db.selectFrom('release_boots').selectAll().execute()
  return new Map(ran.map(({ release, boots }) => [release, boots]))
}

/** Boots of the same models with the same kernels are what its firmware is compared by. */
async function firmwareOf(
  db: Kysely<Tables>,
  issue: IssueTable,
  { models, releases, boots }: { models: readonly string[]; releases: readonly string[]; boots: number },
): Promise<Began | undefined> {
  const having = await valuesOf(db, issue, 'firmware')
  if (having.length === 0 || models.length === 0 || releases.length === 0) return undefined
  const rows = await db
    .selectFrom('machine_boots')
    .select(each => ['firmware', each.fn.sum<number>('boots').as('boots')])
    .where('model', 'in', models)
    .where('release', 'in', releases)
    .groupBy('firmware')
    .execute()
  return beganWithin('firmware', having, new Map(rows.map(row => [row.firmware, row.boots])), boots)
}

async function moduleOf(db: Kysely<Tables>, issue: IssueTable, known: number): Promise<Began | undefined> {
  const sets = await valuesOf(db, issue, 'loaded', MAX_SETS)
  const [first, ...others] = await Promise.all(sets.map(hash => modulesOf(db, hash)))
  if (first === undefined) return undefined
  const common = others.map(each => new Set(each)).reduce((left, set) => left.filter(each => set.has(each)), [...first])
  if (common.length === 0) return undefined
  const rows = await db.selectFrom('module_hosts').selectAll().where('module', 'in', common).execute()
  const hosts = new Map(rows.map(row => [row.module, row.hosts]))
  const versions = common.filter(each => each !== nameOf(each))
  for (const name of new Set(versions.map(nameOf))) {
    const others = db
      .selectFrom('module_hosts')
      .selectAll()
      .where('module', '>', `${name} `)
      .where('module', '<', `${name}!`)
    for (const row of await others.execute()) hosts.set(row.module, row.hosts)
  }
  const [blamed] = await valuesOf(db, issue, 'module', 1)
  return beganWithModule({ common, having: issue.hosts, hosts, known, blamed })
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
