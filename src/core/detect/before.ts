// What stands before a header: its own first lines, what is left of a report whose beginning is lost, an earlier boot.

import type { KindName, LogRecord } from '../model.ts'
import type { EventLine } from './event.ts'
import { isCut, isStructural, readItem } from './items/index.ts'
import type { KindRow } from './row.ts'

/** They are a report's when at least so many are frames, registers and the like, no further apart than the gap. */
const LEAST_REMAINS = 4
const REMAINS_GAP = 4

/** The lines above the end of a report, as far as they are the report's; none when they are too few. */
export function remains(lines: readonly EventLine[]): EventLine[] {
  let from = lines.length
  let structures = 0
  for (let at = lines.length - 1; at >= 0 && from - at <= REMAINS_GAP; at--) {
    if (lines[at]!.item.is === 'text') continue
    from = at
    if (isStructural(lines[at]!.item)) structures++
  }
  return structures >= LEAST_REMAINS ? lines.slice(from) : []
}

// The first words of a virtual machine's firmware: what stands above them was said before the reset.
const powerOn = /^SeaBIOS \(version/

/** A kernel starts in the middle of a log: another one, or its programs, had been talking. */
export function cameBack(before: readonly LogRecord[]): boolean {
  if (before.some(record => record.sinceBootUs !== undefined)) return true
  const reset = before.findIndex(record => powerOn.test(record.text))
  return before.slice(0, Math.max(reset, 0)).some(record => record.text.trim().length >= 8)
}

const separator = /^[=-]{5,}\s*$|^\*{5,}/
export const isSeparator = (text: string): boolean => separator.test(text)

/** mm/kasan, mm/kmsan, mm/kfence, kernel/kcsan, lib/ubsan.c: a line of '=' above the report, and another below it. */
const framed = new Set<KindName>(['kasan', 'kmsan', 'kcsan', 'kfence', 'ubsan'])
/** kernel/locking/lockdep.c, mm/slub.c: only above it. */
const headed = new Set<KindName>(['lockdep', 'slab-corruption', ...framed])

/** Whether a line between two reports, with nothing else between them, is the last of the first or the first of the second. */
export function closesFirst(first: readonly EventLine[], header: number, kind: KindName, second: KindName): boolean {
  if (!headed.has(second)) return true
  const closed = first.slice(header + 1, -1).some(({ record }) => separator.test(record.text) && record.text[0] === '=')
  return framed.has(kind) && !closed
}

/** The trace that stands right before a header, from its title on. */
function backtrace(before: readonly LogRecord[]): EventLine[] {
  const lines = before.map(record => ({ record, item: readItem(record.text) }))
  const title = lines.findLastIndex(({ item }) => item.is === 'trace')
  const own = title < 0 ? [] : lines.slice(title)
  return own.slice(1).every(({ item, record }) => item.is === 'frame' || record.text.trim() === '') ? own : []
}

/** The lines right before a header that are its own: "cut here" and the WARN message, a line of '='. */
export function leadIn(before: readonly LogRecord[], row: KindRow): EventLine[] {
  if (row.backtraceBefore) return backtrace(before)
  const cut = before.findLastIndex(record => isCut(record.text))
  const lines = cut < 0 ? [] : before.slice(cut).map(record => ({ record, item: readItem(record.text) }))
  if (lines.length > 0 && lines.every(({ item }) => ['cut', 'text', 'phrase'].includes(item.is))) return lines
  const last = before.at(-1)
  return last && separator.test(last.text) ? [{ record: last, item: readItem(last.text) }] : []
}
