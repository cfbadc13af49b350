// One physical line → the records in it; blocks that go over several lines are collected here.

import type { LogRecord } from '../model.ts'
import { type FieldsMessage, readFields } from './blocks/fields.ts'
import { type ExportEntry, ExportReader } from './blocks/journal-export.ts'
import { readVerboseHeader, VerboseReader } from './blocks/journal-verbose.ts'
import { atJson, JsonScanner, recordsOf } from './blocks/json.ts'
import { readLavaLine } from './blocks/lava.ts'
import { hasControls, needsCleaning, splitAtReturns, withoutControls } from './controls.ts'
import { covering, Draft, type InputLine } from './draft.ts'
import { unescapeHtml } from './html.ts'
import { findRecordInside, readDictionaryLine, unescapeKmsg } from './layers/kmsg.ts'
import { depths } from './layers/layer.ts'
import { readLongHeader } from './layers/logcat.ts'
import { frameEnd, unescapeSyslog } from './layers/syslog.ts'
import { type Assembled, FragmentAssembler } from './order/fragments.ts'
import { Peeler } from './peeler.ts'
import { findStampInside } from './stamp-inside.ts'

/** A console slower than the log says how much it left out: printk.c, console_prepend_dropped(); 4.x printed it inline. */
const droppedNotice = /\*\* (\d{1,10}) printk messages (?:dropped|suppressed) \*\* ?/y
/** systemd, journald-kmsg.c, server_read_dev_kmsg(). */
const missedNotice = /^Missed (\d{1,10}) kernel messages/

/** The message of a transport that wrote more about it than a prefix. */
type Outer = Pick<FieldsMessage, 'transport' | 'seed'>

export class LineReader {
  readonly #draft = new Draft()
  readonly #peeler = new Peeler()
  readonly #json = new JsonScanner()
  readonly #export = new ExportReader()
  readonly #verbose = new VerboseReader()
  readonly #fragments = new FragmentAssembler()
  /** the last record of /dev/kmsg: dictionary lines may follow it */
  #openRecord: LogRecord | undefined
  /** the last fragment of one */
  #openFragment: { sequence: number; offset: number } | undefined
  /** the header of `logcat -v long`: its message goes on to the next blank line */
  #longEntry: Outer | undefined
  /** a framed message that goes on in the next piece of a line that was cut */
  #carried: { text: string; line: InputLine } | undefined
  /** of the last record that had a prefix; lines without one continue it */
  #lastCaller: string | undefined
  #lastCpu: number | undefined
  #lastLevel: number | undefined
  /** records that the next one must tell about */
  #lost = 0
  #noiseBytes = 0

  /** bytes that are part of no record: what transports write around them */
  get noiseBytes(): number {
    return this.#noiseBytes + this.#json.noiseBytes
  }

  /** Whether the last line had a prefix, in a stream where lines without one may be continuations. */
  get prefixed(): boolean {
    return this.#peeler.prefixed
  }

