// One exception under way: its header, its lines so far, and what it still expects.

import type { Arch } from '../arch/index.ts'
import type { BootContext, LogRecord } from '../model.ts'
import { closesFirst, isSeparator } from './before.ts'
import { sharesContext } from './context.ts'
import { type Item, isStructural, readItem } from './items/index.ts'
import { isSpokenIn } from './items/phrases.ts'
import type { Opening } from './match.ts'
import type { KindRow } from './row.ts'
import { bottom, untangle } from './tangle/index.ts'

export interface EventLine {
  record: LogRecord
  item: Item
  /** the how-manieth record of the log it is, where that is known */
  number?: number
}

/** A further line of the same event that would open a report of its own elsewhere: Oops, panic, end of memory… */
export interface EventStage {
  row: KindRow
  groups: Record<string, string>
  /** index in `lines` */
  at: number
}

/** A whole event cut out of the log, ready to decode. */
export interface Excerpt {
  row: KindRow
  groups: Record<string, string>
  /** index of the header in `lines` */
  header: number
  lines: EventLine[]
  stages: EventStage[]
  boot: BootContext
  fatal: boolean
  /** why nothing more was taken */
  closedBy: 'end' | 'silence' | 'next' | 'input' | 'bound'
  /** other output stood in the header's line before it */
  headerInside: boolean
  /** records that were lost inside, by the transport's count */
  lost: number
  /** index in `lines` from where another dump's output is mixed in */
  intrudedAt?: number
  /** lines of the report that broke into this one in the same context, before this one's trace came */
  beyond?: readonly EventLine[]
  /** its lines stood in turn with another report's and were told apart by content */
  untangled?: true
}

/** An event longer than this is closed and marked: a runaway dump must not hold memory. */
export const MAX_EVENT_LINES = 6000
/** Unrelated lines of the same stream that end an event: before its trace came, and after. */
const PATIENCE_BEFORE_TRACE = 100
const PATIENCE_AFTER_TRACE = 48
const PATIENCE_AFTER_END = 6
/** A line of words alone is no part of a report when so many unrelated ones stand before it; fewer for a family's own words. */
const WORDS_REACH = 24
const FAMILY_REACH = 6
/** Records of all streams without a line of the event, none with a header's literal, after which text is passed over. */
const QUIET_AFTER_END = 12
const QUIET_BEFORE_END = 64

/** What looks like a header only is one when frames, registers or a task line come within so many lines. */
const CONFIRM_LINES = 16
const moduleList = /^\s*Modules linked in/

/** The transport tells that the kernel printed it: it has printk's stamp, or stands in a system log under no program's name. */
const fromKernel = (record: LogRecord): boolean =>
  record.userSpace !== true &&
  (record.sinceBootUs !== undefined || (record.host !== undefined && record.tag === undefined))

/** kernel/panic.c: nothing comes behind it but an emergency restart, which says nothing. */
const lastWords = /^\s*Rebooting in \d{1,10} seconds/

export class Event {
  row: KindRow
  groups: Record<string, string>
  readonly stream: string
  readonly boot: BootContext
  readonly lines: EventLine[] = []
  readonly stages: EventStage[] = []
  header = 0
  headerInside: boolean
  fatal: boolean
  died: boolean
  traced = false
  /** the last title of a trace has no frame yet: what stands between them is other output */
  awaitsFrames = false
  ended = false
  structures = 0
  sendsNmi = false
  lost = 0
  /** index in `lines` behind the last line that surely belongs to it */
  relatedEnd = 0
  closed: Excerpt['closedBy'] | undefined
  intrudedAt: number | undefined
  /** whose register dump the last line of one was */
  arch: Arch | undefined
  /** the event that broke into this one before its trace came (same caller) */
  successor: Event | undefined
  confirmedByLine = false
  /** registers or frames came right behind the header */
  backed = false
  /** the line before is a list of modules, which may go on without a prefix of its own */
  listsModules = false
  /** its kernel has said its last words */
  restarts = false
  /** oops lines so far, its rival's included */
  dies = 0
  /** its last frame is one below which a stack has none */
  bottomed = false
  untangled = false
  /** the header of another report that is printed at the same time, and where it stands in `lines` */
  rival: { opening: Opening; at: number } | undefined
  lastUs: number | undefined
  /** end of its last related line in the input, bytes */
  lastByte = 0
  /** number of the reader's record at its last related line */
  lastRecord = 0
  /** when that came, by the clock of whoever watches live, ms */
  lastAt = 0
  /** has been silent by that clock: nothing more is waited for */
  settled = false

