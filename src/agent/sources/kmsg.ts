// /dev/kmsg. Documentation/ABI/testing/dev-kmsg: one read is one record, in order, from the oldest that the ring still
// has; any number of readers. A reader that was overtaken is told once by EPIPE and goes on behind the gap.

import { closeSync, constants, openSync, readSync } from 'node:fs'
import { KmsgRecords, sequenceOf } from '../../core/log/kmsg-record.ts'
import type { LogRecord } from '../../core/model.ts'
import {
  type Capture,
  type CaptureSource,
  type Cursor,
  codeOf,
  type Sink,
  SourceError,
  type SourceHost,
} from './source.ts'

const path = '/dev/kmsg'

/** The kernel refuses a read into less than a record may need (CONSOLE_EXT_LOG_MAX, PRINTK_MESSAGE_MAX). */
const RECORD_BYTES = 8192
/** Records are read into pieces of memory of this size; the history keeps them without a copy. */
const SLAB_BYTES = 128 * 1024
/**
 * Read and not yet looked at. Reading is several times faster than looking, so a burst is taken out of the ring before it
 * is overwritten there; beyond, the kernel's ring is the queue, and what it loses it counts.
 */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024
/** So long one turn reads or looks; then timers and other sources have theirs. */
const TURN_MS = 8

/** Records that stand one behind the other in one piece of memory. */
interface Batch {
  memory: Uint8Array
  start: number
  ends: number[]
  /** the first was read the moment it came */
  live: boolean
}

interface Counts extends Record<string, number> {
  records: number
  lost: number
  overruns: number
  beforeStart: number
  unreadable: number
}

class KmsgCapture implements Capture {
  private readonly descriptor: number
  private readonly sink: Sink
  private readonly host: SourceHost
  private readonly reader = new KmsgRecords()
  private readonly queue: Batch[] = []
  private queuedBytes = 0
  /** records of the first batch that were looked at */
  private taken = 0
  /** what is read into, and how full it is */
  private memory = new Uint8Array(SLAB_BYTES)
  private used = 0
  private busy = false
  private closed = false
  private drained = false
  private position = 0
  /** the number that the next record should have; undefined before the first */
  private next: number | undefined
  private from: number | undefined
  private readonly resumed: boolean
  private readonly unwatch: () => void
  private readonly counts: Counts = { records: 0, lost: 0, overruns: 0, beforeStart: 0, unreadable: 0 }

  constructor(descriptor: number, sink: Sink, host: SourceHost, next: number | undefined) {
    this.descriptor = descriptor
    this.sink = sink
    this.host = host
    this.next = next
    this.from = next
    this.resumed = next !== undefined
    this.unwatch = host.poller.watch(descriptor, woken => this.readable(woken))
  }

  cursor(first: Pick<LogRecord, 'span' | 'sequence'> | undefined): Cursor | undefined {
    const sequence = first?.sequence ?? this.next
    return sequence === undefined ? undefined : { bootId: this.host.bootId, sequence }
  }

  settle(): boolean {
    if (!this.closed) this.readable(false)
    return this.drained && this.queue.length === 0
  }

  stats(): Record<string, number> {
    // from + records + lost = next: every number is accounted for
    return { ...this.counts, queuedBytes: this.queuedBytes, from: this.from ?? 0, next: this.next ?? 0 }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.unwatch()
    // What is there already is taken along; what is printed while that is looked at, the next agent reads.
    this.drain(false, Number.POSITIVE_INFINITY)
    while (this.queue.length > 0) this.look(Number.POSITIVE_INFINITY)
    closeSync(this.descriptor)
  }

  private readable(woken: boolean): boolean {
    const came = this.drain(woken && this.drained && this.queue.length === 0)
    if (!this.busy && this.queue.length > 0) {
      this.busy = true
      this.turn()
    }
    return came
  }

  /** Looks at what is queued, a turn at a time; before each, what came meanwhile is saved from the ring. */
  private turn(): void {
    this.look(performance.now() + TURN_MS)
    if (this.queue.length === 0) {
      this.busy = false
      return
    }
    setImmediate(() => {
      if (this.closed) return
      this.drain(false)
      this.turn()
    })
  }

