// Records of pages of a trace buffer, by the events that are known.

import {
  type EventFormat,
  type FieldReader,
  type FieldValue,
  fieldReader,
} from '../../core/formats/tracefs/event-format.ts'
import { type PageLayout, readRingPage } from '../../core/formats/tracefs/ring-page.ts'
import { byteOrder } from './tracefs.ts'

/** One record of an event; `fields` are read when asked for. */
export interface TraceRecord {
  event: string
  cpu: number
  /** nanoseconds of the instance's clock since the reader's epoch */
  ns: number
  /** the task that was running */
  pid: number
  field(name: string): FieldValue | undefined
  /** what the kernel calls the field's number */
  named(name: string): string | undefined
  /** from a field to the record's end or a NUL: of `buf` in print, whose format tells no length */
  text(name: string): string | undefined
  /** 64-bit words from a field to the record's end: of `caller` in kernel_stack, whose format tells no true length */
  words(name: string): bigint[]
}

interface Known {
  event: string
  readers: Map<string, FieldReader>
  pid: FieldReader | undefined
  offsets: Map<string, number>
  names: EventFormat['names']
}

export class PageRecords {
  private readonly layout: PageLayout
  private readonly epochNs: bigint
  private readonly known = new Map<number, Known>()
  private readonly type = fieldReader(
    { name: 'common_type', type: 'u16', offset: 0, size: 2, signed: false, place: 'inline' },
    byteOrder,
  )
  /** events that pages said were overwritten before they were read */
  missed = 0
  /** bytes that no event was made of */
  damagedPages = 0

  /** `epochNs`: of the clock, at which ns is 0. */
  constructor(layout: PageLayout, epochNs: bigint) {
    this.layout = layout
    this.epochNs = epochNs
  }

  /** Records of this event are told by its id. */
  learn(event: string, format: Omit<EventFormat, 'name'>): void {
    const readers = new Map(format.fields.map(field => [field.name, fieldReader(field, byteOrder)] as const))
    const offsets = new Map(format.fields.map(({ name, offset }) => [name, offset] as const))
    this.known.set(format.id, { event, readers, pid: readers.get('common_pid'), offsets, names: format.names })
  }

  /** Fields are read from the page later: it must not change any more. */
  take(page: Uint8Array, cpu: number, into: TraceRecord[]): void {
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
        named: name => known.names.get(name)?.get(Number(known.readers.get(name)?.(view, start, end))),
        text: name => textOf(view, start + (known.offsets.get(name) ?? end - start), end),
        words: name => wordsOf(view, start + (known.offsets.get(name) ?? end), end),
      })
    }
  }
}

function wordsOf(view: DataView, from: number, end: number): bigint[] {
  const words: bigint[] = []
  for (let at = from; at + 8 <= end; at += 8) words.push(view.getBigUint64(at, byteOrder === 'little'))
  return words
}

const utf8 = new TextDecoder()

function textOf(view: DataView, from: number, end: number): string | undefined {
  if (from >= end) return undefined
  const bytes = new Uint8Array(view.buffer, view.byteOffset + from, end - from)
  const nul = bytes.indexOf(0)
  return utf8.decode(nul < 0 ? bytes : bytes.subarray(0, nul))
}
