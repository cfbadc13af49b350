// The kernel's trace file system: where it is, and an instance of Faultline's own in it, so that nobody's tracing is
// disturbed (Documentation/trace/ftrace.rst, "Instances").

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { endianness } from 'node:os'
import { join } from 'node:path'
import { type EventFormat, parseEventFormat } from '../../core/formats/tracefs/event-format.ts'
import { type PageLayout, parseHeaderPage } from '../../core/formats/tracefs/ring-page.ts'

/** What the machine does not let one do; the message says what to do. */
export class TracingError extends Error {}

const places = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing']

/** The folder; mounted when it is not. Throws TracingError. */
export function findTracefs(): string {
  if (process.getuid?.() !== 0)
    throw new TracingError('tracing needs root: run it by sudo, or give CAP_SYS_ADMIN and CAP_DAC_OVERRIDE')
  const found = places.find(place => existsSync(join(place, 'events')))
  if (found !== undefined) return found
  const [place = ''] = places
  if (!existsSync(place)) throw new TracingError('this kernel has no tracing (CONFIG_TRACING is not set)')
  const { status, stderr } = spawnSync('mount', ['-t', 'tracefs', 'nodev', place], { encoding: 'utf8' })
  if (status !== 0)
    throw new TracingError(`cannot mount tracefs at ${place}: ${String(stderr).trim() || 'mount is missing'}`)
  return place
}

/** Clocks in the order they are wanted: the same as the log's and comparable over CPUs. `mono` came with 3.17. */
const clocks = ['mono', 'global'] as const

export const byteOrder = endianness() === 'BE' ? 'big' : 'little'

/** `<pid>-<start>`: who made it; the start time tells a pid that was given again. */
export function owner(): string {
  return `${process.pid}_${startTime(process.pid) ?? 0}`
}

/** Field 22 of /proc/PID/stat; undefined when there is no such process. */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

const ours = /^faultline_(?<pid>\d+)_(?<start>\d+)/

/** Names of ours that belong to no living process. */
export function isLeftOver(name: string): boolean {
  const groups = ours.exec(name)?.groups
  return groups !== undefined && startTime(Number(groups['pid'])) !== groups['start']
}

/** Writes one line into a control file. A refusal is a TracingError with the kernel's own word from `error_log`. */
export function control(file: string, value: string, tracefs?: string): void {
  try {
    writeFileSync(file, value, { flag: /(?:kprobe|dynamic)_events$/.test(file) ? 'a' : 'w' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new TracingError(
      `${file} refuses "${value.trim()}": ${tracefs === undefined ? code : (lastError(tracefs) ?? code)}`,
    )
  }
}

/** `[  71.21] trace_kprobe: error: Failed to register probe event` and the place; Documentation/trace/ftrace.rst, error_log. */
function lastError(tracefs: string): string | undefined {
  try {
    const lines = readFileSync(join(tracefs, 'error_log'), 'latin1').trimEnd().split('\n')
    const at = lines.findLastIndex(line => line.startsWith('['))
    return lines[at]?.replace(/^\[[^\]]*\]\s*/, '')
  } catch {
    return undefined
  }
}

export interface CpuCounts {
  /** events that came into the buffer and were overwritten before they were read */
  overrun: number
  /** events that found no place */
  dropped: number
  /** waiting to be read */
  entries: number
  /** read so far */
  read: number
}

export interface InstanceOptions {
  /** of each CPU */
  bufferKb?: number
}

/** What the kernel calls the buffer that outlives a warm reboot: `trace_instance=faultline@…`. */
const KEPT = 'faultline'

/**
 * The folder of the kept buffer: Documentation/trace/debugging.rst, "Persistent buffers across boots" (6.12). Other
 * instances lack `last_boot_info`. Undefined where the kernel was not told to have one.
 */
export function keptBuffer(): string | undefined {
  try {
    const folder = join(findTracefs(), 'instances', KEPT)
    return existsSync(join(folder, 'last_boot_info')) ? folder : undefined
  } catch (error) {
    if (error instanceof TracingError) return undefined
    throw error
  }
}

/** A trace buffer of our own. `close` takes everything away, but for one that is to be kept. */
export class TraceInstance {
  readonly tracefs: string
  readonly folder: string
  readonly clock: string
  readonly layout: PageLayout
  /** it was there before, and what is in it is to outlive this kernel */
  readonly kept: boolean
  private readonly enabled = new Set<string>()

  private constructor(tracefs: string, folder: string, clock: string, layout: PageLayout, kept: boolean) {
    this.tracefs = tracefs
    this.folder = folder
    this.clock = clock
    this.layout = layout
    this.kept = kept
  }

  /** The kept buffer, emptied; its size is the kernel's command line's. Throws TracingError. */
  static openKept(folder: string): TraceInstance {
    const tracefs = join(folder, '../..')
    control(join(folder, 'events/enable'), '0')
    const clock = setClock(folder)
    control(join(folder, 'trace'), '\n')
    control(join(folder, 'tracing_on'), '1')
    return new TraceInstance(tracefs, folder, clock, layoutIn(tracefs), true)
  }

  /** Makes it, after taking away what killed processes left. Throws TracingError. */
  static open({ bufferKb = 1024 }: InstanceOptions = {}): TraceInstance {
    const tracefs = findTracefs()
    removeLeftOvers(tracefs)
    const layout = layoutIn(tracefs)
    const folder = join(tracefs, 'instances', `faultline_${owner()}`)
    try {
      mkdirSync(folder)
    } catch (error) {
      throw new TracingError(`cannot make a trace instance: ${error instanceof Error ? error.message : error}`)
    }
    try {
      control(join(folder, 'buffer_size_kb'), String(bufferKb))
      const clock = setClock(folder)
      // poll(2) is to wake for the first event, not for half a buffer; 5.0 and later
      const percent = join(folder, 'buffer_percent')
      if (existsSync(percent)) control(percent, '0')
      return new TraceInstance(tracefs, folder, clock, layout, false)
    } catch (error) {
      rmdirSync(folder)
      throw error
    }
  }

  /** Whether the kernel has this event: `signal/signal_generate`. */
  has(event: string): boolean {
    return existsSync(join(this.folder, 'events', event, 'format'))
  }

  format(event: string): EventFormat | undefined {
    try {
      return parseEventFormat(readFileSync(join(this.folder, 'events', event, 'format'), 'latin1'))
    } catch {
      return undefined
    }
  }

  /** Switches an event on; with a filter in the kernel's own language (Documentation/trace/events.rst, "Event filtering"). */
  enable(event: string, filter?: string): void {
    const folder = join(this.folder, 'events', event)
    if (filter !== undefined) control(join(folder, 'filter'), filter)
    this.enabled.add(event)
    control(join(folder, 'enable'), '1')
  }

  /** A stack trace behind each record of the event, as ftrace/kernel_stack. */
  withStacks(event: string): void {
    control(join(this.folder, 'events', event, 'trigger'), 'stacktrace')
  }

  /** An event of the tracer itself, which instances do not list: ftrace/kernel_stack. */
  builtinFormat(event: string): EventFormat | undefined {
    return parseEventFormat(readFileSync(join(this.tracefs, 'events', event, 'format'), 'latin1'))
  }

  disable(event: string): void {
    this.enabled.delete(event)
    control(join(this.folder, 'events', event, 'enable'), '0')
  }

  cpus(): number[] {
    return readdirSync(join(this.folder, 'per_cpu'))
      .map(name => Number(name.replace(/^cpu/, '')))
      .sort((a, b) => a - b)
  }

  counts(cpu: number): CpuCounts {
    const stats = readFileSync(join(this.folder, 'per_cpu', `cpu${cpu}`, 'stats'), 'latin1')
    const count = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(stats)?.[1] ?? 0)
    return {
      overrun: count('overrun'),
      dropped: count('dropped events'),
      entries: count('entries'),
      read: count('read events'),
    }
  }

  close(): void {
    if (this.kept) control(join(this.folder, 'events/enable'), '0')
    else removeInstance(this.folder)
  }
}