  constructor(opening: Opening, stream: string, boot: BootContext) {
    this.boot = boot
    this.row = opening.row
    this.groups = opening.groups
    this.stream = stream
    this.fatal = opening.row.fatal === true
    this.died = opening.row.phase === 'die'
    if (this.died) this.dies = 1
    this.headerInside = opening.at > 0
  }

  /** Adds a line; `related` when it surely belongs here (unrelated ones wait until a related one follows). */
  add(record: LogRecord, item: Item, related: boolean, number: number): void {
    this.lines.push({ record, item, number })
    if (this.row.confirmedBy?.test(record.text) === true) this.confirmedByLine = true
    if (record.lostBefore !== undefined) this.lost += record.lostBefore
    if (isStructural(item)) this.structures++
    if (
      isStructural(item) &&
      this.lines.length - 1 > this.header &&
      this.lines.length - 1 - this.header <= CONFIRM_LINES
    )
      this.backed = true
    this.listsModules = moduleList.test(record.text) || (this.listsModules && item.is === 'text')
    if (item.is === 'trace' || item.is === 'frame') {
      this.traced = true
      this.awaitsFrames = item.is === 'trace'
    }
    if (item.is === 'frame')
      this.bottomed = item.frames.some(
        frame => frame.reliable !== false && frame.symbol !== undefined && bottom.test(frame.symbol),
      )
    else if (item.is === 'end') this.ended = true
    else if (item.is === 'arch' && item.by !== undefined) this.arch = item.by
    // What has no stamp behind that is the firmware's.
    if (!related || (this.restarts && this.stamped && record.sinceBootUs === undefined)) return
    if (lastWords.test(record.text)) this.restarts = true
    this.relatedEnd = this.lines.length
    this.lastByte = record.span.end
    this.lastRecord = number
    if (record.sinceBootUs !== undefined) this.lastUs = record.sinceBootUs
  }

  addHeader(record: LogRecord, item: Item, number: number): void {
    this.header = this.lines.length
    this.add(record, item, true, number)
  }

  addStage(opening: Opening, record: LogRecord, item: Item, number: number): void {
    this.stages.push({ row: opening.row, groups: opening.groups, at: this.lines.length })
    if (opening.row.phase === 'die') {
      this.died = true
      this.dies++
    }
    if (opening.row.fatal === true) this.fatal = true
    this.add(record, item, true, number)
  }

  /** A header that says more than the preamble before it takes the event over. */
  upgrade(opening: Opening, record: LogRecord, item: Item, number: number): void {
    this.stages.unshift({ row: this.row, groups: this.groups, at: this.header })
    this.groups = { ...this.groups, ...opening.groups }
    this.row = opening.row
    if (opening.row.fatal === true) this.fatal = true
    if (opening.row.phase === 'die') this.died = true
    this.addHeader(record, item, number)
  }

  /** The header came with a printk stamp. */
  get stamped(): boolean {
    return this.lines[this.header]?.record.sinceBootUs !== undefined
  }

  /** Such a line has opened the event or a stage of it. */
  has(row: KindRow): boolean {
    return this.row === row || this.stages.some(stage => stage.row === row)
  }

  get headerByte(): number {
    return this.lines[this.header]?.record.span.start ?? 0
  }

  /** This is its last line. */
  endsWith(record: LogRecord): boolean {
    return this.lines[this.relatedEnd - 1]?.record === record
  }

  /** Its last line, of '=', is the end of it rather than the beginning of a report of this kind. */
  keepsSeparator(next: KindRow['kind']): boolean {
    return closesFirst(this.lines.slice(0, this.relatedEnd), this.header, this.row.kind, next)
  }

  /** The last line belongs to the next report. */
  giveBack(): void {
    this.lines.length = --this.relatedEnd
  }

  /** A line like this is part of such a report, where it stands. */
  expects(item: Item): boolean {
    if (item.is === 'phrase') {
      // what no row knows may be a program's words, and the kernel's next ones are others'
      if (this.row.kind === 'unknown' && this.structures === 0) return false
      const everybodys = item.families.includes('common')
      if (this.unrelatedRun >= (everybodys ? WORDS_REACH : FAMILY_REACH) || (this.ended && !everybodys)) return false
    }
    // "cut here" begins another report, unless the header behind it says otherwise
    return item.is !== 'cut' && this.speaks(item)
  }

