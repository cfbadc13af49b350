// Which addresses an entry covers. DWARF 5 §2.17; .debug_rnglists §7.28, .debug_ranges DWARF 4 §2.17.3.

import { addressBase, type Cursor, FormatError } from '../../bytes/cursor.ts'
import { form } from './constants.ts'
import type { Die } from './die.ts'
import type { Table } from './table.ts'
import type { Unit } from './unit.ts'

const zero = addressBase(0n)

/**
 * Lists may be shared, so that a small file can name a long one often. Beyond so many entries read for one unit it is
 * refused; the largest unit of a kernel needs some ten thousand.
 */
const MAX_UNIT_RANGES = 8_000_000

const budgets = new WeakMap<Unit, number>()

/** Appends [low, high) pairs to `out`; nothing for an entry without code. */
export function rangesOf(unit: Unit, die: Die, out: number[]): void {
  if (die.rangesForm !== 0) {
    readRanges(unit, die.rangesForm, die.ranges, out)
    return
  }
  if (die.lowForm === 0 || die.highForm === 0) return
  const low = unit.address(die.lowForm, die.low)
  const high = unit.highPc(low, die.highForm, die.high)
  if (high > low) out.push(low, high)
}

/** Appends the pairs of a list. */
export function readRanges(unit: Unit, kind: number, value: number, out: number[]): void {
  const before = out.length
  if (unit.header.version >= 5) readRangeList(unit, kind, value, out)
  else readOldRanges(unit, value, out)
  const left = (budgets.get(unit) ?? MAX_UNIT_RANGES) - (out.length - before)
  if (left < 0) throw unit.cursor.error(`more than ${MAX_UNIT_RANGES} ranges in one unit`, 0)
  budgets.set(unit, left)
}

const entry = {
  end: 0,
  baseIndex: 1,
  startIndexEndIndex: 2,
  startIndexLength: 3,
  offsetPair: 4,
  base: 5,
  startEnd: 6,
  startLength: 7,
} as const

function readRangeList(unit: Unit, kind: number, value: number, out: number[]): void {
  const { rnglists } = unit.sections.tables
  const { offsetBytes } = unit.header
  if (rnglists === undefined) throw unit.cursor.error('ranges are named and there is no .debug_rnglists', 0)
  let at = value
  if (kind === form.rnglistx) {
    const place = unit.rangeListsStart + value * offsetBytes
    at = unit.rangeListsStart + rnglists.at(place, offsetBytes).offset(offsetBytes)
  }
  inWindows(rnglists, at, out, lists => readEntries(unit, lists, out))
}

/** Bytes of a list that are looked at first: most have two or three entries. */
const LIST_BYTES = 128

/** Reads a list, of which only its end mark says how long it is, in growing windows. */
function inWindows(table: Table, at: number, out: number[], read: (lists: Cursor) => void): void {
  const before = out.length
  for (let count = LIST_BYTES; ; count *= 16) {
    try {
      read(table.at(at, count))
      return
    } catch (error) {
      // A place that is too far to be counted to is no number, and not before the end either.
      if (!(error instanceof FormatError) || !(at + count < table.length)) throw error
      out.length = before
    }
  }
}

function readEntries(unit: Unit, lists: Cursor, out: number[]): void {
  const { addressBytes, base } = unit.header
  let start = unit.rangeBase
  for (;;) {
    const what = lists.u8()
    let low: number
    let high: number
    switch (what) {
      case entry.end:
        return
      case entry.baseIndex:
        start = indexed(unit, lists)
        continue
      case entry.base:
        start = lists.addressFrom(base, addressBytes)
        continue
      case entry.startIndexEndIndex:
        low = indexed(unit, lists)
        high = indexed(unit, lists)
        break
      case entry.startIndexLength:
        low = indexed(unit, lists)
        high = low + lists.uleb()
        break
      case entry.offsetPair:
        low = start + lists.uleb()
        high = start + lists.uleb()
        break
      case entry.startEnd:
        low = lists.addressFrom(base, addressBytes)
        high = lists.addressFrom(base, addressBytes)
        break
      case entry.startLength:
        low = lists.addressFrom(base, addressBytes)
        high = low + lists.uleb()
        break
      default:
        throw lists.error(`unknown range list entry ${what}`)
    }
    if (high > low) out.push(low, high)
  }
}

const indexed = (unit: Unit, lists: Cursor): number => unit.address(form.addrx, lists.uleb())

/** Pairs that count from the unit's base; a pair that begins with the highest address sets another base. */
function readOldRanges(unit: Unit, value: number, out: number[]): void {
  const { ranges } = unit.sections.tables
  if (ranges === undefined) throw unit.cursor.error('ranges are named and there is no .debug_ranges', 0)
  inWindows(ranges, value + unit.gnuRangesBase, out, lists => readPairs(unit, lists, out))
}

function readPairs(unit: Unit, lists: Cursor, out: number[]): void {
  const { addressBytes, base } = unit.header
  let start = unit.rangeBase
  // Counted from 0 the pairs are addresses themselves, which are only exact when read so.
  let pairsBase = unit.rangeBaseIsZero ? base : zero
  if (unit.rangeBaseIsZero) start = 0
  for (;;) {
    const at = lists.position
    const isBase = lists.u32() === 0xffffffff && (addressBytes === 4 || lists.u32() === 0xffffffff)
    lists.seek(at)
    if (isBase) {
      lists.skip(addressBytes)
      start = lists.addressFrom(base, addressBytes)
      pairsBase = zero
      continue
    }
    const isEnd = lists.addressFrom(zero, addressBytes) === 0 && lists.addressFrom(zero, addressBytes) === 0
    if (isEnd) return
    lists.seek(at)
    const low = start + lists.addressFrom(pairsBase, addressBytes)
    const high = start + lists.addressFrom(pairsBase, addressBytes)
    if (high > low) out.push(low, high)
  }
}
