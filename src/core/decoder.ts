// The whole road in one object: bytes in, reports out, in bounded memory. Text without any header's literal is jumped over.

import { beginsBoot, bootNeedles, readBoot } from './decode/kernel.ts'
import { EventAssembler, SETTLED_MS } from './detect/assembler.ts'
import type { Excerpt } from './detect/event.ts'
import { headerNeedles, openingOf } from './detect/match.ts'
import type { KindRow } from './detect/row.ts'
import { LineSplitter, LogReader } from './log/index.ts'
import { LineReader } from './log/line-reader.ts'
import { partNeedles, readPartHeader } from './log/order/pstore.ts'
import type { BootContext, LogRecord, RawLine, Report } from './model.ts'
import { decodeExcerpt, type ReportSource } from './report.ts'
import { type Skimmed, Skimmer } from './skimmer.ts'

export interface DecoderOptions {
  source?: ReportSource
  /** reports are wanted as soon as they are complete: nothing is held back or jumped over */
  live?: boolean
  /** watched live: a report without a further line for so long is cut there, ms */
  silenceMs?: number
}

const LINE_FEED = 10

/** Lines without any of these say nothing that a report is made of, unless one is under way. */
const skimmedNeedles = [...headerNeedles, ...bootNeedles, ...partNeedles]

const lineDecoder = new TextDecoder()

// A line inside a journal entry or a JSON object that was printed over several lines.
const withinBlock = /^\s*(?:"[\w-]{1,40}"\s*:|MESSAGE=)/

// Transports that write some letters in another way.
const rewritten = /json|html|kmsg|netconsole|export|5424/

/** What it is about stands above it. */
const looksBack = ({ backtraceBefore, headless, phase }: KindRow): boolean =>
  backtraceBefore === true || headless === true || phase === 'reboot' || phase === 'remains'

/** The beginning of a log is read whole: most logs are no longer, and it teaches what the transport is. */
const WHOLE_BYTES = 1024 * 1024

/** A stream stage: `push` bytes as they come, take the reports that are complete; `finish` at the end of the input. */
export class Decoder {
  private readonly source: ReportSource
  private readonly splitter = new LineSplitter()
  private readonly reader: LogReader
  private readonly assembler = new EventAssembler()
  private readonly boots = new Map<string, BootContext>()
  private readonly live: boolean
  private skimmer: Skimmer | undefined
  /** reads single lines of text that is jumped over, to see what they are */
  private readonly probe = new LineReader()
  /** where needles stand in what is being read */
  private readonly hits: number[] = []
  /** … which is not known of all that is held back */
  private blind = true
  private reports: Report[] = []
  private position = 0
  private now = 0
  private readonly silenceMs: number
  private readonly ends = new WeakMap<Report, Excerpt['closedBy']>()
  /** of the last record: most are as the one before */
  private lastHost = ''
  private lastBoot: BootContext | undefined
  private transport = ''
  /** … which wrote its text as it was */
  private asWritten = true
  /** bytes pushed, and line feeds among them, until the skimmer takes over */
  private pushed = 0
  private lineFeeds = 0

  constructor(options: DecoderOptions = {}) {
    this.source = options.source ?? {}
    this.live = options.live === true
    this.silenceMs = options.silenceMs ?? SETTLED_MS
    this.reader = new LogReader({ live: this.live })
  }

  push(chunk: Uint8Array): Report[] {
    if (this.skimmer) this.skimmer.push(chunk)
    else if (this.live || this.pushed + chunk.length <= WHOLE_BYTES) this.readWhole(chunk)
    else {
      const whole = chunk.subarray(0, WHOLE_BYTES - this.pushed)
      this.readWhole(whole)
      const start = { offset: this.pushed, line: this.lineFeeds + 1, inLine: whole.at(-1) !== LINE_FEED }
      this.skimmer = new Skimmer(skimmedNeedles, this.skimmed, start)
      this.skimmer.push(chunk.subarray(whole.length))
    }
    return this.taken()
  }

  /**
   * Records that another reader took from their transport, `now` in milliseconds of any clock that does not step. Spans
   * and lines count in the stream they are of. Give the clock a turn by `settle`, at least some times a second.
   */
  pushRecords(records: readonly LogRecord[], now: number): Report[] {
    this.now = now
    this.take(records)
    return this.taken()
  }

  /** Reports that were waiting for more and have been silent since: cut here, a live watcher does not wait longer. */
  settle(now: number): Report[] {
    if (this.assembler.empty) return []
    this.assembler.settle(now, this.silenceMs)
    this.decodeAll(this.assembler.take())
    return this.taken()
  }

  /** Reports that have come to their own end; the others may go on. */
  settleEnded(): Report[] {
    this.assembler.settle(Number.MAX_VALUE, Number.POSITIVE_INFINITY)
    this.decodeAll(this.assembler.take())
    return this.taken()
  }

