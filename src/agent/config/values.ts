// How a value is read from its text and written again: one row for each type.

import type { Key, ValueType } from './key.ts'

export type Value = string | number | boolean | string[]

/** Why a text is no such value, and how far into it the trouble stands. */
export class ValueError extends Error {
  readonly offset: number
  constructor(message: string, offset = 0) {
    super(message)
    this.offset = offset
  }
}

interface ValueReader {
  /** what is expected, as a message and the reference say it */
  expects(key: Key): string
  parse(text: string, key: Key): Value
}

const booleans: Record<string, boolean> = {
  yes: true,
  true: true,
  on: true,
  '1': true,
  no: false,
  false: false,
  off: false,
  '0': false,
}

const sizeUnits: Record<string, number> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/** systemd.time(7), "Parsing time spans"; ms each. */
const timeUnits: Record<string, number> = {
  ms: 1,
  msec: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  '': 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
  weeks: 604_800_000,
  y: 31_557_600_000,
  year: 31_557_600_000,
  years: 31_557_600_000,
}

const quoted = (text: string): string => JSON.stringify(text)

function bounded(value: number, key: Key, write: (value: number) => string): number {
  if (key.min !== undefined && value < key.min) {
    throw new ValueError(`${write(value)} is too small: the least is ${write(key.min)}`)
  }
  if (key.max !== undefined && value > key.max) {
    throw new ValueError(`${write(value)} is too big: the most is ${write(key.max)}`)
  }
  if (!Number.isSafeInteger(value)) throw new ValueError('the number is too big to be held exactly')
  return value
}

function parseInteger(text: string, key: Key): number {
  if (!/^(?:-?\d+|0x[0-9a-f]+)$/i.test(text)) throw new ValueError(`${quoted(text)} is not a whole number`)
  return bounded(Number(text), key, String)
}

/** `512`, `64K`, `1.5G`, `10MiB`: powers of 1024. */
function parseSize(text: string, key: Key): number {
  const found = /^(?<amount>\d+(?:\.\d+)?|0x[0-9a-f]+)\s*(?<unit>[bkmgt]?)(?:i?b)?$/i.exec(text)
  if (found === null) throw new ValueError(`${quoted(text)} is not a size`)
  const { amount = '', unit = '' } = found.groups!
  return bounded(Math.round(Number(amount) * sizeUnits[unit.toLowerCase()]!), key, formatSize)
}

/** `90`, `500ms`, `5min 20s`. */
function parseDuration(text: string, key: Key): number {
  let total = 0
  let position = 0
  const part = /\s*(\d+(?:\.\d+)?)\s*([a-z]*)/iy
  while (position < text.length) {
    part.lastIndex = position
    const found = part.exec(text)
    if (found === null) throw new ValueError(`${quoted(text.slice(position))} is not a time span`, position)
    // "M" is a month to systemd; nobody means that here, and a minute is not what it says.
    const unit = found[2] === 'M' ? undefined : timeUnits[found[2]!.toLowerCase()]
    if (unit === undefined) {
      throw new ValueError(`${quoted(found[2]!)} is no unit of time`, part.lastIndex - found[2]!.length)
    }
    total += Number(found[1]) * unit
    position = part.lastIndex
  }
  if (text === '') throw new ValueError('a time span is missing')
  return bounded(Math.round(total), key, formatDuration)
}

/** 1073741824 → '1G'; only what is whole is shortened. */
export function formatSize(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K']) {
    const size = sizeUnits[unit.toLowerCase()]!
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`
  }
  return String(bytes)
}

/** 5400000 → '1h 30min' */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0'
  const parts: string[] = []
  let rest = ms
  for (const unit of ['d', 'h', 'min', 's', 'ms']) {
    const amount = Math.floor(rest / timeUnits[unit]!)
    if (amount > 0) parts.push(`${amount}${unit}`)
    rest -= amount * timeUnits[unit]!
  }
  return parts.join(' ')
}

const oneOf = (values: readonly string[]): string => values.join(', ')

function allowed(word: string, key: Key, offset: number): string {
  if (key.values === undefined || key.values.includes(word)) return word
  throw new ValueError(`${quoted(word)} is not allowed`, offset)
}

const range = (key: Key, write: (value: number) => string): string =>
  key.min !== undefined && key.max !== undefined
    ? ` from ${write(key.min)} to ${write(key.max)}`
    : key.min !== undefined
      ? ` of at least ${write(key.min)}`
      : key.max !== undefined
        ? ` of at most ${write(key.max)}`
        : ''

export const valueReaders: Record<ValueType, ValueReader> = {
  text: {
    expects: key => key.expects ?? 'text',
    parse: (text, key) => {
      key.check?.(text)
      return text
    },
  },
  path: {
    expects: () => 'an absolute path',
    parse: text => {
      if (!text.startsWith('/')) throw new ValueError(`${quoted(text)} does not start with "/"`)
      if (text.includes('\0')) throw new ValueError('a path cannot hold a NUL', text.indexOf('\0'))
      return text
    },
  },
  boolean: {
    expects: () => 'yes or no',
    parse: text => {
      const value = booleans[text.toLowerCase()]
      if (value === undefined) throw new ValueError(`${quoted(text)} is neither yes nor no`)
      return value
    },
  },
  integer: { expects: key => `a whole number${range(key, String)}`, parse: parseInteger },
  size: { expects: key => `a size in bytes${range(key, formatSize)}, such as 512K, 64M or 1G`, parse: parseSize },
  duration: {
    expects: key => `a time span${range(key, formatDuration)}, such as 500ms, 30s or 1h 30min`,
    parse: parseDuration,
  },
  choice: { expects: key => `one of ${oneOf(key.values ?? [])}`, parse: (text, key) => allowed(text, key, 0) },
  words: {
    expects: key => (key.values ? `words of ${oneOf(key.values)}` : 'words separated by blanks'),
    parse: (text, key) => [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => allowed(word, key, index)),
  },
  lines: {
    expects: key => key.expects ?? 'one item a line',
    parse: (text, key) => {
      key.check?.(text)
      return [text]
    },
  },
}

export const isList = (type: ValueType): boolean => type === 'words' || type === 'lines'

/** A value as it is written in the file. */
export function formatValue(value: Value | undefined, { type }: Key): string {
  if (value === undefined) return ''
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.join(' ')
  if (typeof value === 'number') {
    return type === 'size' ? formatSize(value) : type === 'duration' ? formatDuration(value) : String(value)
  }
  return value
}
