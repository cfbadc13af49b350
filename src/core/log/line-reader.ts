// One physical line → the records in it; blocks that go over several lines are collected here.

import type { LogRecord } from '../model.ts'
import { type FieldsMessage, readFields } from './blocks/fields.ts'
import { type ExportEntry, ExportReader } from './blocks/journal-export.ts'
import { readVerboseHeader, VerboseReader } from './blocks/journal-verbose.ts'
import { atJson, JsonScanner, recordsOf } from './blocks/json.ts'
import { readLavaLine } from './blocks/lava.ts'
import { hasControls, needsCleaning, splitAtReturns, withoutControls } from './controls.ts'
import { covering, type InputLine } from './draft.ts'
import { unescapeHtml } from './html.ts'
import { findRecordInside } from './layers/kmsg.ts'
import { depths } from './layers/layer.ts'
import { readLongHeader } from './layers/logcat.ts'
import { frameEnd } from './layers/syslog.ts'
import { Peeler } from './peeler.ts'
import { RecordMaker } from './record-maker.ts'
import { findStampInside } from './stamp-inside.ts'

/** Messages in messages, as JSON in the text of JSON; deeper ones are text. */
const MAX_NESTING = 16

/** The message of a transport that wrote more about it than a prefix. */
type Outer = Pick<FieldsMessage, 'transport' | 'seed'>

export class LineReader {
  readonly #maker = new RecordMaker()
  readonly #peeler = new Peeler()
  readonly #json = new JsonScanner()
  readonly #export = new ExportReader()
  readonly #verbose = new VerboseReader()
  /** the header of `logcat -v long`: its message goes on to the next blank line */
  #longEntry: Outer | undefined
  /** a framed message that goes on in the next piece of a line that was cut */
  #carried: { text: string; line: InputLine } | undefined
  /** names of the layers around the block that is being read */
  #around = ''
  /** messages in whose text the reader is, and what begins in it */
  #nesting = 0

  /** bytes that are part of no record: what transports write around them */
  get noiseBytes(): number {
    return this.#maker.noiseBytes + this.#json.noiseBytes
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
    return this.#maker.isOpen(record)
  }

  read(line: InputLine, out: LogRecord[]): void {
    if (this.#carried !== undefined && line.number !== this.#carried.line.number) this.#endCarried(out)
    const text = line.text
    if (this.#export.active || text.startsWith('__CURSOR=')) {
      this.#around = ''
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
      // what one part holds back for later must not bring the other parts again
      this.#readClean(clean, { ...line, text: part }, out)
    }
    if (empty) this.#maker.noise(line)
  }

  flush(out: LogRecord[]): void {
    this.#endCarried(out)
    this.#around = ''
    this.#emitEntry(this.#export.take(), out)
    this.#endVerbose(out)
    for (const line of this.#json.flush()) this.#readAsText(line, out)
    this.#maker.flush(out)
    this.#longEntry = undefined
  }

  #readClean(text: string, line: InputLine, out: LogRecord[]): void {
    const parts = unescapeHtml(text)
    if (parts === undefined) {
      this.#readBlocks(text, line, out)
      return
    }
    for (const part of parts)
      this.#readBlocks(part, parts.length > 1 ? { ...line, text: part } : line, out, {
        transport: 'html',
        seed: () => {},
      })
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
    if (text.charCodeAt(0) === 0x20 && this.#maker.readDictionary(text, line, out)) return
    this.#maker.close()
    this.#readText(text, line, out, outer)
  }

