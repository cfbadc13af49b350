// Records in, whole events out: a header opens an event, its lines are gathered in their stream, its later stages (Oops,
// panic, end trace) stay with it, and it ends by its own end, by silence, or by the next header.

import type { BootContext, LogRecord } from '../model.ts'
import { cameBack, isSeparator, leadIn, remains } from './before.ts'
import { Event, type EventLine, type Excerpt, MAX_EVENT_LINES } from './event.ts'
import { type Item, readItem } from './items/index.ts'
import { announcesNmiBacktraces } from './items/trace-title.ts'
import { type Opening, openingOf } from './match.ts'
import { OpenStreams, type Stream } from './open-streams.ts'
import { RecentRecords } from './recent.ts'
import { chains, continues, panicBelongsTo, relationOf, tangles } from './relation.ts'
import { Streams } from './streams.ts'
import { REACH_BYTES, WaitingEvents } from './waiting.ts'

/** Lines before a header that are looked through for "cut here" and a preamble. */
const MAX_BEFORE = 64
/** Lines above the end of a report whose header is lost that are looked through for the rest of it. */
const MAX_REMAINS = 256
/** A report of single lines that follow each other is closed at so many; the next line is a new one. */
const MAX_LINE_REPORT = 500
/** An event in a stream that has gone silent is closed after so many records of others. */
const MAX_SILENT_RECORDS = 600
/** Silence that ends an event, in the log's own time. */
const MAX_SILENCE_US = 90_000_000
/** Silence that ends an event that is watched live: a panic comes within milliseconds of the end of its oops. */
export const SETTLED_AFTER_END_MS = 400
export const SETTLED_MS = 1000
/** … while more must come: no trace yet, or other CPUs were asked for their backtraces, which arrive one by one */
export const SETTLED_INCOMPLETE_MS = 1600

// The kernel's own log says who wrote a record: what a program put into /dev/kmsg has another facility than the kernel's.
const printkFacility = /(?:^|\+)(?:kmsg|level(?:\+printk)?)$/

const notTheKernels = (record: LogRecord): boolean =>
  (record.sinceBootUs === undefined && record.tag !== undefined) ||
  (record.facility !== undefined && record.facility !== 0 && printkFacility.test(record.transport))

export class EventAssembler {
  private readonly streams = new OpenStreams(event => this.close(event, 'bound'))
  private readonly clocks = new Streams()
  private readonly recent = new RecentRecords()
  private readonly waiting = new WaitingEvents()
  /** of `waiting` */
  private readonly queue: readonly Event[] = this.waiting.events
  private number = 0
  /** where in the input the last record stood */
  private line = 0
  private boot: BootContext = {}
  private readonly busy = (stream: string): boolean => this.streams.get(stream)?.open !== undefined
  /** lines classified: what the bound on work is asserted by */
  classified = 0

  /**
   * Records that may still be of what is under way; 0 when nothing is, or has not been heard of for long: lines without a
   * header's needle may be passed over.
   */
  get wanted(): number {
    let most = 0
    for (const event of this.queue) {
      if (event.closed === undefined) most = Math.max(most, event.quietRecords - (this.number - event.lastRecord))
    }
    return most
  }

  /** Text without any header is left out here: what was under way has ended. */
  skip(): void {
    for (const event of this.queue) if (event.closed === undefined) this.close(event, event.ended ? 'end' : 'silence')
    this.streams.forgetAllIdle()
  }

  /**
   * `boot`: what is known of the boot that the record is of; another object for another boot. `mayOpen`: false when the
   * record is known to hold no header's literal.
   */
  push(record: LogRecord, boot: BootContext, mayOpen = true, now = 0): void {
    // what broke into a line is part of it
    if (record.line !== this.line || record.damage?.includes('stamp-inside') !== true) this.number++
    this.line = record.line
    this.boot = boot
    if (record.userSpace === true && notTheKernels(record)) return
    const name = this.clocks.of(record, this.busy)
    this.classified++
    const opening = mayOpen ? openingOf(record.text) : undefined
    if (this.queue.length > 0) this.closeSilent(record, name)
    if (opening) {
      const stream = this.streams.of(name, this.number)
      this.opened(opening, record, readItem(record.text, stream.open?.arch), name, stream)
    } else {
      const stream = this.streams.get(name)
      // Most of a log is part of nothing: it is not even asked what its lines are.
      if (stream?.open || stream?.line || this.nmiExpected(record))
        this.continued(record, readItem(record.text, stream?.open?.arch), stream)
    }
    if (now > 0) for (const event of this.queue) if (event.lastRecord === this.number) event.lastAt = now
    this.streams.forgetIdle(name)
    this.recent.push(record, name)
  }

  /** What is complete and has no earlier event still under way. */
  take(position?: number): Excerpt[] {
    if (this.queue.length > 0) this.waiting.release(position)
    return this.waiting.take()
  }

