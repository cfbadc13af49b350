// An existing syslog.conf as routes: sysklogd's syntax (syslog.conf(5)), and of rsyslog's what is written the old way.

import { parsePriorities, SelectorError, showPriorities } from './priorities.ts'
import { parseRoute, RouteError } from './route.ts'
import { quoteWord } from './words.ts'

export type ImportedLine =
  | { what: 'route'; line: number; route: string; note?: string }
  /** not taken, and why */
  | { what: 'left'; line: number; text: string; why: string }

/** Longest line, longest file: what is beyond is no configuration. */
const MAX_LINE = 4096

/** Every line that means something, in order: as a route, or with the reason why it is none. Never throws. */
export function importSyslog(text: string): ImportedLine[] {
  const out: ImportedLine[] = []
  let block: string | undefined
  let last: Chosen | undefined
  for (const { line, text: joined } of logicalLines(text)) {
    const trimmed = withoutComment(joined)
    if (trimmed === '') continue
    if (block !== undefined || opensBlock(trimmed)) {
      out.push({ what: 'left', line, text: trimmed, why: 'RainerScript; write it as a route by hand' })
      block = nextBlock(block ?? '', trimmed)
      continue
    }
    const same = /^&\s*(?<action>.+)$/s.exec(trimmed)?.groups?.['action']
    if (same === undefined) last = chosenBy(trimmed)
    if (same !== undefined && last !== undefined) {
      out.push(...toRoute(last.selector, last.conditions, same, trimmed, line))
    } else out.push(...importLine(trimmed, line))
  }
  return out
}

/** What a line selects: rsyslog's "&" on the next one selects the same. */
interface Chosen {
  selector: string
  conditions: string[]
}

function chosenBy(text: string): Chosen | undefined {
  if (!text.startsWith(':')) return selectorLine(text)
  const filter = readProperty(text)
  return typeof filter === 'string' ? undefined : { selector: '*.*', conditions: [filter.condition] }
}

/** A backslash at the end of a line goes on with the next one. */
function* logicalLines(text: string): Generator<{ line: number; text: string }> {
  let begun: { line: number; text: string } | undefined
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const goesOn = /\\\s*$/.test(raw) && !raw.trimStart().startsWith('#')
    const piece = goesOn ? raw.replace(/\\\s*$/, '') : raw
    begun =
      begun === undefined
        ? { line: index + 1, text: piece }
        : { line: begun.line, text: begun.text + piece.trimStart() }
    if (goesOn && begun.text.length < MAX_LINE) continue
    yield begun
    begun = undefined
  }
  if (begun !== undefined) yield begun
}

const withoutComment = (text: string): string => (text.trimStart().startsWith('#') ? '' : text.trim())

/** `module(…)`, `if … then {`, `ruleset(…) {`: no line of the old kind has a bracket or brace there. */
const opensBlock = (text: string): boolean =>
  /^(?:module|input|global|action|template|ruleset|main_queue|timezone|parser|lookup_table|include|set|unset|call|call_indirect|reset|foreach|property|constant)\s*\(/i.test(
    text,
  ) ||
  /^(?:if|else)\b/i.test(text) ||
  /^[{}]/.test(text)

/** Brackets that are open behind this text; undefined when none is. */
function nextBlock(before: string, text: string): string | undefined {
  let open = before
  for (const character of text.replace(/"(?:[^"\\]|\\.)*"/g, '')) {
    if (character === '(' || character === '{') open += character
    else if ((character === ')' || character === '}') && open !== '') open = open.slice(0, -1)
  }
  return open === '' ? undefined : open
}

