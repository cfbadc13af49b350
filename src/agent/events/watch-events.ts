// Kernel events as they happen: the wanted kinds' sources switched on in a trace instance of our own, their records told.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventKindName, KernelEvent } from '../../core/event.ts'
import { Probes } from '../tracing/kprobes.ts'
import { TraceReader, type TraceRecord } from '../tracing/reader.ts'
import { TraceInstance, TracingError } from '../tracing/tracefs.ts'
import { Announcements } from './announcements.ts'
import { writeMarks } from './boot-marks.ts'
import { Choice } from './filter.ts'
import { kinds } from './index.ts'
import type { AnnouncedSource, Context, EventFilter, EventSource, Told, TracedSource } from './kind.ts'
import { taskEvents } from './task-events.ts'
import { TaskTable } from './tasks.ts'

export interface EventWatchOptions {
  kinds: readonly EventKindName[]
  filter?: EventFilter
  /** of each CPU; 4096 when it is not given, at 100,000 events a second half a second's worth */
  bufferKb?: number
  /** names of tasks that are remembered */
  maxTasks?: number
  /** also into this buffer, which outlives a warm reboot; what is in it is lost (tracefs.ts, keptBuffer()) */
  kept?: string | undefined
}

const MARK_EVERY_MS = 10_000

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
  /** never read by this boot: what is read is gone */
  private readonly kept: TraceInstance | undefined
  private readonly reader: TraceReader
  private readonly listeners = new Map<string, Listener[]>()
  private readonly choice: Choice
  private readonly context: Context
  private readonly probeEvents: string[] = []
  private readonly announcements: Announcements | undefined
  private readonly announced: { kind: EventKindName; source: AnnouncedSource }[] = []
  /** told by the module, and later than what the trace has told of */
  private waiting: KernelEvent[] = []
  private probes: Probes | undefined
  private markedMs = 0

  /** Throws TracingError when nothing can be traced here. */
  constructor({ kinds: wanted, filter = {}, bufferKb = 4096, maxTasks, kept }: EventWatchOptions) {
    this.instance = TraceInstance.open({ bufferKb })
    try {
      if (kept !== undefined) this.kept = TraceInstance.openKept(kept)
      const epochNs = process.hrtime.bigint()
      const tasks = new TaskTable(Number(epochNs), { maxTasks })
      this.reader = new TraceReader(this.instance, epochNs)
      this.context = { tasks, string: printkStrings(this.instance.tracefs), past: false }
      this.choice = new Choice(filter, tasks)
      this.announcements = Announcements.open(Number(epochNs) / 1000)
      for (const [event, learn] of Object.entries(taskEvents)) {
        const tell: Listener['tell'] = (record, { tasks: known }) => learn(record, known)
        if (this.instance.has(event)) this.listen(event, { kind: undefined, source: event, filter: undefined, tell })
      }
      for (const name of wanted) this.want(name, filter)
      this.switchOn()
      this.mark()
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
        if (source.announced !== undefined) {
          if (this.announcements === undefined) throw new TracingError('the kernel module is not loaded')
          this.announced.push({ kind, source })
          return true
        }
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

  private eventOf({ tracepoint, probe }: TracedSource): { event: string; name: string } {
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
      this.kept?.enable(event, only)
    }
  }

  /**
   * What has happened since the last time; `more`: there is certainly still something to read; `bytes`: so much the
   * fullest buffer had.
   */
  read(): { events: KernelEvent[]; more: boolean; bytes: number } {
    const wallOffsetUs = Date.now() * 1000 - Number(process.hrtime.bigint() / 1000n)
    this.hearModule(wallOffsetUs)
    if (performance.now() - this.markedMs > MARK_EVERY_MS) this.mark()
    const { records, more, bytes, upToNs } = this.reader.read()
    const events: KernelEvent[] = []
    for (const record of records) {
      for (const listener of this.listeners.get(record.event) ?? []) {
        const event = this.told(record, listener, wallOffsetUs)
        if (event !== undefined) events.push(event)
      }
    }
    const upToUs = (Number(this.reader.epochNs) + upToNs) / 1000
    return { events: this.withModules(events, upToUs), more, bytes }
  }

  /** What the next boot has to know, again and again, since a full buffer loses its oldest. */
  private mark(): void {
    if (this.kept === undefined) return
    this.markedMs = performance.now()
    const probed = this.probeEvents.flatMap(event => {
      const format = this.instance.format(event)
      const [listener] = this.listeners.get(event) ?? []
      if (format === undefined || listener?.kind === undefined) return []
      return [{ id: format.id, kind: listener.kind, source: listener.source, fields: format.fields }]
    })
    writeMarks(this.kept.folder, probed)
  }

  private hearModule(wallOffsetUs: number): void {
    for (const told of this.announcements?.read() ?? []) {
      for (const { kind, source } of this.announced) {
        if (source.announced !== told.kind) continue
        const { pid, comm, cpu } = told
        const event = { kind, source: '/dev/faultline', cpu, task: { pid, comm }, ...source.tell(told) }
        const chosen = this.chosen({ details: {}, ...event }, told.monotonicUs, wallOffsetUs)
        if (chosen !== undefined) this.waiting.push(chosen)
      }
    }
  }

  /** In the order of time; the trace may still have something that came before what the module told last. */
  private withModules(events: KernelEvent[], upToUs: number): KernelEvent[] {
    if (this.waiting.length === 0) return events
    const due = this.waiting.filter(({ monotonicUs }) => monotonicUs <= upToUs)
    this.waiting = this.waiting.filter(({ monotonicUs }) => monotonicUs > upToUs)
    return [...events, ...due].sort((a, b) => a.monotonicUs - b.monotonicUs)
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
    const monotonicUs = (Number(this.reader.epochNs) + record.ns) / 1000
    const { kind, source } = listener
    const task = { pid, ...(comm === undefined ? {} : { comm }) }
    return this.chosen({ kind, cpu: record.cpu, task, source, details: told.details }, monotonicUs, wallOffsetUs)
  }

  private chosen(
    event: Omit<KernelEvent, 'schema' | 'monotonicUs' | 'wall'>,
    exactUs: number,
    wallOffsetUs: number,
  ): KernelEvent | undefined {
    const monotonicUs = Math.round(exactUs)
    const wall = new Date((monotonicUs + wallOffsetUs) / 1000).toISOString()
    const { kind, ...rest } = event
    const whole: KernelEvent = { schema: 'faultline.event/1', kind, monotonicUs, wall, ...rest }
    return this.choice.wants(whole) ? whole : undefined
  }

  /** Until there is something to read, at most so long. */
  wait(ms: number): Promise<void> {
    return this.reader.wait(ms, this.announcements === undefined ? [] : [this.announcements.descriptor])
  }

  /** Events that were written and never read, by the kernel's count. */
  lost(): number {
    return this.reader.lost() + (this.announcements?.lost ?? 0)
  }

  close(): void {
    this.reader.close()
    this.takeAway()
  }

  private takeAway(): void {
    this.announcements?.close()
    this.kept?.close()
    this.instance.close()
    this.probes?.close()
  }
}

/** `0xffffffff82a5b3c8 : "suspend_enter"`: strings that records name by their address. */
export function printkStrings(tracefs: string): (address: bigint) => string | undefined {
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
