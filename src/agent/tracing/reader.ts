// Records out of a trace instance's per-CPU buffers, in the order of time over all CPUs, losses counted.

import { closeSync, constants, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { EventFormat } from '../../core/formats/tracefs/event-format.ts'
import type { PageLayout } from '../../core/formats/tracefs/ring-page.ts'
import { createPoller, type Poller } from '../../node/poller.ts'
import { PageRecords, type TraceRecord } from './page-records.ts'
import type { TraceInstance } from './tracefs.ts'

export type { TraceRecord } from './page-records.ts'

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
  private readonly pages: PageRecords
  private poller: Poller | undefined
  /** read, but perhaps not yet in order */
  private waiting: TraceRecord[] = []

  constructor(instance: TraceInstance, epochNs: bigint) {
    this.instance = instance
    this.layout = instance.layout
    this.pages = new PageRecords(instance.layout, epochNs)
    this.epochNs = epochNs
    const flags = constants.O_RDONLY | constants.O_NONBLOCK
    this.cpus = instance.cpus().map(number => ({
      number,
      descriptor: openSync(join(instance.folder, 'per_cpu', `cpu${number}`, 'trace_pipe_raw'), flags),
    }))
  }

  /** Records of this event are told by its id. */
  learn(event: string, format: EventFormat): void {
    this.pages.learn(event, format)
  }

  /**
   * What was written up to `upToNs`, sorted by time over all CPUs; `more` when there is certainly still something; `bytes`
   * of the fullest CPU's buffer. What came while the buffers were read waits for the next time: another CPU may have written
   * something earlier.
   */
  read(): { records: TraceRecord[]; more: boolean; bytes: number; upToNs: number } {
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
    return { records, more, bytes: most * this.layout.pageBytes, upToNs: upTo }
  }

  /** `last`: the time of the last record when there is certainly more of this CPU. */
  private readCpu(cpu: Cpu, into: TraceRecord[]): { last: number | undefined; pages: number } {
    for (let pages = 0; pages < PAGES_IN_TURN; pages++) {
      // Fields are read from it later, so that each page has its own.
      const page = new Uint8Array(this.layout.pageBytes)
      const length = readSome(cpu.descriptor, page)
      if (length === 0) return { last: undefined, pages }
      this.pages.take(page.subarray(0, length), cpu.number, into)
    }
    return { last: into.at(-1)?.ns, pages: PAGES_IN_TURN }
  }

  /** Until there is something to read, here or from `others`, at most so long; without poll(2) just so long. */
  wait(ms: number, others: readonly number[] = []): Promise<void> {
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
      for (const descriptor of [...cpus.map(cpu => cpu.descriptor), ...others]) {
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
