// Which records a route takes: by facility and level, subsystem, device, text, host; or which reports, by their kind.

import { RE2JS } from 're2js'
import type { LogRecord, Report } from '../../core/model.ts'
import { kindNames, severityNames } from '../../core/vocabulary.ts'
import { type PriorityMask, parsePriorities, SelectorError } from './priorities.ts'

export { SelectorError } from './priorities.ts'

export interface Selector {
  priorities: PriorityMask
  /** all of them must hold */
  conditions: readonly Condition[]
  /** the route takes whole reports of these kinds or severities; 'all' any */
  kinds?: ReadonlySet<string> | 'all'
}

export interface Condition {
  holds(record: LogRecord): boolean
}

/** printk's MESSAGE_LOGLEVEL_DEFAULT, for what came without a level. lib/Kconfig.debug */
const DEFAULT_LEVEL = 4
const KERNEL = 0
const USER = 1

/** Longest pattern and largest program; RE2's time is their product with the length of the text. */
const MAX_PATTERN_CHARACTERS = 1000
const MAX_PATTERN_PROGRAM = 20_000

export function facilityOf(record: LogRecord): number {
  return record.facility ?? (record.userSpace || record.tag !== undefined ? USER : KERNEL)
}

export const levelOf = (record: LogRecord): number => record.level ?? DEFAULT_LEVEL

export function selects(selector: Selector, record: LogRecord): boolean {
  // A facility beyond the known ones (up to 127 in kmsg) is nobody's but of those who ask for all.
  const mask = selector.priorities[facilityOf(record)] ?? selector.priorities[USER]!
  if ((mask & (1 << levelOf(record))) === 0) return false
  for (const condition of selector.conditions) if (!condition.holds(record)) return false
  return true
}

/** A report goes by its kind or severity; text and host are looked at too, facility and level are not: it has none. */
export function selectsReport(selector: Selector, report: Report): boolean {
  const { kinds } = selector
  if (kinds === undefined) return false
  if (kinds !== 'all' && !kinds.has(report.kind) && !kinds.has(report.severity)) return false
  if (selector.conditions.length === 0) return true
  const record: LogRecord = {
    text: report.text,
    line: report.lines.first,
    span: report.span,
    transport: report.source.transport ?? 'plain',
    host: report.source.host,
  }
  return selector.conditions.every(condition => condition.holds(record))
}

/** `key=a,b` and its opposite `key!=a,b`; `text~PATTERN` and `text!~PATTERN` */
const conditionShape = /^(?<key>[a-z]+)(?<operator>!?[=~])(?<value>.*)$/s

type Values = readonly string[]

/** What can be asked of a record beside its priority. To add one: a row here; docs/routes.md lists them. */
const listed: Record<string, (record: LogRecord) => string | undefined> = {
  subsystem: record => record.dictionary?.['SUBSYSTEM'],
  device: record => record.dictionary?.['DEVICE'],
  host: record => record.host,
  tag: record => record.tag,
}

export const conditionKeys = ['text', 'kind', ...Object.keys(listed)] as const

/** Is this word a condition (and not a target)? */
export function isCondition(word: string): boolean {
  const key = conditionShape.exec(word)?.groups?.['key']
  return key !== undefined && (conditionKeys as readonly string[]).includes(key)
}

/** The selector of these words: priorities first, or `*.*` where only conditions are given. Throws SelectorError. */
export function parseSelector(words: readonly string[]): Selector {
  const [first] = words
  if (first === undefined) throw new SelectorError('a selector such as kern.err was expected, found nothing')
  const withPriorities = !isCondition(first)
  const selector: Selector & { conditions: Condition[] } = {
    priorities: parsePriorities(withPriorities ? first : '*.*'),
    conditions: [],
  }
  for (const [index, word] of words.entries()) {
    if (index === 0 && withPriorities) continue
    const { key, operator, value } = conditionShape.exec(word)!.groups as Record<string, string>
    try {
      if (key === 'kind') selector.kinds = readKinds(operator!, value!)
      else selector.conditions.push(readCondition(key!, operator!, value!))
    } catch (error) {
      if (error instanceof SelectorError) error.word = index
      throw error
    }
  }
  return selector
}

function readKinds(operator: string, value: string): ReadonlySet<string> | 'all' {
  if (operator !== '=') throw new SelectorError(`kind${operator}: only kind=NAME[,NAME…] and kind=* are understood`)
  if (value === '*') return 'all'
  const names = splitValues('kind', value)
  const known: readonly string[] = [...kindNames, ...severityNames]
  const unknown = names.find(name => !known.includes(name))
  if (unknown === undefined) return new Set(names)
  throw new SelectorError(`kind=${unknown}: there is no such kind; there are ${[...new Set(known)].join(' ')} and *`)
}

function splitValues(key: string, value: string): Values {
  const values = value.split(',')
  if (values.includes('')) throw new SelectorError(`${key}=${value}: a name is missing`)
  return values
}

function readCondition(key: string, operator: string, value: string): Condition {
  const negated = operator.startsWith('!')
  if (key === 'text') return textCondition(operator.endsWith('~'), negated, value)
  if (operator.endsWith('~')) throw new SelectorError(`${key}${operator}: only text takes a pattern`)
  const read = listed[key]!
  const values = new Set(splitValues(key, value))
  return { holds: record => values.has(read(record) ?? '') !== negated }
}

function textCondition(isPattern: boolean, negated: boolean, value: string): Condition {
  if (value === '') throw new SelectorError('text=: a text to look for is missing')
  if (!isPattern) return { holds: record => record.text.includes(value) !== negated }
  const pattern = compile(value)
  return { holds: record => pattern.matcher(record.text).find() !== negated }
}

/** RE2 syntax: its time grows with the text only, whatever the pattern, so that no message can stall the capture. */
function compile(source: string): RE2JS {
  if (source.length > MAX_PATTERN_CHARACTERS) {
    throw new SelectorError(
      `text~: the pattern has ${source.length} characters, at most ${MAX_PATTERN_CHARACTERS} are taken`,
    )
  }
  let pattern: RE2JS
  try {
    pattern = RE2JS.compile(source)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new SelectorError(`text~${source}: not a pattern in RE2's syntax: ${detail}`)
  }
  if (pattern.programSize() > MAX_PATTERN_PROGRAM) {
    throw new SelectorError(
      `text~${source}: the pattern unfolds to more than ${MAX_PATTERN_PROGRAM} steps; make it simpler`,
    )
  }
  return pattern
}
