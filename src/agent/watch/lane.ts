// One stream of records on its way: to the routes, and through a decoder of its own to reports.

import { Decoder } from '../../core/decoder.ts'
import type { LogRecord, Report } from '../../core/model.ts'
import type { Piece } from '../sources/source.ts'
import { type Cutting, HISTORY_BYTES, History, type Place } from './history.ts'

/** Of a machine that is heard over a network, one of many. */
const REMOTE_HISTORY_BYTES = 192 * 1024

export interface LaneOptions {
  stream: string
  own: boolean
  /** kernels speak here */
  decodes: boolean
  contextRecords: number
  silenceMs: number
  /** routes have had so many of the first records already */
  skip: number
}

export interface Found {
  report: Report
  cutting: Cutting
  endedBy: 'end' | 'length' | 'silence' | 'input'
  /** its first record was read before a restart */
  again: boolean
}

export interface LaneOutput {
  deliver(record: LogRecord): void
  found(found: Found): void
}

const ends = { end: 'end', next: 'end', bound: 'length', silence: 'silence', input: 'input' } as const

export class Lane {
  readonly stream: string
  private readonly options: LaneOptions
  private readonly output: LaneOutput
  private readonly history: History
  private readonly decoder: Decoder
  private skip: number
  /** of `records`, those that have left the routes' queues */
  private routed = 0
  records = 0
  userSpace = 0

  constructor(options: LaneOptions, output: LaneOutput) {
    this.options = options
    this.stream = options.stream
    this.skip = options.skip
    this.output = output
    this.history = new History(options.own ? HISTORY_BYTES : REMOTE_HISTORY_BYTES)
    this.decoder = new Decoder({ live: true, silenceMs: options.silenceMs })
  }

  take(piece: Piece, now: number, wallMs: number): void {
    this.history.add(piece, wallMs)
    for (const record of piece.records) {
      if (record.userSpace === true) this.userSpace++
      if (this.skip > 0) {
        this.skip--
        if (this.routed === this.records) this.routed++
      } else this.output.deliver(record)
      this.records++
    }
    if (this.options.decodes) this.give(this.decoder.pushRecords(piece.records, now))
  }

  settle(now: number): void {
    this.give(this.decoder.settle(now))
  }

  /** What has come to its own end is not waited for any longer. */
  settleEnded(): void {
    this.give(this.decoder.settleEnded())
  }

  /** The end of the stream: what is under way comes as far as it came. */
  finish(): void {
    this.give(this.decoder.finish())
  }

  /** First record of a report that is not complete. */
  get pending(): LogRecord | undefined {
    return this.decoder.pending
  }

  /** Nothing waits in the routes any more. */
  confirmRouted(): void {
    this.routed = this.records
  }

  /** Where to begin again for what is under way, here and in the routes, and how many records the routes have had of it. */
  resumeAt(underWay: Iterable<Place>): { first: Place | undefined; skip: number } {
    let first: Place | undefined = this.decoder.pending
    for (const place of underWay) if (first === undefined || place.span.start < first.span.start) first = place
    const waiting = this.history.last(this.records - this.routed)
    if (waiting !== undefined && (first === undefined || waiting.place.span.start < first.span.start))
      first = waiting.place
    if (first === undefined) return { first, skip: 0 }
    return { first, skip: Math.max(0, this.history.countFrom(first) - (waiting?.count ?? 0)) }
  }

  private give(reports: readonly Report[]): void {
    for (const report of reports) {
      const cutting = this.history.cut(report, this.options.contextRecords)
      const endedBy = ends[this.decoder.endOf(report) ?? 'input']
      const { first } = cutting
      const again = first !== undefined && this.records - this.history.countFrom(first) < this.options.skip
      this.output.found({ report, cutting, endedBy, again })
    }
  }
}
