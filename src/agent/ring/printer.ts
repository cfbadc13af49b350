// One record as dmesg prints it, in whatever form was asked for. Text has a character a byte: latin1.

import { type ColourName, type ColourScheme, RESET } from './colours.ts'
import { type EscapeRules, escapeBytes } from './escape.ts'
import type { RingRecord } from './record.ts'
import {
  type Clock,
  ctime,
  dateOf,
  deltaTime,
  isoTime,
  microsOf,
  plainTime,
  relativeTime,
  shortTime,
  type TimeFormat,
} from './times.ts'

export const facilityNames = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'],
  ...['res0', 'res1', 'res2', 'res3'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
] as const
export const levelNames = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'] as const

export interface PrintOptions {
  /** one or more; 'none' alone prints none */
  times: readonly TimeFormat[]
  raw: boolean
  decode: boolean
  /** facility, level and time before each line of a message that has several */
  forcePrefix: boolean
  /** undefined: print as it came */
  escapes: EscapeRules | undefined
  colours: ColourScheme | undefined
  /** width of the caller's column */
  callerWidth: number
  levels: ReadonlySet<number> | undefined
  facilities: ReadonlySet<number> | undefined
  /** microseconds since 1970, both exclusive */
  since: number | undefined
  until: number | undefined
}

const isKnown = ({ facility, level }: RingRecord): boolean =>
  facility >= 0 && facility < facilityNames.length && level >= 0 && level < levelNames.length

/** Facility and level as the kernel writes them. */
const priorityOf = ({ facility, level }: RingRecord): number => (facility < 0 ? -1 : facility * 8 + level)

interface Prefix {
  text: string
  /** columns of it, for the further lines of a message */
  columns: number
  timebreak: boolean
}

export class Printer {
  private readonly options: PrintOptions
  private readonly clock: Clock
  private last: { seconds: number; micros: number } = { seconds: 0, micros: 0 }
  private lastMinute = ''
  private jsonBegun = false

  constructor(options: PrintOptions, clock: Clock) {
    this.options = options
    this.clock = clock
  }

  /** Is it one of those asked for? */
  accepts(record: RingRecord): boolean {
    const { levels, facilities, since, until } = this.options
    if (levels !== undefined && (record.facility < 0 || !levels.has(record.level))) return false
    if (facilities !== undefined && !facilities.has(record.facility)) return false
    if (since !== undefined && since >= microsOf(record, this.clock)) return false
    return until === undefined || until > microsOf(record, this.clock)
  }

  /** '' for a record that was not asked for. */
  print(record: RingRecord): string {
    if (!this.accepts(record)) {
      // so that the next one's distance is that from the message before it, shown or not
      this.last = record
      return ''
    }
    if (record.text === '') return '\n'
    const prefix = this.prefix(record)
    const { forcePrefix } = this.options
    const [text = ''] = forcePrefix ? record.text.split('\0', 1) : [record.text]
    const lines = forcePrefix ? text.split('\n').filter(line => line !== '') : [text]
    if (lines.length === 0) lines.push('')
    const again = this.options.times.includes('reltime') ? '[  +0.000000] ' : undefined
    return lines.map((line, index) => this.line(record, line, prefix, index > 0 ? again : undefined)).join('')
  }

  /** As an object of `{"dmesg": [...]}`; '' for a record that was not asked for, or has no text. */
  printJson(record: RingRecord): string {
    if (!this.accepts(record) || record.text === '') return ''
    const fields: string[] = []
    if (isKnown(record)) {
      if (this.options.decode) {
        fields.push(`"fac": "${facilityNames[record.facility]}"`, `"pri": "${levelNames[record.level]}"`)
      } else fields.push(`"pri": ${priorityOf(record)}`)
    }
    fields.push(`"time": ${plainTime(record)}`)
    if (record.caller !== '') fields.push(`"caller": ${jsonText(record.caller)}`)
    fields.push(`"msg": ${jsonText(record.text)}`)
    const opening = this.jsonBegun ? ',{' : '{\n   "dmesg": [\n      {'
    this.jsonBegun = true
    return `${opening}\n         ${fields.join(',\n         ')}\n      }`
  }

  /** Closes what `printJson` has opened. */
  endJson(): string {
    return this.jsonBegun ? '\n   ]\n}\n' : ''
  }

