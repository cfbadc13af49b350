// What was peeled off a line → records: escapes undone, fragments joined, dictionaries and losses attached.

import type { LogRecord } from '../model.ts'
import { hasControls, withoutControls } from './controls.ts'
import { Draft, type InputLine } from './draft.ts'
import { readDictionaryLine, unescapeKmsg } from './layers/kmsg.ts'
import { depths } from './layers/layer.ts'
import { unescapeSyslog } from './layers/syslog.ts'
import { type Assembled, FragmentAssembler } from './order/fragments.ts'
import { Peeler } from './peeler.ts'
import { findStampInside } from './stamp-inside.ts'

/** A console slower than the log says how much it left out: printk.c, console_prepend_dropped(); 4.x printed it inline. */
const droppedNotice = /\*\* (\d{1,10}) printk messages (?:dropped|suppressed) \*\* ?/y
/** systemd, journald-kmsg.c, server_read_dev_kmsg(). */
const missedNotice = /^Missed (\d{1,10}) kernel messages/

export class RecordMaker {
  /** what the layers say of the line at hand; cleared by whoever peels it */
  readonly draft = new Draft()
  /** what a stamp inside a record says */
  readonly #inner = new Draft()
  readonly #peeler = new Peeler()
  readonly #fragments = new FragmentAssembler()
  /** the last record of /dev/kmsg: dictionary lines may follow it */
  #openRecord: LogRecord | undefined
  /** the last fragment of one */
  #openFragment: { sequence: number; offset: number } | undefined
  /** of the last record that had a prefix; lines without one continue it */
  #lastCaller: string | undefined
  #lastCpu: number | undefined
  #lastLevel: number | undefined
  /** records that the next one must tell about */
  #lost = 0
  /** bytes that are part of no record */
  noiseBytes = 0

  /** Whether the last record may still be changed by the next line. */
  isOpen(record: LogRecord | undefined): boolean {
    return record !== undefined && record === this.#openRecord
  }

  /** No dictionary line can follow any more. */
  close(): void {
    this.#openRecord = undefined
    this.#openFragment = undefined
  }

