// The flight recorder: events of the last seconds, for the bundle of an exception.

import { type EventKindName, eventKinds, type KernelEvent } from '../../core/event.ts'
import { TracingError } from '../tracing/tracefs.ts'
import { EventWatch } from './watch-events.ts'

export interface RecorderOptions {
  kinds: readonly string[]
  beforeMs: number
  maxEvents: number
  bufferBytes: number
}

/** What the recorder needs of the kernel's events; tests have their own. */
export interface EventSourceOfRecorder {
  read(): { events: KernelEvent[]; more: boolean }
  lost(): number
  close(): void
}

/** The buffers are emptied so often, and whenever an exception is found. */
const INTERVAL_MS = 250
/** Rounds of emptying one after another; a storm of events does not hold the agent up. */
const MAX_ROUNDS = 64

export class FlightRecorder {
  private readonly source: EventSourceOfRecorder
  private readonly options: RecorderOptions
  private events: KernelEvent[] = []
  private readonly timer: NodeJS.Timeout
  readonly counts = { recorded: 0, dropped: 0 }

  constructor(source: EventSourceOfRecorder, options: RecorderOptions) {
    this.source = source
    this.options = options
    this.timer = setInterval(() => this.take(), INTERVAL_MS)
    this.timer.unref()
  }

  /** Undefined where nothing is to be recorded or nothing can be; `say` is told why not. */
  static open(options: RecorderOptions, say: (message: string) => void): FlightRecorder | undefined {
    const known: readonly string[] = eventKinds
    const kinds = options.kinds.filter((kind): kind is EventKindName => known.includes(kind))
    for (const kind of options.kinds.filter(each => !known.includes(each)))
      say(`[Events] Kinds: there is no kind of event "${kind}"`)
    if (kinds.length === 0) return undefined
    try {
      const watch = new EventWatch({ kinds, bufferKb: Math.ceil(options.bufferBytes / 1024) })
      return new FlightRecorder(watch, options)
    } catch (error) {
      if (!(error instanceof TracingError)) throw error
      // A kernel without tracing, a container: the agent's work does not depend on it.
      say(`kernel events are not recorded: ${error.message}`)
      return undefined
    }
  }

  private take(): void {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { events, more } = this.source.read()
      this.counts.recorded += events.length
      this.events.push(...events)
      if (!more) break
    }
    const excess = this.events.length - this.options.maxEvents
    if (excess > 0) {
      this.counts.dropped += excess
      this.events.splice(0, excess)
    }
    const oldest = (this.events.at(-1)?.monotonicUs ?? 0) - this.options.beforeMs * 1000
    // Once in a while is enough: those that are too old are left out when they are asked for.
    if ((this.events[0]?.monotonicUs ?? 0) < oldest - this.options.beforeMs * 1000)
      this.events = this.events.filter(({ monotonicUs }) => monotonicUs >= oldest)
  }

  /** Events from before `sinceBootUs` (the log's clock, which is CLOCK_MONOTONIC but for a little drift) up to now, as JSON lines. */
  near(sinceBootUs: number): Uint8Array | undefined {
    this.take()
    const from = sinceBootUs - this.options.beforeMs * 1000
    const near = this.events.filter(({ monotonicUs }) => monotonicUs >= from)
    if (near.length === 0) return undefined
    return Buffer.from(near.map(event => `${JSON.stringify(event)}\n`).join(''))
  }

  stats(): Record<string, number> {
    return { ...this.counts, lost: this.source.lost(), kept: this.events.length }
  }

  close(): void {
    clearInterval(this.timer)
    this.source.close()
  }
}
