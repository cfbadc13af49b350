// Numbers and times as the reader's language writes them.

import { languageTag } from './index.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export const count = (value: number): string => value.toLocaleString(languageTag())

/** 12 345 as "12k": in charts and lists, where digits would crowd. */
export const short = (value: number): string =>
  value < 10_000
    ? count(value)
    : new Intl.NumberFormat(languageTag(), { notation: 'compact', maximumFractionDigits: 1 }).format(value)

/** Local date and time, to the second. */
export const dateTime = (at: number): string =>
  new Intl.DateTimeFormat(languageTag(), { dateStyle: 'medium', timeStyle: 'medium' }).format(at)

export const dateOf = (at: number): string => new Intl.DateTimeFormat(languageTag(), { dateStyle: 'medium' }).format(at)

/** "3 min. ago"; beyond a month, the date. */
export function ago(at: number, now: number): string {
  const age = Math.max(0, now - at)
  const units: [limit: number, size: number, unit: Intl.RelativeTimeFormatUnit][] = [
    [minuteMs, 1000, 'second'],
    [hourMs, minuteMs, 'minute'],
    [dayMs, hourMs, 'hour'],
    [31 * dayMs, dayMs, 'day'],
  ]
  const found = units.find(([limit]) => age < limit)
  if (found === undefined) return dateOf(at)
  const format = new Intl.RelativeTimeFormat(languageTag(), { style: 'narrow', numeric: 'auto' })
  return format.format(-Math.floor(age / found[1]), found[2])
}
