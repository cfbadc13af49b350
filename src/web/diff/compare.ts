// What of two reports is set beside each other, and by what two lines of logs are the same.

import type { Frame, Report } from '../../core/model.ts'
import { outlineOf, type Section } from '../../core/render/outline.ts'
import { frameWithModule, placeText } from '../../core/render/wording.ts'

/** Lines of a log that are compared. */
const MAX_LINES = 4000

/** What changes from one run of the same code to the next: time, caller, addresses, process, CPU. */
const varying: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/^(?:<\d+>)?\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? ?/, ''],
  [/\b0x[0-9a-f]+\b/gi, '#'],
  [/\b[0-9a-f]{8,16}\b/gi, '#'],
  [/\b(PID|CPU|UID|TGID)(: ?)\d+/gi, '$1$2#'],
  [/\/\d+(?=[\s:,]|$)/g, '/#'],
]

export const sameLine = (line: string): string =>
  varying.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line).trimEnd()

export const linesOf = ({ text }: Report): string[] => text.replace(/\n$/, '').split('\n').slice(0, MAX_LINES)

export interface Compared {
  name: string
  one: string | undefined
  other: string | undefined
}

/** Two lists of names and values, in the order of the first, then what only the second has. */
function beside(
  one: readonly (readonly [string, string])[],
  other: readonly (readonly [string, string])[],
): Compared[] {
  const others = new Map(other)
  const names = new Set([...one.map(([name]) => name), ...others.keys()])
  const ones = new Map(one)
  return [...names].map(name => ({ name, one: ones.get(name), other: others.get(name) }))
}

/** Facts that are others each time. */
const ofTheRun = new Set(['when', 'log'])

export function factsBeside(one: Report, other: Report): Compared[] {
  const rows = (report: Report) => {
    const { title, kind, severity, facts } = outlineOf(report)
    const of = facts
      .filter(({ label }) => !ofTheRun.has(label))
      .map(({ label, value, extra }) => [label, extra === undefined ? value : `${value} ${extra}`] as const)
    return [['title', title] as const, ['kind', `${severity}, ${kind}`] as const, ...of]
  }
  return beside(rows(one), rows(other))
}

export function registersBeside(one: Report, other: Report): Compared[] {
  const rows = (report: Report) => {
    const found = outlineOf(report).sections.find(
      (each): each is Section & { form: 'registers' } => each.form === 'registers',
    )
    return (found?.view.values ?? []).map(({ name, digits }) => [name, digits] as const)
  }
  // Those of another architecture have nothing to stand beside.
  return beside(rows(one), rows(other)).filter(each => each.one !== undefined && each.other !== undefined)
}

export const framesOf = ({ traces }: Report): Frame[] => traces?.[0]?.frames ?? []
export const sameFrame = ({ symbol, module, address }: Frame): string =>
  symbol === undefined ? (address ?? '?') : `${symbol.replace(/\.(?:isra|constprop|part|cold).*$/, '')} ${module ?? ''}`

export function frameText(frame: Frame): string {
  const place = placeText(frame.place)
  return `${frame.reliable === false ? '? ' : ''}${frameWithModule(frame)}${place === undefined ? '' : `  ${place}`}`
}
