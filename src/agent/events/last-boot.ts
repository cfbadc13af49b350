// The events that the kernel before this one left in a trace buffer that outlives a warm reboot.

import { closeSync, constants, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { EventKindName, KernelEvent } from '../../core/event.ts'
import { parseEventFormat } from '../../core/formats/tracefs/event-format.ts'
import type { PageLayout } from '../../core/formats/tracefs/ring-page.ts'
import { PageRecords, type TraceRecord } from '../tracing/page-records.ts'
import { layoutIn } from '../tracing/tracefs.ts'
import { type BootMark, type ProbedMark, readMark, thisBoot } from './boot-marks.ts'
import { kinds } from './index.ts'
import type { Context, TracedSource } from './kind.ts'
import { taskEvents } from './task-events.ts'
import { TaskTable } from './tasks.ts'
import { printkStrings } from './watch-events.ts'

export interface LastBoot {
  /** absent when its mark was overwritten; then `wall` of its events is empty */
  bootId?: string
  events: KernelEvent[]
}

export interface KeptPage {
  cpu: number
  bytes: Uint8Array
}

/** Of all CPUs: a buffer is a share of memory that somebody gave up for it. */
const MAX_PAGES = 65_536
const MARKER = 'ftrace/print'

/** What is in the buffer, which is empty then. Undefined when it is of this boot, or nothing. */
export function takeLastBoot(folder: string): LastBoot | undefined {
  const kernel = kernelOfTrace(join(folder, '../..'))
  const last = lastBootIn(pagesIn(folder, kernel.layout), kernel)
  return last.events.length === 0 || last.bootId === thisBoot() ? undefined : last
}

/** Each page is given once: the buffer has it no more. */
export function pagesIn(folder: string, { pageBytes }: PageLayout): KeptPage[] {
  const pages: KeptPage[] = []
  for (const name of readdirSync(join(folder, 'per_cpu'))) {
    const file = openSync(join(folder, 'per_cpu', name, 'trace_pipe_raw'), constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      while (pages.length < MAX_PAGES) {
        const bytes = new Uint8Array(pageBytes)
        const length = readSync(file, bytes, 0, pageBytes, null)
        if (length === 0) break
        pages.push({ cpu: Number(name.replace('cpu', '')), bytes: bytes.subarray(0, length) })
      }
    } catch (error) {
      // EAGAIN: this CPU's is empty. What another error leaves unread is no reason to lose the rest.
      if (!(error instanceof Error && 'code' in error)) throw error
    } finally {
      closeSync(file)
    }
  }
  return pages
}

export interface KernelOfTrace {
  layout: PageLayout
  /** of this kernel, which is taken to be the same: numbers of tracepoints are given when it is built */
  format(event: string): ReturnType<typeof parseEventFormat>
  string(address: bigint): string | undefined
}

export function kernelOfTrace(tracefs: string): KernelOfTrace {
  return {
    layout: layoutIn(tracefs),
    format: event => {
      try {
        return parseEventFormat(readFileSync(join(tracefs, 'events', event, 'format'), 'latin1'))
      } catch {
        return undefined
      }
    },
    string: printkStrings(tracefs),
  }
}

interface Teller {
  kind: EventKindName
  source: string
  tell: TracedSource['tell']
}

/** Events of the pages, in the order of time. */
export function lastBootIn(pages: readonly KeptPage[], kernel: KernelOfTrace): LastBoot {
  const { boot, probed } = marksIn(pages, kernel)
  const tellers = new Map<string, Teller[]>()
  const decoder = new PageRecords(kernel.layout, 0n)
  for (const event of Object.keys(taskEvents)) learn(event)
  for (const { name, sources } of kinds) {
    for (const source of sources.flat()) {
      if (source.announced !== undefined || source.tracepoint === undefined) continue
      const others = tellers.get(source.tracepoint) ?? []
      if (others.some(({ kind }) => kind === name) || !learn(source.tracepoint)) continue
      tellers.set(source.tracepoint, [...others, { kind: name, source: source.tracepoint, tell: source.tell }])
    }
  }
  for (const { id, kind, source, fields } of probed.values()) {
    const tell = probeOf(kind, source)?.tell
    if (tell === undefined) continue
    decoder.learn(`${kind} ${source}`, { id, fields, names: new Map() })
    tellers.set(`${kind} ${source}`, [{ kind, source, tell }])
  }
  function learn(event: string): boolean {
    const format = kernel.format(event)
    if (format !== undefined) decoder.learn(event, format)
    return format !== undefined
  }
  const events = told(recordsOf(pages, decoder), tellers, kernel, boot)
  return { ...(boot === undefined ? {} : { bootId: boot.boot }), events }
}

const probeOf = (kind: EventKindName, source: string): TracedSource | undefined =>
  kinds
    .find(({ name }) => name === kind)
    ?.sources.flat()
    .find(
      (each): each is TracedSource =>
        each.announced === undefined && each.probe !== undefined && `${each.probe.function}()` === source,
    )

function marksIn(pages: readonly KeptPage[], kernel: KernelOfTrace) {
  const decoder = new PageRecords(kernel.layout, 0n)
  const format = kernel.format(MARKER)
  if (format !== undefined) decoder.learn(MARKER, format)
  let boot: BootMark | undefined
  const probed = new Map<string, ProbedMark>()
  for (const record of recordsOf(pages, decoder)) {
    const text = record.text('buf')
    const mark = text === undefined ? undefined : readMark(text.trimEnd())
    if (mark === undefined) continue
    if ('boot' in mark) boot = mark
    else probed.set(`${mark.kind} ${mark.source}`, mark)
  }
  return { boot, probed }
}

function recordsOf(pages: readonly KeptPage[], decoder: PageRecords): TraceRecord[] {
  const records: TraceRecord[] = []
  for (const { bytes, cpu } of pages) decoder.take(bytes, cpu, records)
  return records.sort((a, b) => a.ns - b.ns)
}

function told(
  records: readonly TraceRecord[],
  tellers: ReadonlyMap<string, readonly Teller[]>,
  { string }: KernelOfTrace,
  boot: BootMark | undefined,
): KernelEvent[] {
  const tasks = new TaskTable(0, { read: () => undefined })
  const context: Context = { tasks, string, past: true }
  const events: KernelEvent[] = []
  for (const record of records) {
    taskEvents[record.event]?.(record, tasks)
    for (const { kind, source, tell } of tellers.get(record.event) ?? []) {
      const comm = tasks.get(record.pid).comm
      const given = tell(record, context)
      if (given === undefined) continue
      const pid = given.pid ?? record.pid
      const name = pid === record.pid ? comm : tasks.get(pid).comm
      const monotonicUs = Math.round(record.ns / 1000)
      const wall = boot === undefined ? '' : wallOf(monotonicUs + boot.wallOffsetUs)
      const task = { pid, ...(name === undefined ? {} : { comm: name }) }
      const { cpu } = record
      events.push({
        ...{ schema: 'faultline.event/1', kind, monotonicUs, wall, cpu, task, source, details: given.details },
      })
    }
  }
  return events
}

/** Empty for a time that no calendar has: memory that the reboot did not keep whole. */
function wallOf(us: number): string {
  const date = new Date(us / 1000)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}
