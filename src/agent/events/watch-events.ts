// Kernel events as they happen: the wanted kinds' sources switched on in a trace instance of our own, their records told.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventKindName, KernelEvent } from '../../core/event.ts'
import { Probes } from '../tracing/kprobes.ts'
import { TraceReader, type TraceRecord } from '../tracing/reader.ts'
import { TraceInstance, TracingError } from '../tracing/tracefs.ts'
import { Choice } from './filter.ts'
import { kinds } from './index.ts'
import type { Context, EventFilter, EventSource, Told } from './kind.ts'
import { taskEvents } from './task-events.ts'
import { TaskTable } from './tasks.ts'

export interface EventWatchOptions {
  kinds: readonly EventKindName[]
  filter?: EventFilter
  /** of each CPU; 4096 when it is not given, at 100,000 events a second half a second's worth */
  bufferKb?: number
  /** names of tasks that are remembered */
  maxTasks?: number
}

interface Listener {
  kind: EventKindName | undefined
  source: string
  filter: string | undefined
  tell: (record: TraceRecord, context: Context) => Told
}

export class EventWatch {
  /** kinds that this kernel cannot tell of, with the reason */
  readonly missing = new Map<EventKindName, string>()
  private readonly instance: TraceInstance
  private readonly reader: TraceReader
  private readonly listeners = new Map<string, Listener[]>()
  private readonly choice: Choice
  private readonly context: Context
  private readonly probeEvents: string[] = []
  private probes: Probes | undefined

  /** Throws TracingError when nothing can be traced here. */
  constructor({ kinds: wanted, filter = {}, bufferKb = 4096, maxTasks }: EventWatchOptions) {
    this.instance = TraceInstance.open({ bufferKb })
    try {
      const epochNs = process.hrtime.bigint()
      const tasks = new TaskTable(Number(epochNs), { maxTasks })
      this.reader = new TraceReader(this.instance, epochNs)
      this.context = { tasks, string: printkStrings(this.instance.tracefs) }
      this.choice = new Choice(filter, tasks)
      for (const [event, learn] of Object.entries(taskEvents)) {
        const tell: Listener['tell'] = (record, { tasks: known }) => learn(record, known)
        if (this.instance.has(event)) this.listen(event, { kind: undefined, source: event, filter: undefined, tell })
      }
      for (const name of wanted) this.want(name, filter)
      this.switchOn()
    } catch (error) {
      this.takeAway()
      throw error
    }
    if (this.missing.size === wanted.length && wanted.length > 0) {
      this.close()
      throw new TracingError(
        `none of these can be seen here: ${[...this.missing].map(each => each.join(': ')).join('; ')}`,
      )
    }
  }

  private want(name: EventKindName, filter: EventFilter): void {
    const kind = kinds.find(each => each.name === name)
    const reasons: string[] = []
    let found = false
    for (const alternatives of kind?.sources ?? []) found = this.first(alternatives, name, filter, reasons) || found
    if (!found) this.missing.set(name, [...new Set(reasons)].join(', '))
  }

  /** The first of the alternatives that this kernel has. */
  private first(
    alternatives: readonly EventSource[],
    kind: EventKindName,
    filter: EventFilter,
    reasons: string[],
  ): boolean {
    for (const source of alternatives) {
      try {
        const { event, name } = this.eventOf(source)
        // Two sources of one kind may fall back to the same event.
        const heard = this.listeners.get(event)?.some(each => each.kind === kind && each.source === name)
        if (!heard) this.listen(event, { kind, source: name, filter: source.filter?.(filter), tell: source.tell })
        return true
      } catch (error) {
        if (!(error instanceof TracingError)) throw error
        reasons.push(error.message)
      }
    }
    return false
  }