  /** Reads what the ring has, as far as there is room; whether anything came. */
  private drain(live: boolean, deadline = performance.now() + TURN_MS): boolean {
    let batch: Batch | undefined
    while (this.queuedBytes < MAX_QUEUED_BYTES) {
      if (this.memory.length - this.used < RECORD_BYTES) {
        this.memory = new Uint8Array(SLAB_BYTES)
        this.used = 0
        batch = undefined
      }
      const length = this.readOne()
      if (length === undefined) continue
      this.drained = length === 0
      if (this.drained) break
      if (batch === undefined) {
        batch = { memory: this.memory, start: this.used, ends: [], live }
        this.queue.push(batch)
      }
      this.used += length
      batch.ends.push(this.used)
      this.queuedBytes += length
      if ((batch.ends.length & 63) === 0 && performance.now() > deadline) break
    }
    return batch !== undefined
  }

  /** Bytes of the record that was read; 0: there is none; undefined: try again. */
  private readOne(): number | undefined {
    try {
      return readSync(this.descriptor, this.memory, this.used, this.memory.length - this.used, null)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EAGAIN') return 0
      if (code === 'EPIPE') this.counts.overruns++
      else if (code !== 'EINTR') {
        this.sink.trouble(`${path}: ${error instanceof Error ? error.message : String(error)}`)
        return 0
      }
      return undefined
    }
  }

  private look(deadline: number): void {
    this.host.clock.sample()
    while (this.queue.length > 0) {
      this.lookAt(this.queue[0]!, deadline)
      if (performance.now() >= deadline) return
    }
  }

  private lookAt({ memory, start, ends, live }: Batch, deadline: number): void {
    const from = this.taken === 0 ? start : ends[this.taken - 1]!
    const base = this.position - from
    const records: LogRecord[] = []
    let to = from
    for (let looked = 0; this.taken < ends.length; looked++) {
      if (looked > 0 && (looked & 63) === 0 && performance.now() >= deadline) break
      const end = ends[this.taken]!
      this.one(memory.subarray(to, end), base + to, live && this.taken === 0, records)
      this.taken++
      to = end
    }
    this.queuedBytes -= to - from
    this.position += to - from
    if (this.taken === ends.length) {
      this.queue.shift()
      this.taken = 0
    }
    this.sink.take({ stream: '', bytes: memory.subarray(from, to), records })
  }

  private one(bytes: Uint8Array, position: number, live: boolean, out: LogRecord[]): void {
    const sequence = sequenceOf(bytes)
    if (sequence === undefined) {
      this.counts.unreadable++
      return
    }
    if (this.next === undefined) {
      this.counts.beforeStart = sequence
      this.from = sequence
      if (sequence === 0) this.host.clock.fromBoot()
    } else if (sequence < this.next && this.resumed && this.counts.records === 0) return
    const missing = this.next === undefined ? 0 : Math.max(0, sequence - this.next)
    this.next = sequence + 1
    const records = this.reader.read(bytes, position)
    this.counts.records++
    const first = records[0]
    if (first === undefined) return
    if (missing > 0) {
      first.lostBefore = missing
      this.counts.lost += missing
      this.sink.lost(missing, `${path}: the ring was overwritten before record ${sequence} could be read`)
    }
    if (live && first.sinceBootUs !== undefined) this.host.clock.seen(first.sinceBootUs)
    for (const record of records) {
      if (record.sinceBootUs !== undefined) record.wall = this.host.clock.wall(record.sinceBootUs, record.text)
      out.push(record)
    }
  }
}

export const kmsg: CaptureSource = {
  name: 'kmsg',
  what: 'the kernel’s ring buffer, record by record, by /dev/kmsg',
  own: true,
  open(_argument, sink, host, resume) {
    const descriptor = opened()
    // Numbers begin anew at each boot; where that has no id, nothing says that they are of this one.
    const sameBoot = host.bootId !== '' && resume?.['bootId'] === host.bootId
    const sequence = sameBoot ? Number(resume?.['sequence']) : undefined
    return new KmsgCapture(descriptor, sink, host, Number.isSafeInteger(sequence) ? sequence : undefined)
  },
}

/** Before Linux 3.5 /dev/kmsg can be opened and written, but reading it gives EINVAL. */
function opened(): number {
  try {
    const trial = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      readSync(trial, new Uint8Array(RECORD_BYTES), 0, RECORD_BYTES, null)
    } catch (error) {
      if (codeOf(error) === 'EINVAL') throw new SourceError(`${path}: this kernel is too old to be read by it`)
    } finally {
      closeSync(trial)
    }
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (error instanceof SourceError) throw error
    throw new SourceError(`${path}: ${why(error)}`)
  }
}

function why(error: unknown): string {
  const code = codeOf(error)
  if (code === 'EPERM' || code === 'EACCES') return 'reading it takes root or CAP_SYSLOG (kernel.dmesg_restrict)'
  if (code === 'ENOENT') return 'there is none here; a container has none unless it is given one'
  return error instanceof Error ? error.message : String(error)
}