  /** The first record of the earliest report that is not complete; undefined when none is under way. */
  get pending(): LogRecord | undefined {
    return this.assembler.pending
  }

  finish(): Report[] {
    this.skimmer?.finish()
    for (const line of this.splitter.flush()) this.read(line)
    this.take(this.reader.flush())
    this.decodeAll(this.assembler.flush())
    return this.taken()
  }

  /** How the end of a report of this decoder was found; for as long as the report is kept. */
  endOf(report: Report): Excerpt['closedBy'] | undefined {
    return this.ends.get(report)
  }

  private decodeAll(excerpts: readonly Excerpt[]): void {
    for (const excerpt of excerpts) {
      const report = decodeExcerpt(excerpt, this.source)
      this.ends.set(report, excerpt.closedBy)
      this.reports.push(report)
    }
  }

  /** Lines looked at so far: what the bound on work is asserted by. */
  get work(): number {
    return this.assembler.classified
  }

  private taken(): Report[] {
    const out = this.reports
    this.reports = []
    return out
  }

  private readWhole(bytes: Uint8Array): void {
    this.pushed += bytes.length
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) this.lineFeeds++
    for (const line of this.splitter.push(bytes)) this.read(line)
  }

  private readonly skimmed: Skimmed = {
    read: ({ bytes, offset, line, hits }) => {
      for (const hit of hits) this.hits.push(hit)
      if (bytes.at(-1) !== LINE_FEED) this.blind = true
      if (line !== undefined) {
        this.assembler.skip()
        for (const last of this.splitter.skipTo(offset, line)) this.read(last)
      }
      for (const whole of this.splitter.push(bytes)) this.read(whole)
    },
    rest: () => {
      if (!this.reader.selfContained) {
        this.hits.length = 0
        this.blind = true
        return Number.POSITIVE_INFINITY
      }
      this.take(this.reader.flush())
      this.hits.length = 0
      this.blind = false
      return this.reader.selfContained ? this.assembler.wanted : Number.POSITIVE_INFINITY
    },
    weigh: bytes => this.weigh(bytes),
  }

  private weigh(bytes: Uint8Array): ReturnType<Skimmed['weigh']> {
    const text = lineDecoder.decode(bytes).trimEnd()
    const records: LogRecord[] = []
    this.probe.read({ text, number: 1, span: { start: 0, end: bytes.length } }, records)
    // Something that goes over several lines: only the reader itself can tell.
    if (records.length === 0 || !this.probe.selfContained || withinBlock.test(text)) return 'ends'
    for (const record of records) {
      const row = openingOf(record.text)?.row
      if (row) return looksBack(row) ? 'ends' : 'opens'
      if (readPartHeader(record.text)) return 'ends'
      if (readBoot(record.text, {})) return 'matters'
    }
    return 'nothing'
  }

  private read(line: RawLine): void {
    const records = this.reader.push(line)
    if (records.length > 0) this.take(records)
  }

  private take(records: readonly LogRecord[]): void {
    // What the skimmer has seen spares the search; it saw the bytes as they stand in the input.
    const seen = this.skimmer !== undefined && !this.blind && this.reader.selfContained
    for (const record of records) {
      this.position = Math.max(this.position, record.span.start)
      const mayOpen = !seen || this.mayHoldNeedle(record)
      const boot = this.boot(record, mayOpen)
      this.assembler.push(record, boot, mayOpen, this.now)
      this.decodeAll(this.assembler.take(this.position))
    }
  }

  private mayHoldNeedle({ span, transport, damage }: LogRecord): boolean {
    if (damage) return true
    if (transport !== this.transport) {
      this.transport = transport
      this.asWritten = !rewritten.test(transport)
    }
    if (!this.asWritten) return true
    let [from, to] = [0, this.hits.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.hits[middle]! < span.start) from = middle + 1
      else to = middle
    }
    return (this.hits[from] ?? Number.POSITIVE_INFINITY) < span.end
  }

  /** What is known of the boot that the record is of, with what it says itself. */
  private boot({ text, host = '' }: LogRecord, mayHoldNeedle: boolean): BootContext {
    if (mayHoldNeedle && beginsBoot(text)) this.boots.delete(host)
    else if (this.lastBoot !== undefined && host === this.lastHost) {
      readBoot(text, this.lastBoot, mayHoldNeedle)
      return this.lastBoot
    }
    const boot = this.bootOf(host)
    this.lastHost = host
    this.lastBoot = boot
    readBoot(text, boot, mayHoldNeedle)
    return boot
  }

  private bootOf(host: string): BootContext {
    let boot = this.boots.get(host)
    if (!boot) {
      if (this.boots.size > 4096) this.boots.clear()
      boot = {}
      this.boots.set(host, boot)
    }
    return boot
  }
}

/** All reports of a whole input at hand. */
export function decodeBytes(bytes: Uint8Array, source: ReportSource = {}): Report[] {
  const decoder = new Decoder({ source })
  return [...decoder.push(bytes), ...decoder.finish()]
}