  /** No block is under way, and the records carry no sequence numbers that would show a gap. */
  get selfContained(): boolean {
    return (
      this.#peeler.memory.sequence === undefined &&
      this.#carried === undefined &&
      this.#longEntry === undefined &&
      !(this.#json.active || this.#export.active || this.#verbose.active)
    )
  }

  /** Whether the last record may still be changed by the next line. */
  isOpen(record: LogRecord | undefined): boolean {
    return record !== undefined && record === this.#openRecord
  }

  read(line: InputLine, out: LogRecord[]): void {
    if (this.#carried !== undefined && line.number !== this.#carried.line.number) this.#endCarried(out)
    const text = line.text
    if (this.#export.active || text.startsWith('__CURSOR=')) {
      if (this.#export.feed(line)) return
      this.#emitEntry(this.#export.take(), out)
      if (text === '') return
      if (ExportReader.begins(text)) {
        this.#export.feed(line)
        return
      }
    }
    if (!needsCleaning(text)) {
      this.#readBlocks(text, line, out)
      return
    }
    if (!hasControls(text)) {
      this.#readClean(text, line, out)
      return
    }
    let empty = true
    for (const part of splitAtReturns(text)) {
      const clean = withoutControls(part)
      if (clean === '') continue
      empty = false
      this.#readClean(clean, line, out)
    }
    if (empty) this.#noise(line)
  }

  flush(out: LogRecord[]): void {
    this.#endCarried(out)
    this.#emitEntry(this.#export.take(), out)
    this.#endVerbose(out)
    for (const line of this.#json.flush()) this.#readAsText(line, out)
    for (const assembled of this.#fragments.flush()) this.#emitAssembled(assembled, out)
    this.#openRecord = undefined
    this.#openFragment = undefined
    this.#longEntry = undefined
  }

  #readClean(text: string, line: InputLine, out: LogRecord[]): void {
    const parts = unescapeHtml(text)
    if (parts === undefined) {
      this.#readBlocks(text, line, out)
      return
    }
    for (const part of parts) this.#readBlocks(part, line, out, { transport: 'html', seed: () => {} })
  }

  /** Lines that belong to something which began before them. */
  #readBlocks(text: string, line: InputLine, out: LogRecord[], outer?: Outer): void {
    if (this.#json.active) {
      this.#feedJson(text, line, out)
      return
    }
    if (this.#verbose.active) {
      if (this.#verbose.feed(text, line)) return
      this.#endVerbose(out)
    }
    if (this.#longEntry !== undefined) {
      if (text === '') this.#longEntry = undefined
      else if (readLongHeader(text, 0) === undefined) {
        this.#readText(text, line, out, this.#longEntry, depths.collector)
        return
      }
    }
    if (text.charCodeAt(0) === 0x20 && this.#readDictionary(text, line, out)) return
    this.#openRecord = undefined
    this.#openFragment = undefined
    this.#readText(text, line, out, outer)
  }

  #readText(text: string, line: InputLine, out: LogRecord[], outer?: Outer, depth = -1): void {
    const draft = this.#draft
    let rest = text
    let input = line
    if (this.#carried !== undefined) {
      rest = this.#carried.text + text
      input = covering(this.#carried.line, line)
      if (line.cut) input = { ...input, cut: true }
      this.#carried = undefined
    }
    for (let torn = false; ; ) {
      draft.clear()
      outer?.seed(draft)
      const at = this.#peeler.peel(rest, draft, depth, outer?.transport)
      if (this.#peeler.depth < depths.stamp && this.#enterBlock(rest, at, input, out)) return
      const end = this.#messageEnd(rest, at, line)
      if (end === undefined) {
        this.#carried = { text: rest, line: input }
        return
      }
      const inside = draft.sequence === undefined ? findStampInside(rest, at) : -1
      const tear = inside >= 0 && inside < end
      this.#emit(rest.slice(at, tear ? inside : end), input, torn || tear, out)
      const next = tear ? inside : end
      if (next >= rest.length) return
      rest = rest.slice(next)
      torn = tear
    }
  }

  /**
   * Where the message at `at` ends: at the end of the line, or before the next message when a transport with frames
   * put several into one line. Undefined when it goes on in the next piece of a line that was cut.
   */
  #messageEnd(text: string, at: number, line: InputLine): number | undefined {
    const draft = this.#draft
    let end = text.length
    if (draft.frame !== undefined) end = frameEnd(text, draft.frame)
    else if (draft.sequence !== undefined) end = findRecordInside(text, at, this.#peeler.memory)
    else return end
    if (end < text.length || !line.cut || text.length > line.text.length + 1) return end
    return undefined
  }

  #endCarried(out: LogRecord[]): void {
    const carried = this.#carried
    if (carried === undefined) return
    this.#carried = undefined
    const { cut: _, ...whole } = carried.line
    this.#readText(carried.text, whole, out)
  }

  /** True when something begins at `at` that is not a line of text. */
  #enterBlock(text: string, at: number, line: InputLine, out: LogRecord[]): boolean {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
      case 0x5b: // [
        if (atJson(text, at)) return this.#readJson(text, at, line, out)
        return text.charCodeAt(at + 1) === 0x20 && this.#enterLongEntry(text, at, line)
      case 0x64: // d
        return text.startsWith('data: {"', at) && this.#readJson(text, at + 6, line, out)
      case 0x2d: {
        // -
        const message = text.startsWith('- {', at) ? readLavaLine(text.slice(at)) : undefined
        if (message !== undefined) this.#emitMessage(message, line, out)
        return message !== undefined
      }
      case 0x4d:
      case 0x54:
      case 0x57:
      case 0x46:
      case 0x53: {
        // a weekday
        const wall = readVerboseHeader(text, at)
        if (wall !== undefined) this.#verbose.begin(line, wall)
        return wall !== undefined
      }
    }
    return false
  }

  #enterLongEntry(text: string, at: number, line: InputLine): boolean {
    const seed = readLongHeader(text, at)
    if (seed === undefined) return false
    this.#longEntry = { transport: 'logcat', seed }
    this.#noise(line)
    return true
  }

  #readJson(text: string, at: number, line: InputLine, out: LogRecord[]): boolean {
    const source = at === 0 ? text : text.slice(at)
    if (source.endsWith('}') && !line.cut) {
      let value: unknown
      try {
        value = JSON.parse(source)
      } catch {
        return this.#feedJson(source, line, out)
      }
      const messages = recordsOf(value)
      for (const message of messages) this.#emitMessage(message, line, out)
      return messages.length > 0
    }
    return this.#feedJson(source, line, out)
  }

  /** True when the line was taken; its text may still come back as a plain line. */
  #feedJson(text: string, line: InputLine, out: LogRecord[]): boolean {
    const step = this.#json.feed(text, line)
    for (const found of step.messages) this.#emitMessage(found.message, found.line, out)
    for (const failed of step.failed ?? []) this.#readAsText(failed, out)
    if (step.rest !== undefined) this.#readText(step.rest, line, out)
    return true
  }