  #readText(text: string, line: InputLine, out: LogRecord[], outer?: Outer, depth = -1): void {
    const draft = this.#maker.draft
    let rest = text
    let input = line
    if (this.#carried !== undefined) {
      rest = this.#carried.text + text
      input = covering(this.#carried.line, line)
      if (line.cut) input = { ...input, cut: true }
      this.#carried = undefined
    }
    let within = depth
    let around = outer?.transport
    for (let torn = false; ; ) {
      if (torn) draft.keepOrigin()
      else {
        draft.clear()
        outer?.seed(draft)
      }
      const at = this.#peeler.peel(rest, draft, within, around)
      if (this.#peeler.depth < depths.stamp && this.#nesting < MAX_NESTING) {
        this.#nesting++
        this.#around = this.#peeler.transport
        const entered = this.#enterBlock(rest, at, input, out)
        this.#nesting--
        if (entered) return
      }
      const end = this.#messageEnd(rest, at, line)
      if (end === undefined) {
        this.#carried = { text: rest, line: input }
        return
      }
      const inside = draft.sequence === undefined ? findStampInside(rest, at) : -1
      const tear = inside >= 0 && inside < end
      if (torn || tear) draft.addDamage('stamp-inside')
      this.#emit(rest.slice(at, tear ? inside : end), input, out)
      const next = tear ? inside : end
      if (next >= rest.length) return
      rest = rest.slice(next)
      torn = tear
      // what broke in came the same way, with a stamp of its own
      within = tear ? Math.min(this.#peeler.depth, depths.stamp - 1) : depth
      around = tear ? this.#peeler.transport : outer?.transport
    }
  }

  #emit(text: string, line: InputLine, out: LogRecord[]): void {
    this.#maker.emit(text, line, this.#peeler.transport, this.#peeler.prefixed, out)
  }

  /**
   * Where the message at `at` ends: at the end of the line, or before the next message when a transport with frames
   * put several into one line. Undefined when it goes on in the next piece of a line that was cut.
   */
  #messageEnd(text: string, at: number, line: InputLine): number | undefined {
    const draft = this.#maker.draft
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
    this.#maker.noise(line)
    return true
  }

  #readJson(text: string, at: number, line: InputLine, out: LogRecord[]): boolean {
    const source = at === 0 ? text : text.slice(at)
    // The text of a message is complete, and the scanner may still be busy with what is around it.
    const complete = this.#nesting > 1
    if (complete || (source.endsWith('}') && !line.cut)) {
      let value: unknown
      try {
        value = JSON.parse(source)
      } catch {
        return !complete && this.#feedJson(source, line, out)
      }
      const messages = recordsOf(value)
      for (const message of messages) this.#emitMessage(message, line, out)
      return messages.length > 0
    }
    return this.#feedJson(source, line, out)
  }

  /** True when the line was taken; its text may still come back as a plain line. */
  #feedJson(text: string, line: InputLine, out: LogRecord[]): boolean {
    for (let rest = text; ; ) {
      const step = this.#json.feed(rest, line)
      for (const found of step.messages) this.#emitMessage(found.message, found.line, out)
      for (const failed of step.failed ?? []) this.#readAsText(failed, out)
      if (step.rest === undefined) return true
      rest = step.rest
      if (atJson(rest, 0)) continue
      this.#readText(rest, line, out)
      return true
    }
  }

  #readAsText(line: InputLine, out: LogRecord[]): void {
    for (const part of splitAtReturns(line.text)) {
      const text = withoutControls(part)
      this.#maker.draft.clear()
      const at = this.#peeler.peel(text, this.#maker.draft)
      this.#emit(text.slice(at), line, out)
    }
  }

  #emitEntry(entry: ExportEntry | undefined, out: LogRecord[]): void {
    if (entry === undefined) return
    const message = readFields(entry.fields)
    const line = covering(entry.first, entry.last)
    if (message === undefined) this.#maker.noise(line)
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
    const around = this.#around
    const outer = around === '' ? message : { ...message, transport: `${around}+${message.transport}` }
    this.#nesting++
    for (const part of withoutLastBreaks(message.text).split('\n')) {
      const pieces = hasControls(part) ? splitAtReturns(part).map(withoutControls) : [part]
      for (const piece of pieces) this.#readText(piece, line, out, outer, depths.collector)
    }
    this.#nesting--
    this.#around = around
  }
}

function withoutLastBreaks(text: string): string {
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === 0x0a || text.charCodeAt(end - 1) === 0x0d)) end--
  return text.slice(0, end)
}
