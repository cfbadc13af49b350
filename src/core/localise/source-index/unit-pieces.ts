// The code of one unit as pieces without overlaps: each a function's, or code without one, cut into segments of one line
// in one chain of inlined calls.

import type { LoadedUnit } from '../../formats/dwarf/debug-info.ts'
import { type FunctionPiece, forEachInline } from '../../formats/dwarf/functions.ts'
import type { LineTable } from '../../formats/dwarf/lines.ts'
import { rangesOf } from '../../formats/dwarf/ranges.ts'
import type { InlineNode, Segment } from './block.ts'

/** What turns names and files of a unit into numbers of the index. */
export interface UnitNumbers {
  /** of the function whose entry is at a position; 0 for none */
  name(position: number, origin: { form: number; value: number }): number | Promise<number>
  /** of a file by its number in the unit's line table; 0 for none */
  file(file: number): number
}

export interface Piece {
  low: number
  name: number
  nodes: readonly InlineNode[]
  segments: Segment[]
}

interface Interval {
  low: number
  high: number
  depth: number
  node: number
}

interface Inlines {
  nodes: InlineNode[]
  intervals: Interval[]
}

/** Between functions so much is padding, which nobody returns to. */
const MAX_PADDING = 64

const nothing: Inlines = { nodes: [], intervals: [] }

/** The pieces of a unit, ascending. */
export async function* piecesOf({ unit, functions, lines }: LoadedUnit, numbers: UnitNumbers): AsyncGenerator<Piece> {
  const cached = new Map<number, { name: number; inlines: Inlines }>()
  let covered = Number.NEGATIVE_INFINITY
  const gaps = lines === undefined ? [] : lines.rows.sequences.map(({ low, high }) => ({ low, high }))
  let gap = 0
  for (const piece of functions) {
    // Lines before the function that are of none: assembler code.
    for (; gap < gaps.length && gaps[gap]!.low < piece.low; gap++) {
      const { low, high } = gaps[gap]!
      const [from, to] = [Math.max(low, covered), Math.min(high, piece.low)]
      if (to - from > MAX_PADDING || to === high)
        yield* nameless(segmentsOf({ low: from, high: to }, nothing, lines, numbers))
      if (high > piece.low) break
    }
    let known = cached.get(piece.position)
    if (known === undefined) {
      const inlines = await inlinesOf(unit, piece, numbers)
      known = { name: await numbers.name(piece.position, noOrigin), inlines }
      cached.set(piece.position, known)
    }
    const cut = segmentsOf({ low: Math.max(piece.low, covered), high: piece.high }, known.inlines, lines, numbers)
    if (cut.segments.length > 0) yield { ...cut, name: known.name, nodes: known.inlines.nodes }
    covered = Math.max(covered, piece.high)
  }
  for (; gap < gaps.length; gap++) {
    const { low, high } = gaps[gap]!
    const from = Math.max(low, covered)
    if (high - from > MAX_PADDING || from === low)
      yield* nameless(segmentsOf({ low: from, high }, nothing, lines, numbers))
  }
}

function* nameless({ low, segments }: { low: number; segments: Segment[] }): Generator<Piece> {
  if (segments.length > 0) yield { low, segments, name: 0, nodes: [] }
}

const noOrigin = { form: 0, value: 0 }

async function inlinesOf(unit: LoadedUnit['unit'], piece: FunctionPiece, numbers: UnitNumbers): Promise<Inlines> {
  const nodes: InlineNode[] = []
  const intervals: Interval[] = []
  const ranges: number[] = []
  /** node of the call at each depth that is open */
  const open: number[] = []
  const waiting: Promise<void>[] = []
  forEachInline(unit, piece.position, (die, depth) => {
    ranges.length = 0
    rangesOf(unit, die, ranges)
    if (ranges.length === 0) return false
    const node: InlineNode = {
      parent: depth === 0 ? -1 : (open[depth - 1] ?? -1),
      name: 0,
      callFile: numbers.file(die.callFile),
      callLine: die.callLine,
    }
    open[depth] = nodes.length
    for (let at = 0; at < ranges.length; at += 2) {
      intervals.push({ low: ranges[at]!, high: ranges[at + 1]!, depth, node: nodes.length })
    }
    nodes.push(node)
    const cursor = unit.cursor.position
    const name = numbers.name(die.position, { form: die.originForm, value: die.origin })
    unit.cursor.seek(cursor)
    if (typeof name === 'number') node.name = name
    else waiting.push(name.then(number => void (node.name = number)))
    return true
  })
  await Promise.all(waiting)
  intervals.sort((a, b) => a.low - b.low || a.depth - b.depth)
  return { nodes, intervals }
}

/** Cuts [low, high) where the line or the chain of inlined calls changes. */
function segmentsOf(
  { low, high }: { low: number; high: number },
  { intervals }: Inlines,
  lines: LineTable | undefined,
  numbers: UnitNumbers,
): { low: number; segments: Segment[] } {
  const segments: Segment[] = []
  const stack: Interval[] = []
  const rows = lines?.rows
  let next = 0
  let row = -1
  let sequenceEnd = Number.NEGATIVE_INFINITY
  let lastRow = 0
  let last: Segment | undefined
  for (let at = low; at < high; ) {
    for (; next < intervals.length && intervals[next]!.low <= at; next++) {
      if (intervals[next]!.high > at) stack.push(intervals[next]!)
    }
    while (stack.length > 0 && stack.at(-1)!.high <= at) stack.pop()
    if (lines !== undefined && at >= sequenceEnd) {
      row = lines.find(at)
      const sequence = row < 0 ? undefined : rows!.sequences.find(each => row >= each.first && row < each.last)
      sequenceEnd = sequence?.high ?? nextSequence(rows!.sequences, at)
      lastRow = sequence?.last ?? 0
    }
    let until = Math.min(high, sequenceEnd > at ? sequenceEnd : high)
    if (row >= 0) {
      while (row + 1 < lastRow && rows!.addresses[row + 1]! <= at) row++
      if (row + 1 < lastRow) until = Math.min(until, rows!.addresses[row + 1]!)
    }
    const interval = stack.at(-1)
    if (interval !== undefined) until = Math.min(until, interval.high)
    if (next < intervals.length) until = Math.min(until, intervals[next]!.low)
    const file = row < 0 ? 0 : numbers.file(rows!.files[row]!)
    const line = row < 0 ? 0 : rows!.lines[row]!
    const node = interval?.node ?? -1
    if (last !== undefined && last.file === file && last.line === line && last.node === node) last.length += until - at
    else {
      last = { length: until - at, file, line, node }
      segments.push(last)
    }
    at = until
  }
  // Code without any line and any inlined call says nothing; its symbol does.
  const said = segments.some(({ file, node }) => file !== 0 || node >= 0)
  return { low, segments: said ? segments : [] }
}

function nextSequence(sequences: readonly { low: number }[], at: number): number {
  for (const { low } of sequences) if (low > at) return low
  return Number.POSITIVE_INFINITY
}