  #readAsText(line: InputLine, out: LogRecord[]): void {
    for (const part of splitAtReturns(line.text)) {
      const text = withoutControls(part)
      this.#draft.clear()
      const at = this.#peeler.peel(text, this.#draft)
      this.#emit(text.slice(at), line, false, out)
    }
  }

  #emitEntry(entry: ExportEntry | undefined, out: LogRecord[]): void {
    if (entry === undefined) return
    const message = readFields(entry.fields)
    const line = covering(entry.first, entry.last)
    if (message === undefined) this.#noise(line)
    else this.#emitMessage(message, line, out)
  }

  #endVerbose(out: LogRecord[]): void {
    const wall = this.#verbose.wall
    const entry = this.#verbose.take()
    if (entry === undefined) return
    if (wall !== undefined) entry.fields['wall'] = wall
    this.#emitEntry(entry, out)
  }

  /** The text of a message may have several lines and layers of its own. */
  #emitMessage(message: FieldsMessage, line: InputLine, out: LogRecord[]): void {
    for (const part of message.text.replace(/[\r\n]+$/, '').split('\n')) {
      if (!hasControls(part)) this.#readText(part, line, out, message, depths.collector)
      else {
        for (const piece of splitAtReturns(part)) {
          this.#readText(withoutControls(piece), line, out, message, depths.collector)
        }
      }
    }
  }

  #readDictionary(text: string, line: InputLine, out: LogRecord[]): boolean {
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

  #emit(text: string, line: InputLine, torn: boolean, out: LogRecord[]): void {
    const draft = this.#draft
    let message = text
    if (torn) draft.addDamage('stamp-inside')
    if (text.charCodeAt(0) === 0x2a /* * */) {
      droppedNotice.lastIndex = 0
      const found = droppedNotice.exec(text)
      if (found !== null) {
        this.#lost += Number(found[1])
        message = text.slice(droppedNotice.lastIndex)
        if (message === '') {
          this.#noise(line)
          return
        }
      }
    }
    const transport = this.#peeler.transport
    if (this.#peeler.prefixed) this.#remember()
    else this.#inherit()
    if (draft.tag !== undefined && message.startsWith('Missed '))
      this.#lost += Number(missedNotice.exec(message)?.[1] ?? 0)
    else if (this.#lost > 0 && !draft.userSpace) {
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
      if (plain === message) out.push(draft.finish(message, line, transport))
      else this.#emitLines(draft.finish('', line, transport), plain, out)
      if (draft.escaping === 'kmsg') this.#openRecord = out.at(-1)
    }
  }

  /** A message whose escapes were undone may have several lines; only the first keeps the sequence number. */
  #emitLines(first: LogRecord, text: string, out: LogRecord[]): void {
    if (!hasControls(text)) {
      first.text = text
      out.push(first)
      return
    }
    const parts = text.split(/[\r\n]+/)
    while (parts.length > 1 && parts.at(-1) === '') parts.pop()
    for (const [index, part] of parts.entries()) {
      const record = index === 0 ? first : { ...first }
      if (index > 0) {
        delete record.sequence
        delete record.lostBefore
      }
      record.text = withoutControls(part)
      out.push(record)
    }
  }

  #emitFragment(body: string, line: InputLine, transport: string, out: LogRecord[]): void {
    const draft = this.#draft
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
    const draft = this.#draft
    if (this.#lastCaller !== undefined) draft.caller = this.#lastCaller
    if (this.#lastCpu !== undefined) draft.cpu = this.#lastCpu
    if (this.#lastLevel !== undefined) draft.level = this.#lastLevel
  }

  #remember(): void {
    this.#lastCaller = this.#draft.caller
    this.#lastCpu = this.#draft.cpu
    this.#lastLevel = this.#draft.level
  }

  #noise(line: InputLine): void {
    this.#noiseBytes += line.span.end - line.span.start
  }
}
