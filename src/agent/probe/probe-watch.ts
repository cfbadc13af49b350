// Calls of kernel functions as they come back: probes set, their records joined, all taken away at the end.

import type { Reading } from '../../core/formats/btf/access.ts'
import { taskEvents } from '../events/task-events.ts'
import { TaskTable } from '../events/tasks.ts'
import { Probes } from '../tracing/kprobes.ts'
import { TraceReader, type TraceRecord } from '../tracing/reader.ts'
import { probeProfile, TraceInstance, TracingError } from '../tracing/tracefs.ts'
import { type Call, Calls } from './calls.ts'
import type { Plan, PlannedValue } from './plan.ts'
import { errorOf, plainValue } from './show.ts'

export interface ProbeWatchOptions {
  plans: readonly Plan[]
  /** only calls made, at any depth, within a call of this one */
  inside?: Plan
  /** of the entries, in the kernel's own language over the values' fields */
  filter?: string
  stacks?: boolean
  /** calls of one function that may be under way at once with their returns seen */
  maxActive?: number
  bufferKb?: number
}

/** A call as it is shown: `faultline.call/1`. */
export interface ProbedCall {
  schema: 'faultline.call/1'
  function: string
  /** of its entry: microseconds of CLOCK_MONOTONIC, and by the wall */
  monotonicUs: number
  wall: string
  cpu: number
  task: { pid: number; comm?: string }
  depth: number
  arguments: Record<string, string | number | boolean>
  /** absent: the call had not come back when the probe ended, or the function gives nothing back */
  result?: string | number | boolean
  /** the error that the result is: ENETUNREACH */
  error?: string
  durationNs?: number
  returned: boolean
  /** return addresses, the innermost first */
  stack?: string[]
}

interface Entry {
  ns: number
  cpu: number
  pid: number
  comm: string | undefined
  values: Record<string, string | number | boolean>
  stack?: bigint[]
}

/** Idle tasks are all 0: one each CPU. */
const taskOf = ({ pid, cpu }: TraceRecord): number => (pid === 0 ? -1 - cpu : pid)

/** Calls that may come back at once for each function; the kernel's own default is far lower and is missed without a word. */
const MAX_ACTIVE = 4096

const STACK_EVENT = 'ftrace/kernel_stack'

export class ProbeWatch {
  private readonly instance: TraceInstance
  private readonly probes: Probes
  private readonly reader: TraceReader
  private readonly functions: Plan[]
  private readonly calls: Calls<Entry>
  private readonly entries = new Map<string, number>()
  private readonly returns = new Map<string, number>()
  private readonly tasks: TaskTable
  /** the entry on each CPU that a stack trace may follow */
  private readonly awaiting = new Map<number, Entry>()
  private closed = false
  private missedHits = 0

  /** All are set or none is. Throws TracingError. */
  constructor(options: ProbeWatchOptions) {
    const { plans, inside } = options
    this.functions = inside === undefined ? [...plans] : [...plans, inside]
    this.calls = new Calls(inside === undefined ? undefined : plans.length)
    this.instance = TraceInstance.open({ bufferKb: options.bufferKb ?? 4096 })
    const epochNs = process.hrtime.bigint()
    this.tasks = new TaskTable(Number(epochNs))
    try {
      this.probes = new Probes(this.instance.tracefs)
      this.reader = new TraceReader(this.instance, epochNs)
    } catch (error) {
      this.instance.close()
      throw error
    }
    try {
      for (const event of Object.keys(taskEvents)) this.learn(event)
      for (const [index, plan] of this.functions.entries()) this.set(index, plan, options)
      // Returns first, so that none comes back before it is looked for; the enclosing function before those within.
      const events = [...this.returns.keys(), ...[...this.entries.keys()].reverse()]
      for (const event of events) this.instance.enable(event, this.filterOf(event, options))
    } catch (error) {
      this.close()
      throw error
    }
  }

  private set(index: number, plan: Plan, { stacks, maxActive = MAX_ACTIVE, inside }: ProbeWatchOptions): void {
    const fetch = plan.values.map(({ field, fetch: from }) => `${field}=${from}`).join(' ')
    const entry = this.probes.add(plan.function, { function: plan.symbol, ...(fetch === '' ? {} : { fetch }) })
    this.entries.set(entry, index)
    const result = plan.result === undefined ? undefined : `${plan.result.field}=${plan.result.fetch}`
    const back = this.probes.add(`${plan.function}_back`, {
      function: plan.symbol,
      returns: true,
      maxActive,
      ...(result === undefined ? {} : { fetch: result }),
    })
    this.returns.set(back, index)
    for (const event of [entry, back])
      if (!this.learn(event)) throw new TracingError(`the probe on ${plan.function} has no format`)
    if (!stacks || plan === inside) return
    const format = this.instance.builtinFormat(STACK_EVENT)
    if (format !== undefined) this.reader.learn(STACK_EVENT, format)
    this.instance.withStacks(entry)
  }