  private eventOf({ tracepoint, probe }: EventSource): { event: string; name: string } {
    if (tracepoint !== undefined) {
      if (!this.instance.has(tracepoint)) throw new TracingError(`this kernel has no tracepoint ${tracepoint}`)
      return { event: tracepoint, name: tracepoint }
    }
    if (probe === undefined) throw new TracingError('no source')
    this.probes ??= new Probes(this.instance.tracefs)
    const event = this.probes.add(probe.function, probe)
    this.probeEvents.push(event)
    return { event, name: `${probe.function}()` }
  }

  private listen(event: string, listener: Listener): void {
    const others = this.listeners.get(event)
    if (others === undefined) this.listeners.set(event, [listener])
    else others.push(listener)
  }

  private switchOn(): void {
    for (const [event, listeners] of this.listeners) {
      const format = this.instance.format(event)
      if (format === undefined) throw new TracingError(`the format of ${event} cannot be read`)
      this.reader.learn(event, format)
      const filters = listeners.map(({ filter }) => filter)
      // What one leaves out, another may want.
      const only = filters.every(each => each !== undefined && each === filters[0]) ? filters[0] : undefined
      this.instance.enable(event, only)
    }
  }

  /**
   * What has happened since the last time; `more`: there is certainly still something to read; `bytes`: so much the
   * fullest buffer had.
   */
  read(): { events: KernelEvent[]; more: boolean; bytes: number } {
    const { records, more, bytes } = this.reader.read()
    const wallOffsetUs = Date.now() * 1000 - Number(process.hrtime.bigint() / 1000n)
    const events: KernelEvent[] = []
    for (const record of records) {
      for (const listener of this.listeners.get(record.event) ?? []) {
        const event = this.told(record, listener, wallOffsetUs)
        if (event !== undefined) events.push(event)
      }
    }
    return { events, more, bytes }
  }

  private told(record: TraceRecord, listener: Listener, wallOffsetUs: number): KernelEvent | undefined {
    // Who ran is looked up before the record may say that the task is gone.
    const running = listener.kind === undefined ? undefined : this.context.tasks.get(record.pid)
    const told = listener.tell(record, this.context)
    if (told === undefined || listener.kind === undefined || running === undefined) return undefined
    const pid = told.pid ?? record.pid
    const known = pid === record.pid ? running.comm : this.context.tasks.get(pid).comm
    // Of a task that began before the trace and is gone, the record of its end has the name.
    const comm = known ?? (listener.kind === 'exit' ? String(told.details['comm']) : undefined)
    const monotonicUs = Math.round((Number(this.reader.epochNs) + record.ns) / 1000)
    const event: KernelEvent = {
      schema: 'faultline.event/1',
      kind: listener.kind,
      monotonicUs,
      wall: new Date((monotonicUs + wallOffsetUs) / 1000).toISOString(),
      cpu: record.cpu,
      task: { pid, ...(comm === undefined ? {} : { comm }) },
      source: listener.source,
      details: told.details,
    }
    return this.choice.wants(event) ? event : undefined
  }

  /** Until there is something to read, at most so long. */
  wait(ms: number): Promise<void> {
    return this.reader.wait(ms)
  }

  /** Events that were written and never read, by the kernel's count. */
  lost(): number {
    return this.reader.lost()
  }

  close(): void {
    this.reader.close()
    this.takeAway()
  }

  private takeAway(): void {
    this.instance.close()
    this.probes?.close()
  }
}

/** `0xffffffff82a5b3c8 : "suspend_enter"`: strings that records name by their address. */
function printkStrings(tracefs: string): (address: bigint) => string | undefined {
  let known: Map<bigint, string> | undefined
  const load = (): Map<bigint, string> => {
    const strings = new Map<bigint, string>()
    for (const { groups } of readFileSync(join(tracefs, 'printk_formats'), 'latin1').matchAll(
      /^(?<address>0x[0-9a-f]+) : "(?<text>.*)"$/gm,
    )) {
      strings.set(BigInt(groups?.['address'] ?? 0), groups?.['text'] ?? '')
    }
    return strings
  }
  return address => (known ??= load()).get(address)
}
