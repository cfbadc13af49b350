// What the options of dmesg(1) ask for, as one value. Messages are util-linux's where it has one.

import { facilityNames, levelNames } from './printer.ts'
import { readTime } from './since.ts'
import type { TimeFormat } from './times.ts'

/** The options as commander leaves them. */
export interface DmesgOptions {
  clear?: true
  readClear?: true
  consoleOff?: true
  consoleOn?: true
  consoleLevel?: string
  showDelta?: true
  reltime?: true
  ctime?: true
  notime?: true
  /** names of times, in the order in which options asked for them */
  times?: string[]
  file?: string
  kmsgFile?: string
  facility?: string
  level?: string
  human?: true
  json?: true
  kernel?: true
  userspace?: true
  color?: string | boolean
  nopager?: true
  forcePrefix?: true
  raw?: true
  noescape?: true
  ringSize?: true
  syslog?: true
  bufferSize?: string
  follow?: true
  followNew?: true
  decode?: true
  since?: string
  until?: string
  explain?: true
}

export class RequestError extends Error {}

export type Action = 'read' | 'read-clear' | 'clear' | 'console-off' | 'console-on' | 'console-level'

/** Options of which no two go together: util-linux's list. */
const exclusive: readonly (readonly (keyof DmesgOptions)[])[] = [
  ['clear', 'consoleOff', 'consoleOn', 'readClear', 'consoleLevel', 'raw'],
  ['file', 'kmsgFile'],
  ['human', 'raw'],
  ['color', 'raw'],
  ['syslog', 'follow'],
  ['ctime', 'raw'],
  ['showDelta', 'raw'],
  ['reltime', 'raw'],
  ['raw', 'decode'],
  ['raw', 'notime'],
]

const optionName = (key: keyof DmesgOptions): string =>
  `--${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

/** Throws RequestError for options that contradict each other. */
export function checkExclusive(options: DmesgOptions): void {
  for (const group of exclusive) {
    const given = group.filter(key => options[key] !== undefined)
    if (given.length > 1) throw new RequestError(`mutually exclusive arguments: ${given.map(optionName).join(' ')}`)
  }
}

const actions: Partial<Record<keyof DmesgOptions, Action>> = {
  clear: 'clear',
  readClear: 'read-clear',
  consoleOff: 'console-off',
  consoleOn: 'console-on',
  consoleLevel: 'console-level',
}

export function actionOf(options: DmesgOptions): Action {
  const asked = (Object.keys(actions) as (keyof DmesgOptions)[]).find(key => options[key] !== undefined)
  return asked === undefined ? 'read' : actions[asked]!
}

const otherLevels: Record<string, string> = { panic: 'emerg', error: 'err', warning: 'warn' }

function numberOf(names: readonly string[], text: string, what: string): number {
  const lower = text.toLowerCase()
  const number = /^\d+$/.test(text)
    ? Number(text)
    : names.indexOf(what === 'level' ? (otherLevels[lower] ?? lower) : lower)
  if (number < 0 || number >= names.length) {
    throw new RequestError(`unknown ${what} '${text}'; there are ${names.join(' ')}`)
  }
  return number
}

/** `err,warn`, `err+` (and worse), `+err` (and less bad). */
export function readLevels(list: string): Set<number> {
  const levels = new Set<number>()
  for (const item of list.split(',')) {
    const number = numberOf(levelNames, item.replace(/^\+|\+$/, ''), 'level')
    levels.add(number)
    if (item.endsWith('+')) for (let level = 0; level < number; level++) levels.add(level)
    else if (item.startsWith('+')) for (let level = number + 1; level < levelNames.length; level++) levels.add(level)
  }
  return levels
}

const KERNEL = 0

export function readFacilities({ facility, kernel, userspace }: DmesgOptions): Set<number> | undefined {
  if (facility === undefined && !kernel && !userspace) return undefined
  const facilities = new Set<number>()
  for (const item of facility?.split(',') ?? []) facilities.add(numberOf(facilityNames, item, 'facility'))
  if (kernel) facilities.add(KERNEL)
  if (userspace) for (const number of facilityNames.keys()) if (number !== KERNEL) facilities.add(number)
  return facilities
}

/** A level's name or 1 to 8: what is worse than this goes to the console. syslog(2), SYSLOG_ACTION_CONSOLE_LEVEL */
export function readConsoleLevel(text: string): number {
  if (/^\d+$/.test(text)) {
    const number = Number(text)
    if (number >= 1 && number <= levelNames.length) return number
    throw new RequestError(`unknown level '${text}'; 1 to 8 or one of ${levelNames.join(' ')} was expected`)
  }
  return numberOf(levelNames, text, 'level') + 1
}

const formatNames: Record<string, TimeFormat> = {
  notime: 'none',
  ctime: 'ctime',
  delta: 'delta',
  reltime: 'reltime',
  iso: 'iso',
  raw: 'time',
  'show-delta': 'time-delta',
}

/** The formats of the time, in the order asked for; those that say the same are joined. */
export function readTimeFormats(options: DmesgOptions): TimeFormat[] {
  if (options.json) return ['time']
  const asked = new Set<TimeFormat>()
  for (const name of options.times ?? []) {
    const format = formatNames[name]
    if (format === undefined) {
      throw new RequestError(`unknown time format: ${name}; there are ctime reltime delta iso raw notime`)
    }
    asked.add(format)
  }
  if (asked.has('none')) return asked.has('time-delta') || asked.has('delta') ? ['delta'] : ['none']
  if (asked.size === 0) return ['time']
  return joined(joined(joined([...asked], 'time-delta', 'ctime'), 'delta', 'time'), 'delta', 'ctime')
}

/** A time and the distance from the one before go into one pair of brackets. */
function joined(formats: readonly TimeFormat[], delta: TimeFormat, time: 'time' | 'ctime'): TimeFormat[] {
  if (!formats.includes(delta) || !formats.includes(time)) return [...formats]
  return formats.filter(each => each !== delta).map(each => (each === time ? (`${time}-delta` as const) : each))
}

export function readMoment(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  const moment = readTime(text, nowMs)
  if (moment === undefined) {
    throw new RequestError(
      `invalid time value "${text}"; such as "2026-11-29 16:34:22", "16:34", "yesterday", "-5min" or "1 hour ago" was expected`,
    )
  }
  return moment
}

const MIN_BUFFER = 4096
const MAX_BUFFER = 2 ** 31 - 16

export function readBufferSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const size = /^(?:\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : Number.NaN
  if (!(size <= MAX_BUFFER))
    throw new RequestError(`invalid buffer size argument: '${text}'; a number of bytes was expected`)
  return Math.max(size, MIN_BUFFER)
}