  private line(record: RingRecord, line: string, prefix: Prefix, timeInstead: string | undefined): string {
    const { colours, decode, raw } = this.options
    const named = decode && !raw && isKnown(record) ? this.names(record) : ''
    let time = timeInstead ?? prefix.text
    if (time !== '' && colours !== undefined) {
      time = `${colours[prefix.timebreak ? 'timebreak' : 'time']}${time}${RESET}`
    }
    const caller = record.caller === '' ? '' : `[${record.caller.padStart(this.options.callerWidth)}] `
    const indent = prefix.columns + named.length + caller.length
    return `${named}${time}${caller}${this.message(record, line, indent)}\n`
  }

  private names({ facility, level }: RingRecord): string {
    return `${facilityNames[facility]!.padEnd(6)}:${levelNames[level]!.padEnd(6)}: `
  }

  private prefix(record: RingRecord): Prefix {
    const delta = this.delta(record)
    if (this.options.raw) {
      const text = `<${priorityOf(record)}>[${plainTime(record)}] `
      return { text, columns: text.length, timebreak: false }
    }
    let text = ''
    let columns = 0
    let timebreak = false
    for (const format of this.options.times) {
      const part = this.time(format, record, delta)
      if (format === 'reltime' && !/^\[ +[+-]/.test(part)) timebreak = true
      text += part
      columns = part.length
    }
    return { text, columns, timebreak }
  }

  private delta(record: RingRecord): number {
    const { last } = this
    const known = last.seconds !== 0 || last.micros !== 0
    this.last = record
    return known ? record.seconds - last.seconds + (record.micros - last.micros) / 1e6 : 0
  }

  private time(format: TimeFormat, record: RingRecord, delta: number): string {
    switch (format) {
      case 'none':
        return ''
      case 'ctime':
        return `[${ctime(dateOf(record, this.clock))}] `
      case 'ctime-delta':
        return `[${ctime(dateOf(record, this.clock))} ${deltaTime(delta)}] `
      case 'delta':
        return `[${deltaTime(delta)}] `
      case 'time':
        return `[${plainTime(record)}] `
      case 'time-delta':
        return `[${plainTime(record)} ${deltaTime(delta)}] `
      case 'iso':
        return `${isoTime(record, this.clock)} `
      case 'reltime': {
        const date = dateOf(record, this.clock)
        const minute = shortTime(date)
        const isNew = minute !== this.lastMinute
        this.lastMinute = minute
        return isNew ? `[${minute}] ` : relativeTime(delta)
      }
    }
  }

  private message(record: RingRecord, line: string, indent: number): string {
    const { colours, forcePrefix } = this.options
    const followed = !forcePrefix && record.followed
    if (colours === undefined) return this.safe(line, indent, followed)
    const at = subsystemEnd(line)
    const rest = line.slice(at)
    const head = at === 0 ? '' : `${colours.subsys}${this.safe(line.slice(0, at), indent, true)}${RESET}`
    const name = colourOf(record.level, rest)
    const shown = this.safe(rest, indent, followed)
    return head + (name === undefined ? shown : `${colours[name]}${shown}${RESET}`)
  }

  /** Escaped, and with further lines below the first: unless nothing follows the line break. */
  private safe(text: string, indent: number, followed: boolean): string {
    const { escapes } = this.options
    const shown = escapes === undefined ? text : escapeBytes(text, escapes)
    if (indent === 0 || !shown.includes('\n')) return shown
    const broken = shown.replaceAll('\n', `\n${' '.repeat(indent)}`)
    return shown.endsWith('\n') && !followed ? broken.slice(0, -indent) : broken
  }
}

/** `usb 1-1: `: where the text behind the subsystem's name begins, 0 when there is none. */
function subsystemEnd(line: string): number {
  const found = /:[ \t](?=.)/s.exec(line)
  return found === null ? 0 : found.index + 2
}

const levelColours: Partial<Record<number, ColourName>> = { 1: 'alert', 2: 'crit', 3: 'err', 4: 'warn' }

function colourOf(level: number, text: string): ColourName | undefined {
  return levelColours[level] ?? (text.includes('segfault at') ? 'segfault' : undefined)
}

const shortEscapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
}

/** RFC 8259 §7; bytes from 0x80 on go out as they are. */
const jsonText = (text: string): string =>
  `"${text.replace(/["\\\x00-\x1f]/g, character => shortEscapes[character] ?? `\\u00${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`
