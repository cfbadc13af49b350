// What a person wants to know first: how much of what, since when, and who is in trouble.

import { sql } from 'kysely'
import type { z } from 'zod'
import { issueStates } from '../issues/state.ts'
import { HALF_DAY_MS } from '../store/migrations/010-counts.ts'
import type { Store } from '../store/store.ts'
import type { overviewSchema } from './overview-schema.ts'
import { hostOf, issueOf, reportOf } from './present.ts'

type Overview = z.input<typeof overviewSchema>

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
/** Points of the chart, at most. */
const MAX_BUCKETS = 60
/** Kinds and releases with a colour of their own. */
const MAX_SERIES = 7
const MAX_TOP = 10
const MAX_LATEST = 20
/** The same answer is given again for so long: many who look cost as much as one. */
const FRESH_MS = 500

const openStates = issueStates.filter(state => ['new', 'recurring', 'regressed'].includes(state))

/** The lines of the chart: counts of many hours. */
interface Series {
  kinds: Overview['kinds']
  releases: Overview['releases']
}

/** They are given again for so many times as long as they took to count: of a small store they are always new. */
const SERIES_FRESH = 50
const MAX_SERIES_FRESH_MS = 60 * 1000

/** Asks the store, not more often than twice a second for each span. */
export class Overviews {
  readonly #store: Store
  readonly #series = new Map<string, { until: number; series: Series }>()
  readonly #made = new Map<number, { at: number; overview: Promise<Overview> }>()

  constructor(store: Store) {
    this.#store = store
  }

