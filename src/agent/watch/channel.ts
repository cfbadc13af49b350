// One configured source, open: its streams, what it lost, and where it goes on after a restart.

import type { LogRecord } from '../../core/model.ts'
import {
  type Capture,
  type CaptureSource,
  type Piece,
  readSource,
  type Sink,
  type SourceHost,
} from '../sources/index.ts'
import type { Place } from './history.ts'
import { type Found, Lane } from './lane.ts'
import type { Position } from './positions.ts'
import type { SourceStatus } from './status.ts'
import type { WatchedTime } from './watched-time.ts'

export interface ChannelOutput {
  deliver(record: LogRecord, source: CaptureSource): void
  /** a report of one of its streams, with where it begins; `release` when its records need not be read again */
  found(found: Found, channel: Channel, stream: string, release: () => void): void
  trouble(message: string): void
  ended(channel: Channel): void
  /** something was taken; `resumable`: the position to go on from may have moved */
  moved(resumable: boolean): void
}

export interface ChannelOptions {
  contextRecords: number
  silenceMs: number
  time: WatchedTime
  /** streams that are followed at once; the one that was silent for longest gives way */
  maxLanes: number
}

export class Channel implements Sink {
  readonly name: string
  readonly source: CaptureSource
  private readonly argument: string
  private readonly options: ChannelOptions
  private readonly output: ChannelOutput
  private readonly lanes = new Map<string, Lane>()
  /** first records of reports that are on their way into the spool */
  private readonly underWay = new Set<Place>()
  private capture: Capture | undefined
  private skip = 0
  private state: SourceStatus['state'] = 'open'
  private lostCount = 0
  private gone = { records: 0, userSpace: 0 }

  /** Throws SourceError for a name that is none. */
  constructor(name: string, options: ChannelOptions, output: ChannelOutput, named = readSource(name)) {
    this.name = name
    const { source, argument } = named
    this.source = source
    this.argument = argument
    this.options = options
    this.output = output
  }

  /** Throws SourceError. */
  async open(host: SourceHost, position: Position | undefined): Promise<void> {
    this.skip = position?.skip ?? 0
    this.capture = await this.source.open(this.argument, this, host, position?.cursor)
  }

  take(piece: Piece): void {
    this.lane(piece.stream).take(piece, this.options.time.now, Date.now())
    // What comes while it is being opened may be all that comes.
    this.output.moved(this.capture === undefined || this.capture.cursor !== undefined)
  }

  lost(count: number, why: string): void {
    if (this.lostCount === 0) this.output.trouble(`${this.name}: ${count} records lost: ${why}`)
    this.lostCount += count
  }

  trouble(message: string): void {
    this.output.trouble(message)
  }

  ended(): void {
    this.state = 'ended'
    for (const lane of this.lanes.values()) lane.finish()
    this.output.ended(this)
  }

  /** `now` of performance.now(); silences are counted in watched time. */
  settle(now: number, watchedMs: number): void {
    // What waits to be read may be the rest of a report: it has been silent when the source was found empty.
    if (this.capture?.settle?.(now) === false) return
    for (const lane of this.lanes.values()) lane.settle(watchedMs)
  }

  get road(): string | undefined {
    return this.capture?.road
  }

  /** Reports that are not complete. */
  get pending(): boolean {
    for (const lane of this.lanes.values()) if (lane.pending !== undefined) return true
    return false
  }

  /** Nothing waits in the routes any more. */
  confirmRouted(): void {
    for (const lane of this.lanes.values()) lane.confirmRouted()
  }

  /** Where to go on, so that what is under way is read again and the routes get nothing twice. */
  position(): Position | undefined {
    if (this.capture?.cursor === undefined || this.state !== 'open') return undefined
    const { first, skip } = this.lanes.get('')?.resumeAt(this.underWay) ?? { first: undefined, skip: 0 }
    const cursor = this.capture.cursor(first)
    return cursor && { cursor, skip }
  }

  status(): SourceStatus {
    const counts = { ...this.gone }
    for (const lane of this.lanes.values()) {
      counts.records += lane.records
      counts.userSpace += lane.userSpace
    }
    return {
      source: this.name,
      state: this.state,
      ...counts,
      lost: this.lostCount,
      pending: this.pending ? 1 : 0,
      streams: this.lanes.size,
      stats: this.capture?.stats() ?? {},
    }
  }

  /** Takes what is there and stops. What is under way is left to the next agent, where the source can begin there again. */
  async close(): Promise<void> {
    if (this.state !== 'open') return
    await this.capture?.close()
    const resumable = this.capture?.cursor !== undefined
    for (const lane of this.lanes.values()) {
      if (resumable) lane.settleEnded()
      else lane.finish()
    }
  }

  private lane(stream: string): Lane {
    let lane = this.lanes.get(stream)
    if (lane !== undefined) {
      if (this.lanes.size > 1) {
        this.lanes.delete(stream)
        this.lanes.set(stream, lane)
      }
      return lane
    }
    lane = new Lane(
      {
        ...this.options,
        stream,
        own: this.source.own,
        decodes: this.source.programs !== true,
        skip: stream === '' ? this.skip : 0,
      },
      {
        deliver: record => this.output.deliver(record, this.source),
        found: found => {
          const { first } = found.cutting
          if (first) this.underWay.add(first)
          this.output.found(found, this, stream, () => {
            if (first) this.underWay.delete(first)
          })
        },
      },
    )
    this.lanes.set(stream, lane)
    if (this.lanes.size > this.options.maxLanes) this.forget()
    return lane
  }

  private forget(): void {
    const [stream, lane] = this.lanes.entries().next().value!
    lane.finish()
    this.gone.records += lane.records
    this.gone.userSpace += lane.userSpace
    this.lanes.delete(stream)
  }
}