  flush(out: LogRecord[]): void {
    for (const assembled of this.#fragments.flush()) this.#emitAssembled(assembled, out)
    this.close()
  }

  noise(line: InputLine): void {
    this.noiseBytes += line.span.end - line.span.start
  }

  /** Takes a line of the dictionary that follows a record; false for other lines. */
  readDictionary(text: string, line: InputLine, out: LogRecord[]): boolean {
    const fragment = this.#openFragment
    if (fragment !== undefined && this.#fragments.accepts(fragment.sequence, fragment.offset, text)) {
      const assembled = this.#fragments.extend(fragment.sequence, fragment.offset, text, line)
      if (assembled !== undefined) this.#emitAssembled(assembled, out)
      return true
    }
    const record = this.#openRecord
    const entry = record === undefined ? undefined : readDictionaryLine(text)
    if (record === undefined || entry === undefined) return false
    record.dictionary ??= {}
    if (entry.key !== '__proto__') record.dictionary[entry.key] = entry.value
    record.lastLine = line.number
    record.span = { start: record.span.start, end: line.span.end }
    return true
  }

  /** Makes the record, or records, of the draft and this text. `transport` is '' for a line that had no layer. */
  emit(text: string, line: InputLine, transport: string, prefixed: boolean, out: LogRecord[]): void {
    const draft = this.draft
    let message = text
    if (text.charCodeAt(0) === 0x2a /* * */) {
      droppedNotice.lastIndex = 0
      const found = droppedNotice.exec(text)
      if (found !== null) {
        this.#lost += Number(found[1])
        message = text.slice(droppedNotice.lastIndex)
        if (message === '') {
          this.noise(line)
          return
        }
      }
    }
    if (prefixed) this.#remember()
    else this.#inherit()
    if (draft.tag !== undefined && message.startsWith('Missed ')) {
      this.#lost += Number(missedNotice.exec(message)?.[1] ?? 0)
    } else if (this.#lost > 0 && !draft.userSpace) {
      draft.lostBefore = this.#lost
      this.#lost = 0
    }
    if (draft.escaping === undefined) {
      out.push(draft.finish(message, line, transport === '' ? 'plain' : transport))
    } else if (draft.fragment !== undefined && draft.sequence !== undefined) {
      this.#emitFragment(message, line, transport, out)
    } else {
      if (draft.sequence !== undefined) {
        for (const settled of this.#fragments.settled(draft.sequence)) this.#emitAssembled(settled, out)
      }
      const plain = draft.escaping === 'kmsg' ? unescapeKmsg(message) : unescapeSyslog(message)
      this.#emitLines(draft.finish('', line, transport), plain, out)
      if (draft.escaping === 'kmsg') this.#openRecord = out.at(-1)
    }
  }

  /** A message whose escapes were undone may have several lines; only the first keeps the sequence number. */
  #emitLines(first: LogRecord, text: string, out: LogRecord[]): void {
    if (!hasControls(text)) {
      first.text = text
      this.#emitTorn(first, out)
      return
    }
    const parts = text.split(/[\r\n]+/)
    while (parts.length > 1 && parts.at(-1) === '') parts.pop()
    for (const [index, part] of parts.entries()) {
      const record = index === 0 ? first : furtherPart(first)
      record.text = withoutControls(part)
      this.#emitTorn(record, out)
    }
  }

  /** A console's output that came as one record may hold the start of a stamped line. */
  #emitTorn(whole: LogRecord, out: LogRecord[]): void {
    out.push(whole)
    for (let before = whole; ; ) {
      const at = findStampInside(before.text, 0)
      if (at < 0) return
      const inner = this.#inner
      inner.clear()
      const rest = before.text.slice(at)
      const record = furtherPart(before)
      record.text = rest.slice(this.#peeler.peel(rest, inner, depths.decoration))
      if (inner.sinceBootUs !== undefined) record.sinceBootUs = inner.sinceBootUs
      if (inner.level !== undefined) record.level = inner.level
      if (inner.caller === undefined) delete record.caller
      else record.caller = inner.caller
      if (inner.cpu === undefined) delete record.cpu
      else record.cpu = inner.cpu
      for (const part of before === whole ? [whole, record] : [record])
        part.damage = [...(part.damage ?? []).filter(what => what !== 'stamp-inside'), 'stamp-inside']
      before.text = before.text.slice(0, at)
      out.push(record)
      before = record
    }
  }

  #emitFragment(body: string, line: InputLine, transport: string, out: LogRecord[]): void {
    const draft = this.draft
    const { offset, total } = draft.fragment!
    const sequence = draft.sequence!
    this.#openFragment = { sequence, offset }
    const assembled = this.#fragments.push(draft.finish('', line, transport), body, offset, total)
    if (assembled !== undefined) this.#emitAssembled(assembled, out)
    for (const late of this.#fragments.overflow()) this.#emitAssembled(late, out)
  }

  #emitAssembled(assembled: Assembled, out: LogRecord[]): void {
    const [text, ...dictionary] = assembled.body.split('\n')
    const record = assembled.record
    for (const line of dictionary) {
      const entry = readDictionaryLine(line)
      if (entry === undefined || entry.key === '__proto__') continue
      record.dictionary ??= {}
      record.dictionary[entry.key] = entry.value
    }
    this.#emitLines(record, unescapeKmsg(text!), out)
    this.#openRecord = out.at(-1)
  }

  /** A line without any prefix goes on where the last one that had one ended. */
  #inherit(): void {
    const draft = this.draft
    if (this.#lastCaller !== undefined) draft.caller = this.#lastCaller
    if (this.#lastCpu !== undefined) draft.cpu = this.#lastCpu
    if (this.#lastLevel !== undefined) draft.level = this.#lastLevel
  }

  #remember(): void {
    this.#lastCaller = this.draft.caller
    this.#lastCpu = this.draft.cpu
    this.#lastLevel = this.draft.level
  }
}

/** Another record of the same message: only the first has the number, and tells of what was lost. */
function furtherPart(record: LogRecord): LogRecord {
  const { sequence: _sequence, lostBefore: _lost, ...part } = record
  return part
}