  /** Ends what has been silent by the clock that `push` was given, however short the log behind it is. */
  settle(now: number, silenceMs = SETTLED_MS): void {
    for (const event of this.queue) {
      const ended = event.closed !== undefined || event.ended
      const incomplete = event.sendsNmi || event.fresh
      const limit = ended ? SETTLED_AFTER_END_MS : incomplete ? Math.max(silenceMs, SETTLED_INCOMPLETE_MS) : silenceMs
      if (now - event.lastAt < limit) continue
      this.close(event, event.ended ? 'end' : 'silence')
      event.settled = true
      const stream = this.streams.get(event.stream)
      if (stream?.line === event) delete stream.line
      this.streams.forgetIdle(event.stream)
    }
    this.waiting.release(undefined)
  }

  /** Nothing is under way: `settle` has nothing to do. */
  get empty(): boolean {
    return this.queue.length === 0
  }

  /** The first record of the earliest event under way. */
  get pending(): LogRecord | undefined {
    let first: LogRecord | undefined
    for (const { lines } of this.queue) {
      const record = lines[0]?.record
      if (record !== undefined && (first === undefined || record.span.start < first.span.start)) first = record
    }
    return first
  }

  flush(): Excerpt[] {
    for (const event of this.queue) this.close(event, 'input')
    this.waiting.release(Number.POSITIVE_INFINITY)
    this.streams.clear()
    return this.take()
  }

  private opened(opening: Opening, record: LogRecord, item: Item, name: string, stream: Stream): void {
    const event = stream.open
    let interrupted: Event | undefined
    const { line } = stream
    if (line && chains(opening, line, record)) {
      line.addStage(opening, record, item, this.number)
      if (line.lines.length >= MAX_LINE_REPORT) delete stream.line
      return
    }
    if (opening.row.phase === 'remains') {
      this.ended(opening, record, item, name, stream)
      return
    }
    if (opening.row.phase === 'reboot' && !cameBack(this.recent.of(name, MAX_BEFORE))) return
    if (opening.row.phase === 'panic') {
      const target = this.panicTarget(opening, record, name)
      if (target) {
        // what is left of a report is named by the panic that ends it
        if (target.row.phase === 'remains') target.upgrade(opening, record, item, this.number)
        else target.addStage(opening, record, item, this.number)
        target.closed = undefined
        if (stream.open && stream.open !== target) this.close(stream.open, 'next')
        stream.open = target
        return
      }
    }
    if (event) {
      let relation = relationOf(opening, event, record)
      if (relation === 'next' && event.rival)
        relation = relationOf(opening, new Event(event.rival.opening, name, this.boot), record)
      const after = opening.row.phase === 'aftermath' && (relation === 'next' || relation === 'beside')
      if (after && this.joinsRecent(opening, record, item, name, stream)) return
      if (relation !== 'next') {
        if (relation === 'stage') event.addStage(opening, record, item, this.number)
        else if (relation === 'upgrade') event.upgrade(opening, record, item, this.number)
        else if (relation === 'part') event.add(record, item, true, this.number)
        // A line report inside another event is its own; the event goes on around it.
        else this.openLine(opening, record, item, name, stream)
        return
      }
      if (tangles(event, opening, record)) {
        event.rival = { opening, at: event.lines.length }
        if (opening.row.phase === 'die') event.dies++
        event.add(record, item, true, this.number)
        return
      }
      this.close(event, 'next')
      if (event.fresh && record.caller !== undefined && opening.row.line !== true) interrupted = event
    } else if (opening.row.phase === 'aftermath' && this.joinsRecent(opening, record, item, name, stream)) return
    if (opening.row.line === true) {
      this.openLine(opening, record, item, name, stream)
      return
    }
    const rest = opening.row.headless === true && opening.row.phase === 'panic' ? this.remainsOf(name) : []
    const lead = rest.length === 0 ? this.leadOf(opening, name) : rest
    const opened = this.create(opening, name)
    for (const line of lead) opened.add(line.record, line.item, true, this.number)
    opened.addHeader(record, item, this.number)
    if (interrupted) interrupted.successor = opened
    delete stream.line
    stream.open = opened
  }

  /** The lines above a header that are its own; a line of '=' is taken from the report before, or left to it. */
  private leadOf(opening: Opening, name: string): EventLine[] {
    const lead = leadIn(this.recent.of(name, MAX_BEFORE), opening.row)
    const [line] = lead
    if (lead.length !== 1 || line === undefined || !isSeparator(line.record.text)) return lead
    const before = this.queue.findLast(event => event.endsWith(line.record))
    if (before?.keepsSeparator(opening.row.kind) === true) return []
    before?.giveBack()
    return lead
  }

  /** The end of a report: of the one under way, or of one whose beginning the log has lost. */
  private ended(opening: Opening, record: LogRecord, item: Item, name: string, stream: Stream): void {
    if (stream.open || this.nmiReceiver(record, item)) {
      this.continued(record, item, stream)
      return
    }
    const rest = this.remainsOf(name)
    if (rest.length === 0) return
    const event = this.create(opening, name)
    for (const line of rest) event.add(line.record, line.item, true, this.number)
    event.header = 0
    event.add(record, item, true, this.number)
    stream.open = event
  }