/** How pages of this kernel's buffers are laid out. Throws TracingError. */
export function layoutIn(tracefs: string): PageLayout {
  const layout = parseHeaderPage(readFileSync(join(tracefs, 'events/header_page'), 'latin1'), byteOrder)
  if (layout === undefined) throw new TracingError(`${tracefs}/events/header_page says what no kernel is known to`)
  return layout
}

/** The best that the kernel has. A change empties the buffer. */
function setClock(folder: string): string {
  const known = readFileSync(join(folder, 'trace_clock'), 'latin1')
  const clock = clocks.find(each => known.includes(each)) ?? 'local'
  control(join(folder, 'trace_clock'), clock)
  return clock
}

/** Hits and misses of each dynamic event, by `group/name`: kprobe_profile. */
export function probeProfile(tracefs: string): Map<string, { hits: number; misses: number }> {
  const lines = readFileSync(join(tracefs, 'kprobe_profile'), 'latin1').trim().split('\n')
  return new Map(
    lines.flatMap(line => {
      const [event = '', hits, misses] = line.trim().split(/\s+/)
      return event === '' ? [] : [[event, { hits: Number(hits), misses: Number(misses ?? 0) }] as const]
    }),
  )
}

function removeInstance(folder: string): void {
  // An instance with an event that is on, or a file that is open, stays.
  control(join(folder, 'events/enable'), '0')
  rmdirSync(folder)
}

/** Instances and probes of processes that were killed. */
function removeLeftOvers(tracefs: string): void {
  for (const name of namesIn(join(tracefs, 'instances')).filter(isLeftOver))
    removeInstance(join(tracefs, 'instances', name))
  const groups = namesIn(join(tracefs, 'events')).filter(isLeftOver)
  for (const group of groups) removeProbes(tracefs, group)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** All dynamic events of a group; those of other groups stay. */
export function removeProbes(tracefs: string, group: string): void {
  const list = join(tracefs, existsSync(join(tracefs, 'kprobe_events')) ? 'kprobe_events' : 'dynamic_events')
  if (!existsSync(list)) return
  // One that is on anywhere cannot be removed.
  for (const folder of [tracefs, join(tracefs, 'instances', KEPT)]) {
    const enable = join(folder, 'events', group, 'enable')
    if (existsSync(enable)) control(enable, '0')
  }
  const events = readFileSync(list, 'latin1')
    .split('\n')
    .map(line => /^\w+:(?<event>\S+)/.exec(line)?.groups?.['event'] ?? '')
    .filter(event => event.startsWith(`${group}/`))
  if (events.length > 0) control(list, events.map(event => `-:${event}\n`).join(''))
}
