// Records of /dev/kmsg and of extended netconsole, which are the same but for the fragments.

import type { Draft } from '../draft.ts'
import { afterDigits, depths, isDigit, type Layer, type StreamMemory } from './layer.ts'

/** Comma fields after the flags that are read; the kernel prints one or two. */
const MAX_FIELDS = 8

const COMMA = 0x2c
const SEMICOLON = 0x3b

/**
 * `6,339,5140900,-,caller=T12;text`: priority, sequence number, microseconds, flags, further fields, text.
 * Documentation/ABI/testing/dev-kmsg; kernel/printk/printk.c, info_print_ext_header(). netconsole may put the kernel
 * release first and adds `ncfrag=offset/total` (drivers/net/netconsole.c, send_ext_msg_udp()).
 */
export const kmsg: Layer = {
  name: 'kmsg',
  depth: depths.record, // what looks like a stamp inside is text: the header has the time
  begins: '0123456789',
  peel(text, at, draft, memory) {
    let start = at
    const first = afterDigits(text, at, 4)
    if (text.charCodeAt(first) === 0x2e) {
      // 6.4.0-rc1,6,444,501151268,-;text
      const comma = text.indexOf(',', first)
      if (comma < 0 || comma - at > 64 || !isDigit(text.charCodeAt(comma + 1))) return -1
      if (text.slice(at, comma).includes(' ')) return -1
      start = comma + 1
    } else if (text.charCodeAt(first) !== COMMA) return -1
    const end = readHeader(text, start, draft)
    if (end < 0) return -1
    memory.release = start > at ? text.slice(at, start - 1) : undefined
    if (memory.release !== undefined) draft.addToDictionary('release', memory.release)
    memory.sequence = draft.sequence
    return end
  },
}

/** Reads from the priority to the semicolon; the position after it or -1. */
function readHeader(text: string, at: number, draft: Draft): number {
  const priorityEnd = afterDigits(text, at, 4)
  if (priorityEnd === at || text.charCodeAt(priorityEnd) !== COMMA) return -1
  const sequenceEnd = afterDigits(text, priorityEnd + 1, 20)
  if (sequenceEnd === priorityEnd + 1 || text.charCodeAt(sequenceEnd) !== COMMA) return -1
  const timeEnd = afterDigits(text, sequenceEnd + 1, 20)
  if (timeEnd === sequenceEnd + 1 || text.charCodeAt(timeEnd) !== COMMA) return -1
  const flag = text.charCodeAt(timeEnd + 1)
  if (flag !== 0x2d && flag !== 0x63 && flag !== 0x2b) return -1
  let i = timeEnd + 2
  const fields: string[] = []
  while (text.charCodeAt(i) === COMMA && fields.length < MAX_FIELDS) {
    const start = i + 1
    for (i = start; i < text.length && i - start < 64; i++) {
      const code = text.charCodeAt(i)
      if (code === COMMA || code === SEMICOLON || code === 0x20) break
    }
    fields.push(text.slice(start, i))
  }
  if (text.charCodeAt(i) !== SEMICOLON) return -1
  draft.setPriority(Number(text.slice(at, priorityEnd)))
  draft.sequence = Number(text.slice(priorityEnd + 1, sequenceEnd))
  draft.sinceBootUs = Number(text.slice(sequenceEnd + 1, timeEnd))
  draft.escaping = 'kmsg'
  for (const field of fields) readField(field, draft)
  return i + 1
}

function readField(field: string, draft: Draft): void {
  const equals = field.indexOf('=')
  if (equals < 0) return
  const key = field.slice(0, equals)
  const value = field.slice(equals + 1)
  if (key === 'caller') {
    const found = /^([TC])(\d{1,10})(?:@C(\d{1,5}))?$/.exec(value)
    if (found !== null) {
      draft.caller = found[1]! + found[2]!
      if (found[1] === 'C') draft.cpu = Number(found[2])
      if (found[3] !== undefined) draft.cpu = Number(found[3])
      return
    }
  }
  if (key === 'ncfrag') {
    const found = /^(\d{1,7})\/(\d{1,7})$/.exec(value)
    if (found !== null) {
      draft.fragment = { offset: Number(found[1]), total: Number(found[2]) }
      return
    }
  }
  draft.addToDictionary(key, value)
}

// a header behind other text: 6,444,501151268,-,ncfrag=952/1100;
const headerInside = /(\d{1,3}),(\d{1,16}),(\d{1,16}),[-c](?:,[a-zA-Z][^,; ]{0,63}){0,8};/g

/** Numbers farther from the last one are text. */
const NEAR_SEQUENCE = 8192

/** Where the next datagram begins in a line that holds several, because nothing was written between them. */
export function findRecordInside(text: string, from: number, memory: StreamMemory): number {
  if (memory.sequence === undefined || text.indexOf(';', from) < 0) return text.length
  headerInside.lastIndex = from
  for (let found = headerInside.exec(text); found !== null; found = headerInside.exec(text)) {
    const sequence = Number(found[2])
    if (Math.abs(sequence - memory.sequence) > NEAR_SEQUENCE) continue
    const priority = Number(found[1])
    // Kernel, user and daemon are the facilities in use; other numbers are the end of the text and one digit.
    const whole = priority < 16 || (priority >= 24 && priority < 32)
    let start = found.index + (whole ? 0 : found[1]!.length - 1)
    const release = memory.release === undefined ? '' : memory.release + ','
    if (release !== '' && text.endsWith(release, start)) start -= release.length
    if (start > from) return start
  }
  return text.length
}

/** ` SUBSYSTEM=acpi`: a line of the dictionary that follows a record; undefined for other text. */
export function readDictionaryLine(text: string): { key: string; value: string } | undefined {
  if (text.charCodeAt(0) !== 0x20) return undefined
  const equals = text.indexOf('=', 1)
  if (equals < 2 || equals > 64 || !/^[A-Za-z_][\w.-]*$/.test(text.slice(1, equals))) return undefined
  return { key: text.slice(1, equals), value: unescapeKmsg(text.slice(equals + 1)) }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** `\xNN` → bytes → UTF-8. printk.c, record_print_text() of the extended form escapes what is not printable ASCII, and `\`. */
export function unescapeKmsg(text: string): string {
  if (!text.includes('\\x')) return text
  const bytes = encoder.encode(text)
  let to = 0
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 0x5c && bytes[i + 1] === 0x78) {
      const high = hexValue(bytes[i + 2])
      const low = hexValue(bytes[i + 3])
      if (high >= 0 && low >= 0) {
        bytes[to++] = high * 16 + low
        i += 3
        continue
      }
    }
    bytes[to++] = bytes[i]!
  }
  return decoder.decode(bytes.subarray(0, to))
}

function hexValue(code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 97 && code <= 102) return code - 87
  if (code >= 65 && code <= 70) return code - 55
  return -1
}
