// The text of syslog(2) and of files in its form: `<6>[    1.234567] text`, a record from each "<" at the start of a line.

import { afterField, emptyRecord, MAX_CALLER, type Placed, type RingRecord, readPriority } from './record.ts'

/**
 * The records of a buffer. A line that does not begin with "<" goes on the record before it: so dmesg(1) reads what has
 * lines within a message, and so it takes a file without any prefix for one message.
 */
export function* syslogRecords(text: string, withPriority = true): Generator<Placed> {
  let at = 0
  while (at < text.length) {
    // zeros stand where a buffer was not filled
    while (at < text.length && text[at] === '\0') at++
    if (at >= text.length) return
    let end = text.indexOf('\n<', at)
    if (end === at) end = text.indexOf('\n<', at + 1)
    const last = end < 0 || end + 1 >= text.length
    const recordEnd = last ? text.length : end
    yield {
      record: readRecord(text, at, recordEnd, last, withPriority),
      start: at,
      end: Math.min(recordEnd + 1, text.length),
    }
    if (last) return
    at = end + 1
  }
}

function readRecord(text: string, at: number, end: number, last: boolean, withPriority: boolean): RingRecord {
  const record = emptyRecord()
  let begin = at
  // A "<" without a number goes alone; where nobody asks for priorities, with all up to the ">".
  if (text[begin] === '<') {
    begin = withPriority ? readPriority(text, begin + 1, end, '>', record) : afterField(text, begin, end, '>')
  }
  begin = readStamp(text, begin, end, record)
  begin = readCaller(text, begin, end, record)
  // the line break that ends the buffer is not the message's
  const textEnd = last && end > begin && text[end - 1] === '\n' ? end - 1 : end
  record.text = text.slice(Math.min(begin, textEnd), textEnd)
  record.followed = textEnd < text.length
  return record
}

const stamp = /\[(?<seconds>\s*[+-]?\d{1,15})?(?:\.(?<micros>\s*[+-]?\d{1,15}))?(?<whole>\])?/y
const stampBegins = /\[[ \d]/y

/** `[    1.234567] `; what only looks like it loses its "[", as in dmesg. */
function readStamp(text: string, at: number, end: number, record: RingRecord): number {
  stampBegins.lastIndex = at
  if (at + 1 >= end || !stampBegins.test(text)) return at
  stamp.lastIndex = at
  const { seconds = '0', micros = '0', whole } = stamp.exec(text)!.groups as Record<string, string | undefined>
  record.seconds = Number(seconds)
  record.micros = Number(micros)
  const after = whole !== undefined && stamp.lastIndex <= end ? stamp.lastIndex : at + 1
  return text[after] === ' ' && after < end ? after + 1 : after
}

const callerBegins = /\[[ TC]/y
const caller = /\[ *(?<id>[^\]\0]*)[\]\0]/y

/** `[    T1] `, where the kernel has CONFIG_PRINTK_CALLER. printk.c, print_caller() */
function readCaller(text: string, at: number, end: number, record: RingRecord): number {
  callerBegins.lastIndex = at
  if (!callerBegins.test(text)) return at
  caller.lastIndex = at
  const found = caller.exec(text)
  if (found === null || caller.lastIndex > end) return at
  const id = found.groups!['id']!
  // Text in brackets is no caller: [Tainted], [CPU 0].
  if (id.length > MAX_CALLER || !/^[TC]\d+(?:@C\d+)?$/.test(id)) return at
  record.caller = id
  return text[caller.lastIndex] === ' ' ? caller.lastIndex + 1 : caller.lastIndex
}
