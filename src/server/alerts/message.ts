// An alert in words, the same for all channels.

import { say } from '../../core/say.ts'
import type { Occasion } from './rule.ts'

const units = [
  [86_400_000, say`1 day`, (count: number) => say`${count} days`],
  [3_600_000, say`1 hour`, (count: number) => say`${count} hours`],
  [60_000, say`1 minute`, (count: number) => say`${count} minutes`],
  [1000, say`1 second`, (count: number) => say`${count} seconds`],
] as const

/** "90 minutes", "1 day": in the largest unit that leaves no rest. */
export function spanText(ms: number): string {
  const [size, one, many] = units.find(([each]) => ms >= each && ms % each === 0) ?? units[3]
  return ms === size ? one : many(ms / size)
}

/** What is known of an alert when it is made. */
export interface Told {
  rule: string
  occasion: Occasion
  why: string
  /** when it happened, ms since 1970 */
  at: number
  issue: string
  report: string
  title: string
  kind: string
  severity: string
  fatal: boolean
  host: string
  release?: string | undefined
  module?: string | undefined
}

export interface Alert extends Told {
  /** of the alert: the same when it is sent again */
  id: string
  /** what it is about: the same for all alerts of one issue */
  subject: string
  /** of the issue in the UI; absent where the server does not know its own address */
  url?: string
}

/** One message: one alert, or all of a digest. */
export interface Message {
  rule: string
  alerts: readonly [Alert, ...Alert[]]
  digestMs: number
}

const occasionWords: Record<Occasion, string> = {
  'new-issue': 'New',
  regression: 'Regressed',
  match: 'Seen',
  rate: 'Frequent',
  'host-dead': 'Host silent',
}

export const headline = ({ alerts, rule, digestMs }: Message): string =>
  alerts.length === 1 && digestMs === 0
    ? `${occasionWords[alerts[0].occasion]}: ${alerts[0].title} on ${alerts[0].host}`
    : `${alerts.length} ${alerts.length === 1 ? 'alert' : 'alerts'} of "${rule}" in ${spanText(digestMs)}`

/** A line for each, with what an engineer asks first. */
export const line = ({ occasion, title, host, release, why, at, fatal }: Alert): string =>
  [
    `${occasionWords[occasion]}: ${title}`,
    `${fatal ? 'took down ' : ''}${host}${release === undefined ? '' : `, ${release}`}`,
    new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
    why,
  ].join(' · ')

/** Plain text, for mail and for all that shows text. */
export const bodyText = ({ alerts }: Message): string =>
  alerts.map(alert => `${line(alert)}${alert.url === undefined ? '' : `\n  ${alert.url}`}`).join('\n\n')
