// Points in time as people write them: `2026-11-29 16:34`, `yesterday`, `-5min`, `2 hours ago`, `@1348331662`.

const SECOND = 1_000_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Units of a span; a name is taken that the text begins with, so "5minutes" comes before "5m". In microseconds. */
const units: readonly (readonly [string, number])[] = [
  ['seconds', SECOND],
  ['second', SECOND],
  ['sec', SECOND],
  ['s', SECOND],
  ['minutes', MINUTE],
  ['minute', MINUTE],
  ['min', MINUTE],
  ['months', 2_629_800 * SECOND],
  ['month', 2_629_800 * SECOND],
  ['msec', 1000],
  ['ms', 1000],
  ['m', MINUTE],
  ['hours', HOUR],
  ['hour', HOUR],
  ['hr', HOUR],
  ['h', HOUR],
  ['days', DAY],
  ['day', DAY],
  ['d', DAY],
  ['weeks', 7 * DAY],
  ['week', 7 * DAY],
  ['w', 7 * DAY],
  ['years', 31_557_600 * SECOND],
  ['year', 31_557_600 * SECOND],
  ['y', 31_557_600 * SECOND],
  ['usec', 1],
  ['us', 1],
  ['', SECOND],
]

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** `5min`, `1h 30.5 min`: microseconds; undefined for what is none. */
function readSpan(text: string): number | undefined {
  let total = 0
  let at = 0
  let something = false
  const amount = /\s*(?<whole>\d{1,15})?(?:\.(?<part>\d{1,15}))?\s*/y
  while (text.slice(at).trim() !== '') {
    amount.lastIndex = at
    const { whole, part } = amount.exec(text)!.groups as Record<string, string | undefined>
    if (whole === undefined && part === undefined) return undefined
    at = amount.lastIndex
    const [name, micros] = units.find(([each]) => text.startsWith(each, at))!
    total += Number(whole ?? 0) * micros + Math.floor(Number(`0.${part ?? 0}`) * micros)
    at += name.length
    something = true
  }
  return something ? total : undefined
}

interface Fields {
  year: number
  /** from 0 */
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

const date = '(?<year>\\d{1,4})-(?<month>\\d{1,2})-(?<day>\\d{1,2})'
const clock = '(?<hour>\\d{1,2}):(?<minute>\\d{1,2})'
const seconds = ':(?<second>\\d{1,2})(?:[.,](?<part>\\d{1,6}))?'

/** util-linux, lib/timeutils.c, ul_parse_timestamp(): the forms that it takes. */
const forms: readonly RegExp[] = [
  new RegExp(`^${date}[ T]${clock}${seconds}$`),
  new RegExp(`^${date} ${clock}$`),
  new RegExp(`^${date}$`),
  new RegExp(`^${clock}(?:${seconds})?$`),
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)(?:[.,](?<part>\d{1,6}))?$/,
]

const limits: Record<keyof Fields, readonly [number, number]> = {
  year: [0, 9999],
  month: [0, 11],
  day: [1, 31],
  hour: [0, 23],
  minute: [0, 59],
  second: [0, 60],
}

const fieldsOf = (now: Date): Fields => ({
  year: now.getFullYear(),
  month: now.getMonth(),
  day: now.getDate(),
  hour: now.getHours(),
  minute: now.getMinutes(),
  second: now.getSeconds(),
})

const millisOf = ({ year, month, day, hour, minute, second }: Fields): number =>
  new Date(year, month, day, hour, minute, second).getTime()

/** Microseconds since 1970, in local time where no other is said; undefined for what is no time. `nowMs`: since 1970. */
export function readTime(text: string, nowMs: number): number | undefined {
  const now = Math.floor(nowMs / 1000) * SECOND
  const today = fieldsOf(new Date(nowMs))
  const midnight = (days: number): number =>
    millisOf({ ...today, day: today.day + days, hour: 0, minute: 0, second: 0 }) * 1000
  if (text === 'now') return now
  if (text === 'today') return midnight(0)
  if (text === 'yesterday') return midnight(-1)
  if (text === 'tomorrow') return midnight(1)
  if (text.startsWith('+')) return added(now, readSpan(text.slice(1)), 1)
  if (text.startsWith('-')) return added(now, readSpan(text.slice(1)), -1)
  if (text.endsWith(' ago')) return added(now, readSpan(text.slice(0, -4)), -1)
  const epoch = /^@(\d{1,12})(?:[.,](\d{1,6}))?$/.exec(text)
  if (epoch !== null) return Number(epoch[1]) * SECOND + partOf(epoch[2])
  return readDate(text, today)
}

const added = (now: number, span: number | undefined, sign: number): number | undefined =>
  span === undefined ? undefined : Math.max(0, now + sign * span)

const partOf = (digits: string | undefined): number => Number((digits ?? '').padEnd(6, '0'))

function readDate(text: string, today: Fields): number | undefined {
  const { weekday, rest } = /^(?:(?<weekday>[a-z]+) )?(?<rest>.*)$/is.exec(text)!.groups as Record<string, string>
  const named = weekday === undefined ? -1 : weekdays.findIndex(name => isNameOf(weekday, name))
  if (weekday !== undefined && named < 0) return undefined
  const found = forms.map(form => form.exec(rest!)?.groups).find(groups => groups !== undefined)
  if (found === undefined) return undefined
  const fields = { ...today, second: 0 }
  if (found['hour'] === undefined) Object.assign(fields, { hour: 0, minute: 0 })
  for (const key of Object.keys(limits) as (keyof Fields)[]) {
    if (found[key] === undefined) continue
    const value = key === 'year' ? fullYear(found[key]) : Number(found[key]) - (key === 'month' ? 1 : 0)
    if (value < limits[key][0] || value > limits[key][1]) return undefined
    fields[key] = value
  }
  const millis = millisOf(fields)
  if (named >= 0 && new Date(millis).getDay() !== named) return undefined
  return millis * 1000 + partOf(found['part'])
}

const isNameOf = (text: string, name: string): boolean =>
  text.toLowerCase() === name || text.toLowerCase() === name.slice(0, 3)

/** strptime(3), %y: 69 to 99 are of the last century */
const fullYear = (text: string): number => {
  const year = Number(text)
  return text.length > 2 ? year : year < 69 ? 2000 + year : 1900 + year
}