  get(hours: number, now = Date.now()): Promise<Overview> {
    const made = this.#made.get(hours)
    if (made !== undefined && now - made.at < FRESH_MS) return made.overview
    const overview = overviewOf(this.#store, hours, now, spread => this.#seriesOf(spread))
    this.#made.set(hours, { at: now, overview })
    overview.catch(() => this.#made.delete(hours))
    return overview
  }

  async #seriesOf(spread: Spread): Promise<Series> {
    const key = `${spread.since} ${spread.size}`
    const known = this.#series.get(key)
    if (known !== undefined && performance.now() < known.until) return known.series
    const began = performance.now()
    const series = await countSeries(this.#store.db, spread)
    const fresh = Math.min(MAX_SERIES_FRESH_MS, (performance.now() - began) * SERIES_FRESH)
    // Each hour has its own key; those of the last are of no use.
    for (const [other, { until }] of this.#series) if (performance.now() >= until) this.#series.delete(other)
    this.#series.set(key, { until: performance.now() + fresh, series })
    return series
  }
}

interface Spread {
  since: number
  bucketMs: number
  size: number
  /** whose counts are enough for it */
  table: 'hour_counts' | 'half_day_counts'
}

/** Buckets of twelve hours and more are whole half days of UTC, which are counted already. */
function spreadOf(hours: number, now: number): Spread {
  const width = Math.ceil(hours / MAX_BUCKETS) * HOUR_MS
  const [table, unit] =
    width < HALF_DAY_MS ? (['hour_counts', HOUR_MS] as const) : (['half_day_counts', HALF_DAY_MS] as const)
  const bucketMs = Math.ceil(width / unit) * unit
  const size = Math.ceil((hours * HOUR_MS) / bucketMs)
  const end = Math.floor(now / unit) * unit + unit
  return { since: end - size * bucketMs, bucketMs, size, table }
}

async function countSeries(db: Store['db'], spread: Spread): Promise<Series> {
  return { kinds: await seriesOf(db, 'kind', spread), releases: await seriesOf(db, 'release', spread) }
}

/** The last bucket ends with the hour or half day that is under way. */
export async function overviewOf(
  { db }: Store,
  hours: number,
  now: number,
  count: (spread: Spread) => Promise<Series> = spread => countSeries(db, spread),
): Promise<Overview> {
  const spread = spreadOf(hours, now)
  const { since, bucketMs, size } = spread
  const day = now - DAY_MS
  return {
    at: now,
    since,
    bucketMs,
    buckets: Array.from({ length: size }, (_, index) => since + index * bucketMs),
    ...(await count(spread)),
    counts: await countsOf(db, spread, day),
    top: await topOf(db, day),
    trouble: await troubleOf(db, day),
    latest: await latestOf(db),
  }
}

async function seriesOf(
  db: Store['db'],
  what: 'kind' | 'release',
  { since, bucketMs, size, table }: Spread,
): Promise<Overview['kinds']> {
  const bucket = sql<number>`(hour - ${since}) / ${sql.lit(bucketMs)}`
  const rows = await db
    .selectFrom(table)
    .select(each => [bucket.as('bucket'), 'value', each.fn.sum<number>('reports').as('reports')])
    .where('what', '=', what)
    .where('hour', '>=', since)
    .groupBy(['bucket', 'value'])
    .execute()
  const series = new Map<string, number[]>()
  for (const { bucket: at, value, reports } of rows) {
    const counts = series.get(value) ?? Array.from({ length: size }, () => 0)
    series.set(value, counts)
    // A report of the future, by a host whose clock is wrong, stands in the last.
    const index = Math.min(size - 1, Math.floor(Number(at)))
    counts[index] = (counts[index] ?? 0) + reports
  }
  const total = (counts: readonly number[]): number => counts.reduce((sum, each) => sum + each, 0)
  const sorted = [...series].map(([value, counts]) => ({ value, counts, total: total(counts) }))
  sorted.sort((one, other) => other.total - one.total || (one.value < other.value ? -1 : 1))
  const shown = sorted.slice(0, MAX_SERIES).map(({ value, counts }) => ({ value, counts }))
  const rest = sorted.slice(MAX_SERIES)
  if (rest.length === 0) return shown
  const counts = Array.from({ length: size }, (_, index) => total(rest.map(each => each.counts[index] ?? 0)))
  return [...shown, { value: '…', counts }]
}

async function countsOf(db: Store['db'], { since, table }: Spread, day: number): Promise<Overview['counts']> {
  const issues = db.selectFrom('issues').where('merged_into', 'is', null)
  const number = async (query: { executeTakeFirst(): Promise<{ count: number | null } | undefined> }) =>
    Number((await query.executeTakeFirst())?.count ?? 0)
  const all = sql<number>`count(*)`.as('count')
  return {
    reports: await number(
      db
        .selectFrom(table)
        .select(each => each.fn.sum<number>('reports').as('count'))
        .where('what', '=', 'kind')
        .where('hour', '>=', since),
    ),
    newIssues: await number(issues.select(all).where('first_seen', '>=', since)),
    openIssues: await number(issues.select(all).where('state', 'in', openStates)),
    regressedIssues: await number(issues.select(all).where('state', '=', 'regressed')),
    hosts: await number(db.selectFrom('hosts').select(all)),
    troubledHosts: await number(
      db
        .selectFrom('reports')
        .select(sql<number>`count(distinct ${ofDay('host_id')})`.as('count'))
        .where('at', '>=', day),
    ),
  }
}

/**
 * A column to group the reports of a day by. As it stands, a database would rather go through all reports in the order of
 * that column than sort those few.
 */
const ofDay = (column: 'issue_id' | 'host_id') => sql<string>`${sql.ref(column)} || ''`

async function topOf(db: Store['db'], day: number): Promise<Overview['top']> {
  const rows = await db
    .selectFrom(
      db
        .selectFrom('reports')
        .select([ofDay('issue_id').as('issue_id'), sql<number>`count(*)`.as('recent')])
        .where('at', '>=', day)
        .groupBy(ofDay('issue_id'))
        .as('seen'),
    )
    .innerJoin('issues', 'issues.id', 'seen.issue_id')
    .selectAll('issues')
    .select('recent')
    // What somebody has said to be known or of no interest is not news.
    .where('state', 'in', [...openStates, 'fixed'])
    .orderBy('recent', 'desc')
    .orderBy('last_seen', 'desc')
    .orderBy('id', 'desc')
    .limit(MAX_TOP)
    .execute()
  return rows.map(row => ({ ...issueOf(row), recent: row.recent })) as Overview['top']
}

async function troubleOf(db: Store['db'], day: number): Promise<Overview['trouble']> {
  const rows = await db
    .selectFrom(
      db
        .selectFrom('reports')
        .select(each => [
          ofDay('host_id').as('host_id'),
          sql<number>`count(*)`.as('recent'),
          each.fn.sum<number>('fatal').as('fatal'),
        ])
        .where('at', '>=', day)
        .groupBy(ofDay('host_id'))
        .orderBy('fatal', 'desc')
        .orderBy('recent', 'desc')
        .orderBy('host_id')
        .limit(MAX_TOP)
        .as('seen'),
    )
    .innerJoin('hosts', 'hosts.id', 'seen.host_id')
    .selectAll('hosts')
    .select(['recent', 'fatal'])
    .orderBy('fatal', 'desc')
    .orderBy('recent', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(row => ({ ...hostOf(row), recent: row.recent, fatal: row.fatal })) as Overview['trouble']
}

async function latestOf(db: Store['db']): Promise<Overview['latest']> {
  const rows = await db
    .selectFrom('reports')
    .innerJoin('hosts', 'hosts.id', 'reports.host_id')
    .selectAll('reports')
    .select('hosts.name as host_name')
    .orderBy('reports.id', 'desc')
    .limit(MAX_LATEST)
    .execute()
  return rows.map(reportOf) as Overview['latest']
}