function importLine(text: string, line: number): ImportedLine[] {
  const left = (why: string): ImportedLine[] => [{ what: 'left', line, text, why }]
  if (text.startsWith('$'))
    return left(directives.find(([shape]) => shape.test(text))?.[1] ?? 'a setting of rsyslog’s, not needed here')
  if (/^[+-]/.test(text)) return left('a block for some hosts; add host=NAME to the routes')
  if (text.startsWith('!')) return left('a block for some programs; add tag=NAME to the routes')
  if (text.startsWith(':')) return importProperty(text, line)
  if (/^(?:notify|secure_mode|include|rotate_size|rotate_count|hostname|udp_size|listen)\b/i.test(text)) {
    return left('a setting of sysklogd’s, not needed here')
  }
  const chosen = selectorLine(text)
  if (chosen === undefined) return left('a selector and an action were expected')
  return toRoute(chosen.selector, [], chosen.action, text, line)
}

function selectorLine(text: string): (Chosen & { action: string }) | undefined {
  const found = /^(?<selector>\S+(?:\s*;\s*\S+)*?)[ \t]+(?<action>\S.*)$/s.exec(text)?.groups
  if (found === undefined) return undefined
  return { selector: found['selector']!.replace(/\s+/g, ''), conditions: [], action: found['action']! }
}

const directives: readonly (readonly [RegExp, string])[] = [
  [/^\$IncludeConfig\b/i, 'import that file, too'],
  [/^\$ModLoad\s+im/i, 'an input; see Source= in the configuration'],
  [/^\$(?:UDP|InputTCP|InputUnix)/i, 'an input; see Source= in the configuration'],
  [/^\$ActionFileDefaultTemplate\b/i, 'a template; format=iso has times as RFC 3339 writes them'],
  [/^\$(?:File|Dir)(?:Owner|Group|CreateMode)\b/i, 'owner and mode; see owner=, group= and mode= of a route'],
  [/^\$RepeatedMsgReduction\s+on/i, 'add repeat=yes to the routes'],
  [
    /^\$(?:Default|Action)?NetstreamDriver|^\$ActionSendStreamDriver/i,
    'TLS; write the target as tls://HOST with ca=, cert= and key=',
  ],
  [/^\$outchannel\b/i, 'rotation; add size= and keep= to the route'],
]

const properties: Record<string, string> = {
  msg: 'text',
  rawmsg: 'text',
  programname: 'tag',
  syslogtag: 'tag',
  hostname: 'host',
  fromhost: 'host',
}

/** `:msg, contains, "text" action` of rsyslog. */
function importProperty(text: string, line: number): ImportedLine[] {
  const filter = readProperty(text)
  if (typeof filter === 'string') return [{ what: 'left', line, text, why: filter }]
  return toRoute('*.*', [filter.condition], filter.action, text, line)
}

const propertyShape =
  /^:\s*(?<property>\w+)\s*,\s*(?<not>!?)(?<operation>\w+)\s*,\s*"(?<value>(?:[^"\\]|\\.)*)"\s*(?<action>\S.*)?$/s

