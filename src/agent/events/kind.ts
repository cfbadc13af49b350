// A kind of event: where it is seen, and what of it is told.
//
// How to add a kind: its name in src/core/event.ts, a file in kinds/ with one EventKind, a line in index.ts, a row in
// docs/events.md. Each of its sources is used where the kernel has it; `instead` is for kernels without the one before.

import type { EventDetail, EventKindName } from '../../core/event.ts'
import type { Announcement } from '../../core/formats/crash-window/announcement.ts'
import type { RecordKind } from '../../core/formats/crash-window/records.ts'
import type { TraceRecord } from '../tracing/reader.ts'
import type { TaskTable } from './tasks.ts'

export interface Context {
  tasks: TaskTable
  /** strings that records name by their address only (tracefs/printk_formats) */
  string(address: bigint): string | undefined
  /** of an earlier boot: /proc knows nothing of it */
  past: boolean
}

/** What is told; undefined: this record is none of the kind. `pid`: who is told of when it is not the running task. */
export type Told = { kind?: EventKindName; pid?: number; details: Record<string, EventDetail> } | undefined

/** A tracepoint, a probed function or the kernel module: one of the three. */
export type EventSource = TracedSource | AnnouncedSource

/** What the kernel module announces, where it is loaded. */
export interface AnnouncedSource {
  announced: RecordKind
  tell(announcement: Announcement): Told
}

export interface TracedSource {
  announced?: undefined
  /** a tracepoint, as in `signal/signal_generate` */
  tracepoint?: string
  /** a function whose call is probed, with what is fetched: `cmd=+0($arg1):string` */
  probe?: { function: string; fetch?: string }
  /** for the kernel to leave out what nobody asked for */
  filter?(wanted: EventFilter): string | undefined
  tell(record: TraceRecord, context: Context): Told
}

export interface EventKind {
  name: EventKindName
  what: string
  /** sources, each with what takes its place where the kernel lacks it */
  sources: readonly (readonly EventSource[])[]
}

/** What of the events is wanted. */
export interface EventFilter {
  signals?: ReadonlySet<number>
  pids?: ReadonlySet<number>
  comms?: ReadonlySet<string>
  /** a path below the cgroup root; its children are in it */
  cgroup?: string
}

/** Values of a record's fields as details: what is not there is left out, wide numbers are addresses. */
export function detailsOf(record: TraceRecord, names: Readonly<Record<string, string>>): Record<string, EventDetail> {
  const details: Record<string, EventDetail> = {}
  for (const [name, field] of Object.entries(names)) {
    const value = record.field(field)
    if (typeof value === 'bigint') details[name] = Number(value)
    else if (typeof value === 'number' || typeof value === 'string') details[name] = value
  }
  return details
}

export const numberOf = (record: TraceRecord, field: string): number => {
  const value = record.field(field)
  return typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : 0
}

export const textOf = (record: TraceRecord, field: string): string | undefined => {
  const value = record.field(field)
  return typeof value === 'string' ? value : undefined
}

export const addressOf = (value: unknown): string | undefined =>
  typeof value === 'bigint'
    ? `0x${value.toString(16)}`
    : typeof value === 'number'
      ? `0x${value.toString(16)}`
      : undefined
