// Pages of the trace ring buffer as `per_cpu/cpuN/trace_pipe_raw` gives them: kernel/trace/ring_buffer.c, "struct
// buffer_data_page" and "struct ring_buffer_event". Where the page's own fields stand, `events/header_page` says.

import type { ByteOrder } from '../../bytes/cursor.ts'

export interface PageLayout {
  commit: { offset: number; bytes: 4 | 8 }
  dataOffset: number
  /** of the page with all */
  pageBytes: number
  order: ByteOrder
}

const headerField = /field: (?<type>[\w ]+?) (?<name>\w+);\s*offset:(?<offset>\d+);\s*size:(?<size>\d+);/g

/** From `events/header_page`; undefined when it says something else than any kernel has. */
export function parseHeaderPage(header: string, order: ByteOrder): PageLayout | undefined {
  const fields = new Map([...header.matchAll(headerField)].map(({ groups = {} }) => [groups['name'], groups] as const))
  const commit = fields.get('commit')
  const data = fields.get('data')
  if (commit === undefined || data === undefined) return undefined
  const dataOffset = Number(data['offset'])
  const bytes = Number(commit['size']) === 4 ? 4 : 8
  return {
    commit: { offset: Number(commit['offset']), bytes },
    dataOffset,
    pageBytes: dataOffset + Number(data['size']),
    order,
  }
}

/** Where one record stands in the page, and when it was written. */
export interface RingRecord {
  /** nanoseconds of the buffer's clock, counted from the epoch given */
  ns: number
  start: number
  end: number
}

export interface RingPage {
  /** events overwritten before this page was read, 0 for none; undefined: some, the page had no room to say how many */
  missed: number | undefined
  records: RingRecord[]
  /** the page's data does not add up from some place on */
  damaged: boolean
}

const MISSED_EVENTS = 0x80000000
const MISSED_STORED = 0x40000000
const COMMIT_MASK = 0xfffff

const PADDING = 29
const TIME_EXTEND = 30
const TIME_STAMP = 31

/** The records of a page. Never throws: what does not add up ends it. */
export function readRingPage(page: Uint8Array, layout: PageLayout, epochNs: bigint): RingPage {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
  const little = layout.order === 'little'
  const empty: RingPage = { missed: 0, records: [], damaged: page.length > 0 }
  if (page.length < layout.dataOffset + 4) return empty
  const commit = commitOf(view, layout, little)
  const end = layout.dataOffset + (commit & COMMIT_MASK)
  if (end > page.length) return empty
  const result: RingPage = { missed: missedOf(view, commit, end, layout, little), records: [], damaged: false }
  let ns = Number(view.getBigUint64(0, little) - epochNs)
  let at = layout.dataOffset
  while (at + 4 <= end) {
    const word = view.getUint32(at, little)
    // Bit fields are filled from the end at which the machine's numbers begin.
    const kind = little ? word & 31 : word >>> 27
    const delta = little ? word >>> 5 : word & 0x7ffffff
    if (kind === PADDING) {
      // Without a delta it goes to the end of the page; otherwise it is a record that was taken back.
      if (delta === 0 || at + 8 > end) break
      ns += delta
      at += 4 + view.getUint32(at + 4, little)
    } else if (kind === TIME_EXTEND || kind === TIME_STAMP) {
      if (at + 8 > end) break
      const high = view.getUint32(at + 4, little)
      if (kind === TIME_EXTEND) ns += high * 0x8000000 + delta
      else ns = Number(absolute((BigInt(high) << 27n) | BigInt(delta), view.getBigUint64(0, little)) - epochNs)
      at += 8
    } else {
      const long = kind === 0
      if (long && at + 8 > end) break
      const length = long ? view.getUint32(at + 4, little) : kind * 4
      const start = at + (long ? 8 : 4)
      // The length of a long record counts its own word.
      const stop = start + (long ? length - 4 : length)
      if (stop > end || stop < start) {
        result.damaged = true
        break
      }
      ns += delta
      result.records.push({ ns, start, end: stop })
      at = stop
    }
  }
  return result
}

function commitOf(view: DataView, { commit }: PageLayout, little: boolean): number {
  // The flags are in the low half whatever the width.
  const at = commit.offset + (commit.bytes === 8 && !little ? 4 : 0)
  return view.getUint32(at, little)
}

function missedOf(view: DataView, commit: number, end: number, { commit: { bytes } }: PageLayout, little: boolean) {
  if ((commit & MISSED_EVENTS) === 0) return 0
  if ((commit & MISSED_STORED) === 0 || end + bytes > view.byteLength) return undefined
  return bytes === 4 ? view.getUint32(end, little) : Number(view.getBigUint64(end, little))
}

/** An absolute stamp has 59 bits; those above are the page's own. */
function absolute(low: bigint, pageStamp: bigint): bigint {
  return (pageStamp & ~((1n << 59n) - 1n)) | low
}