/** The filter as a condition, or why it is none. */
function readProperty(text: string): { condition: string; action: string } | string {
  const found = propertyShape.exec(text)?.groups as Record<string, string | undefined> | undefined
  if (found === undefined) return 'a property filter that is not understood'
  const { property = '', not, operation = '', value = '', action } = found
  if (action === undefined) return 'an action was expected after the filter'
  const key = properties[property.toLowerCase()]
  if (key === undefined) return `records have no ${property}`
  const condition = conditionOf(key, not === '!', operation.toLowerCase(), value.replace(/\\(.)/gs, '$1'))
  return condition === undefined ? `${operation} on ${property} has no counterpart` : { condition, action }
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

function conditionOf(key: string, not: boolean, operation: string, value: string): string | undefined {
  const sign = not ? '!' : ''
  if (key !== 'text') {
    // a tag has its colon in rsyslog
    return operation === 'isequal' ? `${key}${sign}=${value.replace(/:$/, '')}` : undefined
  }
  if (operation === 'contains') return `text${sign}=${value}`
  if (operation === 'isequal') return `text${sign}~^${escapePattern(value)}$`
  if (operation === 'startswith') return `text${sign}~^${escapePattern(value)}`
  if (operation === 'regex' || operation === 'ereregex') return `text${sign}~${value}`
  return undefined
}

function toRoute(selector: string, conditions: string[], action: string, text: string, line: number): ImportedLine[] {
  const left = (why: string): ImportedLine[] => [{ what: 'left', line, text, why }]
  let mask: Uint8Array
  let marks = false
  try {
    // "mark" is a facility of syslogd's own
    const parts = selector.split(';').filter(part => !/^mark\./i.test(part))
    marks = parts.length < selector.split(';').length
    if (parts.length === 0) return left('the marks of syslogd; systems say otherwise that they live')
    mask = parsePriorities(parts.join(';').replaceAll(/(^|[;,])mark,/gi, '$1'))
  } catch (error) {
    if (error instanceof SelectorError) return left(error.message)
    throw error
  }
  if (mask.every(levels => levels === 0)) return left('it selects nothing')
  const target = targetOf(action)
  if ('why' in target) return left(target.why)
  const words = [showPriorities(mask), ...conditions, target.word, ...target.options].map(quoteWord)
  const route = words.join(' ')
  try {
    parseRoute(route)
  } catch (error) {
    if (error instanceof RouteError) return left(error.message)
    throw error
  }
  const notes = [...target.notes, ...(marks ? ['without syslogd’s marks'] : [])]
  return [{ what: 'route', line, route, ...(notes.length > 0 ? { note: notes.join('; ') } : {}) }]
}

type Target = { word: string; options: string[]; notes: string[] } | { why: string }

function targetOf(action: string): Target {
  // sysklogd: ";RFC5424,rotate=1M:5"; rsyslog: ";template"
  const [, place = '', extra] = /^(.*?)(?:\s*;\s*(.*))?$/s.exec(action)!
  const { options, notes } = optionsOf(extra)
  const plain = (word: string): Target => ({ word, options, notes })
  const word = place.trim()
  if (word === '~' || word.toLowerCase() === 'stop') return { why: 'it discards; a route takes only what it selects' }
  if (word.startsWith('|')) return plain(`|${word.slice(1).trim()}`)
  if (word.startsWith('^')) {
    const program = word.slice(1).trim().split(/\s+/)[0] ?? ''
    return { word: `exec:${program}`, options, notes: [...notes, 'it runs on and gets all messages, not one each'] }
  }
  if (word.startsWith('@')) return plain(remoteWord(word))
  if (word.startsWith('?')) return { why: 'a file whose name depends on the message' }
  if (word.startsWith('>')) return { why: 'a database' }
  if (/^:om(?!usrmsg)/.test(word)) return { why: 'a module of rsyslog’s' }
  if (/^-?\//.test(word) || word === '*' || word.startsWith(':omusrmsg:')) return plain(word)
  if (/^[\w.-]+(?:\s*,\s*[\w.-]+)*$/.test(word)) return plain(`user:${word.replace(/\s+/g, '')}`)
  return { why: `"${word}" is no action that is known` }
}

/** `@[2001:db8::1]:514`, `@(z9)host`, `@@(o)host:port` */
function remoteWord(word: string): string {
  const [, signs = '@', , address = ''] = /^(@@?)(?:\(([^)]*)\))?(.*)$/s.exec(word)!
  return `${signs}${address.trim()}`
}

function optionsOf(extra: string | undefined): { options: string[]; notes: string[] } {
  const options: string[] = []
  const notes: string[] = []
  for (const part of (extra ?? '').split(',').map(each => each.trim())) {
    const rotation = /^rotate=(?<size>\d+[kMG]?)(?::(?<count>\d+))?$/.exec(part)?.groups
    if (part === '') continue
    if (rotation !== undefined) {
      options.push(`size=${rotation['size']}`)
      if (rotation['count'] !== undefined) options.push(`keep=${rotation['count']}`)
    } else if (/^RFC5424$/i.test(part) || /^RSYSLOG_(?:FileFormat|SyslogProtocol23Format)$/i.test(part))
      options.push('format=iso')
    else if (/^RFC3164$/i.test(part) || /^RSYSLOG_Traditional(?:File|Forward)?Format$/i.test(part))
      options.push('format=syslog')
    else notes.push(`without ${part}`)
  }
  return { options, notes }
}
