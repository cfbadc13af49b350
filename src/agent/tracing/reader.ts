// Records out of a trace instance's per-CPU buffers, in the order of time over all CPUs, losses counted.

import { closeSync, constants, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import {
  type EventFormat,
  type FieldReader,
  type FieldValue,
  fieldReader,
} from '../../core/formats/tracefs/event-format.ts'
import { type PageLayout, readRingPage } from '../../core/formats/tracefs/ring-page.ts'
import { createPoller, type Poller } from '../../node/poller.ts'
import { byteOrder, type TraceInstance } from './tracefs.ts'

/** One record of an event; `fields` are read when asked for. */
export interface TraceRecord {
  event: string
  cpu: number
  /** nanoseconds of the instance's clock since the reader's epoch */
  ns: number
  /** the task that was running */
  pid: number
  field(name: string): FieldValue | undefined
  /** 64-bit words from a field to the record's end: of `caller` in kernel_stack, whose format tells no true length */
  words(name: string): bigint[]
}

interface Known {
  event: string
  readers: Map<string, FieldReader>
  pid: FieldReader | undefined
  offsets: Map<string, number>
}

interface Cpu {
  number: number
  descriptor: number
}

/** Pages that are read from one CPU before the others have their turn. */
const PAGES_IN_TURN = 64

export class TraceReader {
  /** of the clock, at which ns is 0 */
  readonly epochNs: bigint
  private readonly instance: TraceInstance
  private readonly layout: PageLayout
  private readonly cpus: Cpu[]
  private readonly known = new Map<number, Known>()
  private readonly type = fieldReader(
    { name: 'common_type', type: 'u16', offset: 0, size: 2, signed: false, place: 'inline' },
    byteOrder,
  )
  private poller: Poller | undefined
  /** read, but perhaps not yet in order */
  private waiting: TraceRecord[] = []
  /** events that pages said were overwritten before they were read */
  missed = 0
  /** bytes that no event was made of */
  damagedPages = 0

  constructor(instance: TraceInstance, epochNs: bigint) {
    this.instance = instance
    this.layout = instance.layout
    this.epochNs = epochNs
    const flags = constants.O_RDONLY | constants.O_NONBLOCK
    this.cpus = instance.cpus().map(number => ({
      number,
      descriptor: openSync(join(instance.folder, 'per_cpu', `cpu${number}`, 'trace_pipe_raw'), flags),
    }))
  }

  /** Records of this event are told by its id. */
  learn(event: string, format: EventFormat): void {
    const readers = new Map(format.fields.map(field => [field.name, fieldReader(field, byteOrder)] as const))
    const offsets = new Map(format.fields.map(({ name, offset }) => [name, offset] as const))
    this.known.set(format.id, { event, readers, pid: readers.get('common_pid'), offsets })
  }

  /**
   * What was written up to now, sorted by time over all CPUs; `more` when there is certainly still something; `bytes` of
   * the fullest CPU's buffer. What came while the buffers were read waits for the next time: another CPU may have written
   * something earlier.
   */
  read(): { records: TraceRecord[]; more: boolean; bytes: number } {
    let upTo =
      this.instance.clock === 'mono' ? Number(process.hrtime.bigint() - this.epochNs) : Number.POSITIVE_INFINITY
    let more = false
    let most = 0
    const records = this.waiting
    for (const cpu of this.cpus) {
      const { last, pages } = this.readCpu(cpu, records)
      most = Math.max(most, pages)
      if (last === undefined) continue
      more = true
      upTo = Math.min(upTo, last)
    }
    // Each CPU's are in order already; the sort is stable and quick on runs.
    records.sort((a, b) => a.ns - b.ns)
    let count = records.length
    while (count > 0 && records[count - 1]!.ns > upTo) count--
    this.waiting = records.slice(count)
    records.length = count
    return { records, more, bytes: most * this.layout.pageBytes }
  }

  /** `last`: the time of the last record when there is certainly more of this CPU. */
  private readCpu(cpu: Cpu, into: TraceRecord[]): { last: number | undefined; pages: number } {
    for (let pages = 0; pages < PAGES_IN_TURN; pages++) {
      // Fields are read from it later, so that each page has its own.
      const page = new Uint8Array(this.layout.pageBytes)
      const length = readSome(cpu.descriptor, page)
      if (length === 0) return { last: undefined, pages }
      this.takePage(page.subarray(0, length), cpu.number, into)
    }
    return { last: into.at(-1)?.ns, pages: PAGES_IN_TURN }
  }

  private takePage(page: Uint8Array, cpu: number, into: TraceRecord[]): void {
    const { records, missed, damaged } = readRingPage(page, this.layout, this.epochNs)
    this.missed += missed ?? 1
    if (damaged) this.damagedPages++
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
    for (const { ns, start, end } of records) {
      const id = this.type(view, start, end)
      const known = typeof id === 'number' ? this.known.get(id) : undefined
      if (known === undefined) continue
      const pid = known.pid?.(view, start, end)
      into.push({
        event: known.event,
        cpu,
        ns,
        pid: typeof pid === 'number' ? pid : 0,
        field: name => known.readers.get(name)?.(view, start, end),
        words: name => wordsOf(view, start + (known.offsets.get(name) ?? end), end),
      })
    }
  }

  /** Until there is something to read, at most so long; without poll(2) just so long. */
  wait(ms: number): Promise<void> {
    this.poller ??= createPoller()
    const { poller, cpus } = this
    return new Promise(resolve => {
      const stops: (() => void)[] = []
      const done = (): void => {
        clearTimeout(timer)
        for (const stop of stops) stop()
        resolve()
      }
      const timer = setTimeout(done, ms)
      if (poller.engine !== 'poll') return
      for (const { descriptor } of cpus) {
        stops.push(
          poller.watch(descriptor, () => {
            done()
            return true
          }),
        )
      }
    })
  }

  /** Events lost so far, of all CPUs, by the kernel's own count. */
  lost(): number {
    let sum = 0
    for (const { number } of this.cpus) {
      const { overrun, dropped } = this.instance.counts(number)
      sum += overrun + dropped
    }
    return sum
  }

  close(): void {
    this.poller?.close()
    for (const { descriptor } of this.cpus) closeSync(descriptor)
  }
}

function wordsOf(view: DataView, from: number, end: number): bigint[] {
  const words: bigint[] = []
  for (let at = from; at + 8 <= end; at += 8) words.push(view.getBigUint64(at, byteOrder === 'little'))
  return words
}

function readSome(descriptor: number, page: Uint8Array): number {
  try {
    return readSync(descriptor, page, 0, page.length, null)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // EBUSY: the CPU's buffer is being resized or a snapshot is taken; ENODEV: the CPU has gone.
    if (code === 'EAGAIN' || code === 'EINTR' || code === 'EBUSY' || code === 'ENODEV') return 0
    throw error
  }
}