  /** What is left of a report without its header: the lines right above, as far as they are a report's. */
  private remainsOf(name: string): EventLine[] {
    const taken = this.waiting.lastByteOf(name)
    const lines = this.recent
      .of(name, MAX_REMAINS)
      .filter(record => record.span.start >= taken)
      .map(record => ({ record, item: readItem(record.text) }))
    return remains(lines)
  }

  private create(opening: Opening, name: string): Event {
    const event = new Event(opening, name, this.boot)
    const first = this.waiting.add(event)
    if (first !== undefined) {
      this.close(first, 'bound')
      this.waiting.release(Number.POSITIVE_INFINITY)
    }
    return event
  }

  private openLine(opening: Opening, record: LogRecord, item: Item, name: string, stream: Stream): void {
    const event = this.create(opening, name)
    event.addHeader(record, item, this.number)
    event.closed = 'end'
    if (opening.row.more) stream.line = event
    else delete stream.line
  }

  private continued(record: LogRecord, item: Item, stream: Stream | undefined): void {
    const line = stream?.line
    if (stream && line) {
      if (line.row.more!.test(record.text.trimStart()) && continues(record, line)) {
        line.add(record, item, true, this.number)
        if (line.lines.length >= MAX_LINE_REPORT) delete stream.line
        return
      }
      delete stream.line
    }
    const event = stream?.open ?? this.nmiReceiver(record, item)
    if (!event) return
    if (event.row.more && item.is === 'text' && event.row.more.test(record.text.trimStart())) {
      event.add(record, item, true, this.number)
      return
    }
    // Output of user space on the same console: the kernel's lines carry stamps, its own do not.
    if (item.is === 'text' && record.sinceBootUs === undefined && event.stamped && !event.listsModules) return
    if (item.is === 'text' && intruders.test(record.text) && record.caller === undefined)
      event.intrudedAt ??= event.lines.length
    event.add(record, item, event.expects(item) || (event.row.confirmedBy?.test(record.text) ?? false), this.number)
    if (item.is === 'phrase' && announcesNmiBacktraces(record.text)) event.sendsNmi = true
    if (event.lines.length >= MAX_EVENT_LINES) this.close(event, 'bound')
    else if (event.outOfPatience) this.close(event, event.ended ? 'end' : 'silence')
  }

  private nmiExpected({ caller }: LogRecord): boolean {
    return this.queue.length > 0 && caller !== undefined && /^C\d/.test(caller)
  }

  /** Backtraces that other CPUs print on request belong to the event that asked for them. */
  private nmiReceiver(record: LogRecord, item: Item): Event | undefined {
    if (item.is === 'text' || !this.nmiExpected(record)) return undefined
    for (let i = this.queue.length - 1; i >= 0; i--) {
      const event = this.queue[i]!
      if (event.sendsNmi && event.closed === undefined) return event
    }
    return undefined
  }

  private panicTarget(opening: Opening, record: LogRecord, name: string): Event | undefined {
    const open = this.streams.get(name)?.open
    if (open?.boot === this.boot && panicBelongsTo(opening, open, record, true)) return open
    for (const same of [true, false]) {
      for (let i = this.queue.length - 1; i >= 0; i--) {
        const event = this.queue[i]!
        if ((event.stream === name) !== same || event.boot !== this.boot) continue
        if (record.span.start - event.lastByte > REACH_BYTES) continue
        if (panicBelongsTo(opening, event, record, same)) return event
        if (same) break
      }
    }
    return undefined
  }

  private joinsRecent(opening: Opening, record: LogRecord, item: Item, name: string, stream: Stream): boolean {
    for (let i = this.queue.length - 1; i >= 0; i--) {
      const event = this.queue[i]!
      if (event.stream !== name || event.boot !== this.boot || record.span.start - event.lastByte > REACH_BYTES)
        continue
      if (relationOf(opening, event, record) !== 'stage') return false
      event.addStage(opening, record, item, this.number)
      if (opening.row.line !== true) {
        if (stream.open && stream.open !== event) this.close(stream.open, 'next')
        event.closed = undefined
        stream.open = event
      }
      return true
    }
    return false
  }

  private closeSilent(record: LogRecord, name: string): void {
    for (const event of this.queue) {
      if (event.closed !== undefined) continue
      const silent =
        this.restarted(event, record) ||
        this.number - event.lastRecord > MAX_SILENT_RECORDS ||
        (event.stream === name &&
          record.sinceBootUs !== undefined &&
          event.lastUs !== undefined &&
          record.sinceBootUs - event.lastUs > MAX_SILENCE_US)
      if (!silent) continue
      this.close(event, 'silence')
      this.streams.forgetIdle(event.stream)
    }
  }

  /** The machine that it happened on has started again. */
  private restarted(event: Event, record: LogRecord): boolean {
    return event.boot !== this.boot && event.lines[event.header]?.record.host === record.host
  }

  private close(event: Event, why: Excerpt['closedBy']): void {
    event.closed ??= why
    this.streams.closed(event)
  }
}

// Dumps with a stack of their own that are no exceptions: between the lines of a report they are another CPU's.
const intruders = /FAULT_INJECTION: forcing a failure|FAULT_FLAG_ALLOW_RETRY missing|vmalloc: allocation failure/