  /** A line like this is part of such a report. */
  private speaks(item: Item): boolean {
    if (item.is !== 'phrase') return item.is !== 'text'
    return item.families.some(
      family => isSpokenIn(family, this.row.kind) || this.stages.some(stage => isSpokenIn(family, stage.row.kind)),
    )
  }

  get unrelatedRun(): number {
    return this.lines.length - this.relatedEnd
  }

  get outOfPatience(): boolean {
    const traced = this.traced && !this.awaitsFrames
    const limit = this.ended ? PATIENCE_AFTER_END : traced ? PATIENCE_AFTER_TRACE : PATIENCE_BEFORE_TRACE
    return this.unrelatedRun >= limit
  }

  /** After so many records without a line of its own it is not expected to go on. */
  get quietRecords(): number {
    return this.ended ? QUIET_AFTER_END : QUIET_BEFORE_END
  }

  /** No own stack trace has been seen, so an oops line can still be this event's. */
  get fresh(): boolean {
    return !this.traced && !this.ended
  }

  /** The report is believable: what `confirm` rows ask for. */
  get confirmed(): boolean {
    if (this.row.confirm !== true) return true
    if (this.row.confirmedBy) return this.confirmedByLine
    if (this.backed || this.stages.length > 0) return true
    const record = this.lines[this.header]?.record
    if (record === undefined || !fromKernel(record)) return false
    // The kernel says so, even when nothing follows; with words that no row knows only "BUG: …" is enough.
    return this.row.kind !== 'unknown' || this.row.headless === true || record.text.trimStart().startsWith('BUG: ')
  }

  /** The event itself, or the two that were printed in turn. */
  split(): Event[] {
    const { rival } = this
    if (!rival) return [this]
    // What stood above a line was perhaps the other's.
    for (const line of this.lines) if (line.item.is === 'arch') line.item = readItem(line.record.text)
    const stages = new Map(
      this.stages
        .filter(({ row }) => row.kind !== 'rcu-stall')
        .map(stage => [stage.at, stage.row.phase === 'panic' ? ('panic' as const) : ('die' as const)]),
    )
    const owners = untangle(this.lines, [this.header, rival.at], stages)
    const above = rival.at - 1
    if (owners[above] === 0 && isSeparator(this.lines[above]!.record.text)) {
      const first = this.lines.slice(0, rival.at).filter((_, index) => owners[index] === 0)
      if (!closesFirst(first, first.indexOf(this.lines[this.header]!), this.row.kind, rival.opening.row.kind))
        owners[above] = 1
    }
    const mine = new Event(
      { row: this.row, groups: this.groups, at: this.headerInside ? 1 : 0 },
      this.stream,
      this.boot,
    )
    const theirs = new Event(rival.opening, this.stream, this.boot)
    const parts = [mine, theirs]
    for (const [index, line] of this.lines.entries()) {
      const part = parts[owners[index]!]!
      if (index === this.intrudedAt) part.intrudedAt = part.lines.length
      const stage = this.stages.find(one => one.at === index)
      if (index === this.header || index === rival.at) part.addHeader(line.record, line.item, 0)
      else if (stage) part.addStage({ row: stage.row, groups: stage.groups, at: 0 }, line.record, line.item, 0)
      else part.add(line.record, line.item, part.speaks(line.item) || index < this.header, 0)
    }
    const turns = owners.some((owner, index) => index > rival.at && owner === 0)
    for (const part of parts) {
      part.closed = this.closed
      part.untangled = turns
    }
    if (!turns && mine.fresh && sharesContext(mine.lines, theirs.lines, mine.row.kind === 'rcu-stall'))
      mine.successor = theirs
    return parts
  }

  toExcerpt(): Excerpt {
    this.lines.length = this.relatedEnd
    const excerpt: Excerpt = {
      row: this.row,
      groups: this.groups,
      header: this.header,
      lines: this.lines,
      stages: this.stages,
      boot: this.boot,
      fatal: this.fatal,
      closedBy: this.closed ?? 'input',
      headerInside: this.headerInside,
      lost: this.lost,
    }
    if (this.intrudedAt !== undefined && this.intrudedAt < this.lines.length) excerpt.intrudedAt = this.intrudedAt
    if (this.untangled) excerpt.untangled = true
    if (this.successor) excerpt.beyond = this.successor.lines
    return excerpt
  }
}
