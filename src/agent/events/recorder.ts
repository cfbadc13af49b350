// The flight recorder: events, and calls of probed functions, of the last seconds, for the bundle of an exception.

import { type EventKindName, eventKinds, type KernelEvent } from '../../core/event.ts'
import { planOn, runningKernel } from '../probe/kernel.ts'
import type { Plan } from '../probe/plan.ts'
import { type ProbedCall, ProbeWatch } from '../probe/probe-watch.ts'
import { parseSpec, SpecError } from '../probe/spec.ts'
import { keptBuffer, TracingError } from '../tracing/tracefs.ts'
import { EventWatch } from './watch-events.ts'

export interface RecorderOptions {
  kinds: readonly string[]
  /** functions whose calls are recorded, as `faultline probe` takes them */
  probes: readonly string[]
  beforeMs: number
  maxEvents: number
  bufferBytes: number
}

export type Recorded = KernelEvent | ProbedCall

/** What the recorder needs of the kernel's traces; tests have their own. */
export interface RecorderSource {
  /** `bytes`: so much the fullest of the buffers had */
  read(): { events: Recorded[]; more: boolean; bytes?: number }
  lost(): number
  close(): void
}

/**
 * The buffers are emptied between so often and so seldom, sooner the fuller they were, and whenever an exception is found:
 * on a quiet machine the kernel keeps what little there is, and nobody wakes for it.
 */
const LEAST_WAIT_MS = 250
const MOST_WAIT_MS = 4000
/** Buffers that were fuller than the one are waited for half as long; emptier than the other, twice as long. */
const FULL = 1 / 4
const EMPTY = 1 / 16
/** Names of tasks that are remembered: of others /proc tells. */
const MAX_TASKS = 4096
/** Rounds of emptying one after another; a storm of events does not hold the agent up. */
const MAX_ROUNDS = 64

export class FlightRecorder {
  private sources: readonly RecorderSource[]
  private readonly say: (message: string) => void
  private readonly options: RecorderOptions
  private events: Recorded[] = []
  private timer: NodeJS.Timeout | undefined
  private waitMs = LEAST_WAIT_MS
  readonly counts = { recorded: 0, dropped: 0 }

  constructor(sources: readonly RecorderSource[], options: RecorderOptions, say: (message: string) => void = () => {}) {
    this.sources = sources
    this.say = say
    this.options = options
    this.wait()
  }

  private wait(): void {
    this.timer = setTimeout(() => {
      const full = this.take() / this.options.bufferBytes
      if (full > FULL) this.waitMs = Math.max(LEAST_WAIT_MS, this.waitMs / 2)
      else if (full < EMPTY) this.waitMs = Math.min(MOST_WAIT_MS, this.waitMs * 2)
      this.wait()
    }, this.waitMs)
    this.timer.unref()
  }

  /** Undefined where nothing is to be recorded or nothing can be; `say` is told why not. */
  static async open(options: RecorderOptions, say: (message: string) => void): Promise<FlightRecorder | undefined> {
    const events = eventSource(options, say)
    const calls = await callSource(options, say)
    const sources = [events, calls].filter(source => source !== undefined)
    return sources.length === 0 ? undefined : new FlightRecorder(sources, options, say)
  }

  /** Bytes of the buffer that was fullest. */
  private take(): number {
    const bytes = Math.max(0, ...this.sources.map(source => this.takeFrom(source)))
    if (this.sources.length > 1) this.events.sort((a, b) => a.monotonicUs - b.monotonicUs)
    const excess = this.events.length - this.options.maxEvents
    if (excess > 0) {
      this.counts.dropped += excess
      this.events.splice(0, excess)
    }
    const oldest = (this.events.at(-1)?.monotonicUs ?? 0) - this.options.beforeMs * 1000
    // Once in a while is enough: those that are too old are left out when they are asked for.
    if ((this.events[0]?.monotonicUs ?? 0) < oldest - this.options.beforeMs * 1000)
      this.events = this.events.filter(({ monotonicUs }) => monotonicUs >= oldest)
    return bytes
  }

  /** A trace that cannot be read any more is given up: the agent's work does not depend on it. */
  private takeFrom(source: RecorderSource): number {
    let sum = 0
    try {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const { events, more, bytes = 0 } = source.read()
        sum += bytes
        this.counts.recorded += events.length
        this.events.push(...events)
        if (!more) break
      }
    } catch (error) {
      this.say(`kernel events are recorded no longer: ${error instanceof Error ? error.message : error}`)
      this.sources = this.sources.filter(each => each !== source)
      close(source)
    }
    return sum
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
    return {
      ...this.counts,
      lost: this.lost(),
      kept: this.events.length,
    }
  }

  private lost(): number {
    try {
      return this.sources.reduce((sum, source) => sum + source.lost(), 0)
    } catch {
      return 0
    }
  }

  close(): void {
    clearTimeout(this.timer)
    for (const source of this.sources) close(source)
  }
}

function close(source: RecorderSource): void {
  try {
    source.close()
  } catch {
    // What is left behind is taken away by the next one that traces.
  }
}

/** A kernel without tracing, a container: the agent's work does not depend on it. */
function attempt<T>(what: string, say: (message: string) => void, open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    if (!(error instanceof TracingError)) throw error
    say(`${what} are not recorded: ${error.message}`)
    return undefined
  }
}

const kilobytes = ({ bufferBytes }: RecorderOptions): number => Math.ceil(bufferBytes / 1024)

function eventSource(options: RecorderOptions, say: (message: string) => void): RecorderSource | undefined {
  const known: readonly string[] = eventKinds
  const kinds = options.kinds.filter((kind): kind is EventKindName => known.includes(kind))
  for (const kind of options.kinds.filter(each => !known.includes(each)))
    say(`[Events] Kinds: there is no kind of event "${kind}"`)
  if (kinds.length === 0) return undefined
  return attempt(
    'kernel events',
    say,
    () => new EventWatch({ kinds, bufferKb: kilobytes(options), maxTasks: MAX_TASKS, kept: keptBuffer() }),
  )
}

async function callSource(
  options: RecorderOptions,
  say: (message: string) => void,
): Promise<RecorderSource | undefined> {
  if (options.probes.length === 0) return undefined
  const kernel = await runningKernel()
  const plans: Plan[] = []
  for (const text of options.probes) {
    try {
      plans.push(await planOn(kernel, parseSpec(text)))
    } catch (error) {
      if (!(error instanceof SpecError)) throw error
      say(`[Events] Probe: ${error.message}`)
    }
  }
  if (plans.length === 0) return undefined
  const watch = attempt('calls', say, () => new ProbeWatch({ plans, bufferKb: kilobytes(options) }))
  if (watch === undefined) return undefined
  return {
    read() {
      const { calls, more, bytes } = watch.read()
      return { events: calls, more, bytes }
    },
    lost: () => watch.losses()['lost'] ?? 0,
    close: () => watch.close(),
  }
}
