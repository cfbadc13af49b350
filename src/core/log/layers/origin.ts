// Who wrote a line: the host, the program and what some daemons put between them.

import type { Draft } from '../draft.ts'
import { facilityOfName, levelOfName } from './dmesg.ts'
import { depths, digits, isDigit, type Layer, letters, type StreamMemory } from './layer.ts'

const SPACE = 0x20
const COLON = 0x3a

/** Longer host names than DNS allows are text. */
const MAX_HOST = 255
const MAX_TAG = 64
/** So many host names are remembered in one stream. */
const MAX_HOSTS = 256

/** How sure the date before it makes that a host and a tag follow. */
export type Trust = 'syslog' | 'doubtful'

// err, kern.err, KERN.ERR is left alone: an upper-case mirror of the log is not the log
const priorityWord = /^(?:(?<facility>[a-z][a-z0-9]{2,8})\.)?(?<level>[a-z]{3,7})$/
const programTag = /^[A-Za-z0-9_(/][\w./()@+-]{0,63}$/

/**
 * `host kernel: `, `host tag[pid]: `, `host kern.err kernel: ` (busybox syslogd), `ERR kernel: ` (ChromeOS), `tag[pid]: `.
 * Returns the position after it; `at`, with the draft unchanged, when the line has none.
 */
export function readOrigin(text: string, at: number, draft: Draft, memory: StreamMemory, trust: Trust): number {
  const last = memory.origin
  if (last !== undefined && text.startsWith(last.text, at)) {
    if (last.host !== undefined) draft.host = last.host
    draft.fromKernel = true
    return at + last.text.length
  }
  const words: string[] = []
  let i = at
  while (words.length < 3) {
    const start = i
    let code = text.charCodeAt(i)
    while (!Number.isNaN(code) && code !== SPACE && i - start <= MAX_HOST) code = text.charCodeAt(++i)
    if (i === start) return hostOnly(text, at, draft, memory)
    const colon = text.charCodeAt(i - 1) === COLON ? i - 1 : colonBeforeStamp(text, start, i)
    if (colon > start) {
      const tag = text.slice(start, colon)
      if (acceptOrigin(words, tag, draft, memory, trust)) {
        const end = text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1
        if (draft.fromKernel && words.length <= 1 && draft.level === undefined && end === colon + 2) {
          memory.origin = { text: text.slice(at, end), host: draft.host }
        }
        return end
      }
      // `:HOSTNAME: kernel: ` of anonymised logs: only the kernel's tag may follow a word with a colon
      if (!text.startsWith(' kernel: ', i)) return hostOnly(text, at, draft, memory)
    }
    words.push(text.slice(start, i))
    if (code !== SPACE) break
    i++
  }
  return hostOnly(text, at, draft, memory)
}

/** `kernel:[   12.345678] text`: some templates leave the space out. */
function colonBeforeStamp(text: string, start: number, end: number): number {
  if (!text.startsWith('kernel:', start)) return -1
  const next = text.charCodeAt(start + 7)
  return end > start + 7 && (next === 0x5b || next === 0x3c) ? start + 6 : -1
}

function acceptOrigin(words: string[], tagText: string, draft: Draft, memory: StreamMemory, trust: Trust): boolean {
  let pid = false
  let tag = tagText
  if (tag.endsWith(']')) {
    const open = tag.lastIndexOf('[')
    if (open > 0 && isNumber(tag, open + 1, tag.length - 1)) {
      pid = true
      tag = tag.slice(0, open)
    }
  }
  const kernel = tag === 'kernel'
  let priority: RegExpExecArray | null = null
  let host = words[0]
  if (words.length > 0) {
    const last = words.at(-1)!
    priority = priorityWord.exec(last) ?? (/^[A-Z]{3,7}$/.test(last) ? priorityWord.exec(last.toLowerCase()) : null)
    if (priority !== null && levelOfName(priority.groups!['level']!) === undefined) priority = null
    if (priority !== null && words.length === 1) host = undefined
  }
  if (words.length === 2 && priority === null) return false
  if (tag.length > MAX_TAG || !programTag.test(tag)) return false
  if (!kernel && !pid && priority === null && !(memory.kernelTag && trust === 'syslog')) {
    const known = host !== undefined && memory.hosts.has(host)
    if (!known && (trust === 'doubtful' || host === undefined || !/^[a-z(]/.test(tag))) return false
  }
  if (!kernel && pid && trust === 'doubtful' && host !== undefined && !memory.hosts.has(host) && priority === null) {
    return false
  }
  if (host !== undefined) {
    draft.host = host
    if ((kernel || pid || priority !== null) && memory.hosts.size < MAX_HOSTS) memory.hosts.add(host)
  }
  if (priority !== null) {
    const facility = facilityOfName(priority.groups!['facility'] ?? '')
    draft.level = levelOfName(priority.groups!['level']!)
    if (facility !== undefined) draft.facility = facility
  }
  if (kernel) {
    draft.fromKernel = true
    memory.kernelTag = true
  } else {
    draft.tag = tag
    draft.userSpace = true
  }
  return true
}

/** `host last message repeated 3 times`: a known host and no tag. */
function hostOnly(text: string, at: number, draft: Draft, memory: StreamMemory): number {
  const space = text.indexOf(' ', at)
  if (space < 0 || space - at > MAX_HOST) return at
  const host = text.slice(at, space)
  if (!memory.hosts.has(host)) return at
  draft.host = host
  return space + 1
}

function isNumber(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!isDigit(text.charCodeAt(i))) return false
  return true
}

/** `[  123.456789] host kernel: text`, journalctl -o short-monotonic. */
export const origin: Layer = {
  name: 'origin',
  depth: depths.origin,
  begins: letters + digits,
  peel: (text, at, draft, memory) => (draft.sinceBootUs === undefined ? -1 : bareOrigin.peel(text, at, draft, memory)),
}

/** `host kernel: [  12.3] text` and `kernel: text`, where a date was cut away. */
export const bareOrigin: Layer = {
  name: 'origin',
  depth: depths.collector,
  begins: letters + digits,
  peel(text, at, draft, memory) {
    if (draft.fromKernel || draft.host !== undefined || draft.tag !== undefined) return -1
    if (text.startsWith('kernel: ', at)) {
      draft.fromKernel = true
      return at + 8
    }
    const space = text.indexOf(' ', at)
    if (space < 0) return -1
    if (text.startsWith('kernel: ', space + 1)) {
      const host = text.slice(at, space)
      if (memory.hosts.has(host) || draft.sinceBootUs !== undefined || stampFollows(text, space + 9)) {
        draft.host = host
        draft.fromKernel = true
        if (memory.hosts.size < MAX_HOSTS) memory.hosts.add(host)
        return space + 9
      }
      return -1
    }
    if (memory.hosts.size === 0 || !memory.hosts.has(text.slice(at, space))) return -1
    const end = readOrigin(text, at, draft, memory, 'syslog')
    return end > at ? end : -1
  },
}

function stampFollows(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code === 0x3c) return text.charCodeAt(at + 2) === 0x3e
  return code === 0x5b && (text.charCodeAt(at + 1) === SPACE || isDigit(text.charCodeAt(at + 1)))
}