  private learn(event: string): boolean {
    const format = this.instance.format(event)
    if (format === undefined) return false
    this.reader.learn(event, format)
    if (event in taskEvents) this.instance.enable(event)
    return true
  }

  /** Its own calls are left out: telling of a read would be a read to tell of. */
  private filterOf(event: string, { filter, inside }: ProbeWatchOptions): string {
    const index = this.entries.get(event)
    const own = `common_pid!=${process.pid}`
    const wanted = index === undefined || this.functions[index] === inside ? undefined : filter
    return wanted === undefined ? own : `(${wanted})&&${own}`
  }

  /** Calls that have come back since the last time, in the order in which they did. */
  read(): { calls: ProbedCall[]; more: boolean; bytes: number } {
    const { records, more, bytes } = this.reader.read()
    const calls: ProbedCall[] = []
    for (const record of records) {
      const entered = this.entries.get(record.event)
      const left = this.returns.get(record.event)
      taskEvents[record.event]?.(record, this.tasks)
      if (entered !== undefined) this.enter(record, entered)
      else if (left !== undefined) {
        const call = this.calls.exit(taskOf(record), left, record.ns)
        if (call !== undefined) calls.push(this.shown(call, record))
      } else if (record.event === STACK_EVENT) {
        const entry = this.awaiting.get(record.cpu)
        if (entry !== undefined && entry.pid === record.pid)
          entry.stack = record.words('caller').filter(word => word !== 0n)
        this.awaiting.delete(record.cpu)
      }
    }
    return { calls, more, bytes }
  }

  private enter(record: TraceRecord, index: number): void {
    const plan = this.functions[index]
    const values = (plan?.values ?? []).map(value => [value.label, valueIn(record, value)] as const)
    const entry: Entry = {
      ns: record.ns,
      cpu: record.cpu,
      pid: record.pid,
      comm: this.tasks.get(record.pid).comm,
      values: Object.fromEntries(values),
    }
    this.awaiting.set(record.cpu, entry)
    this.calls.entry(taskOf(record), index, record.ns, entry)
  }

  private shown({ function: index, entry, depth, returned }: Call<Entry>, record?: TraceRecord): ProbedCall {
    const plan = this.functions[index]
    const result = plan?.result
    const monotonicUs = Math.round((Number(this.reader.epochNs) + entry.ns) / 1000)
    const wallUs = Date.now() * 1000 - Number(process.hrtime.bigint() / 1000n) + monotonicUs
    const given = result === undefined || record === undefined ? undefined : record.field(result.field)
    const error = result === undefined ? undefined : errorOf(given, result.reading)
    return {
      schema: 'faultline.call/1',
      function: plan?.function ?? '',
      monotonicUs,
      wall: new Date(wallUs / 1000).toISOString(),
      cpu: entry.cpu,
      task: { pid: entry.pid, ...(entry.comm === undefined ? {} : { comm: entry.comm }) },
      depth,
      arguments: entry.values,
      ...(given === undefined || result === undefined ? {} : { result: plainValue(given, result.reading) }),
      ...(error === undefined ? {} : { error }),
      ...(returned === undefined ? {} : { durationNs: returned.durationNs }),
      returned: returned !== undefined,
      ...(entry.stack === undefined ? {} : { stack: entry.stack.map(word => `0x${word.toString(16)}`) }),
    }
  }

  /** Until there is something to read, at most so long. */
  wait(ms: number): Promise<void> {
    return this.reader.wait(ms)
  }

  /** Calls that have not come back. */
  pending(): ProbedCall[] {
    return this.calls.open().map(call => this.shown(call))
  }

  /** What was not seen, each kind counted. */
  losses(): Record<string, number> {
    if (!this.closed) this.missedHits = this.countMisses()
    return {
      /** trace records overwritten before they were read */
      lost: this.closed ? this.lastLost : this.reader.lost(),
      /** probes that could not run, by kprobe_profile */
      missed: this.missedHits,
      /** entries whose return was not seen, and the other way round */
      ...this.calls.counts,
    }
  }

  private lastLost = 0

  private countMisses(): number {
    let misses = 0
    for (const [event, counts] of probeProfile(this.instance.tracefs)) {
      // The profile has the name without its group.
      if ([...this.entries.keys(), ...this.returns.keys()].some(each => each === event || each.endsWith(`/${event}`)))
        misses += counts.misses
    }
    return misses
  }

  close(): void {
    if (this.closed) return
    try {
      this.missedHits = this.countMisses()
      this.lastLost = this.reader.lost()
    } catch {
      // They are counts; what was set is taken away all the same.
    }
    this.closed = true
    this.reader.close()
    this.instance.close()
    this.probes.close()
  }
}

const valueIn = (record: TraceRecord, { field, reading }: PlannedValue): string | number | boolean =>
  plainValue(record.field(field), reading satisfies Reading)
