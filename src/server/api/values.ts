// Values by which issues can be filtered, for those who do not know their names by heart.

import { type RawBuilder, sql } from 'kysely'
import { likeItself } from '../store/like.ts'
import type { Store } from '../store/store.ts'
import type { valueNames } from './overview-schema.ts'

type ValueName = (typeof valueNames)[number]

const MAX_VALUES = 100

/** Each gives `value` and how `often`. Tables that have few rows are asked, never the reports. */
const sources: Record<ValueName, RawBuilder<unknown>> = {
  kind: sql`select kind as value, count(*) as often from issues group by kind`,
  release: sql`select release as value, boots as often from release_boots`,
  model: sql`select hardware as value, count(*) as often from hosts where hardware is not null group by hardware`,
  firmware: sql`select firmware as value, sum(boots) as often from machine_boots group by firmware`,
  arch: sql`select arch as value, count(*) as often from hosts where arch is not null group by arch`,
  module: sql`select value, count(*) as often from issue_facets where facet = 'module' group by value`,
  host: sql`select name as value, 1 as often from hosts`,
}

/** The most frequent that begin so, upper or lower case alike. */
export async function valuesOf({ db }: Store, of: ValueName, begins: string): Promise<string[]> {
  const like = `${likeItself(begins.toLowerCase())}%`
  const { rows } = await sql<{ value: string }>`select value from (${sources[of]}) as found
    where lower(value) like ${like} escape '\\' order by often desc, value limit ${sql.lit(MAX_VALUES)}`.execute(db)
  return rows.map(({ value }) => value)
}
