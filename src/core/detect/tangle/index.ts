// Two CPUs report at once and the kernel does not say who prints: their lines stand in turn. Every line of the tangle is
// given to one of the two reports so that each reads in the order in which the kernel prints a report, at the least cost.
// A report that simply stops before the next one begins is the special case in which nobody takes turns.

import type { EventLine } from '../event.ts'
import { assign, MAX_LEAD_IN } from './assign.ts'
import { costOf, type OwnCosts, ownCosts } from './cost.ts'
import { type Shape, shapeOf } from './shape.ts'
import { holdTurns } from './strict.ts'
import { settleTail } from './tail.ts'

/** Longer tangles are not weighed; what follows goes to the later report. */
export const MAX_TANGLE_LINES = 700

export { bottom } from './shape.ts'

/**
 * Which of the two reports each line belongs to: 0 the first (header at `headers[0]`), 1 the second. `stages` marks the lines
 * that are an oops or panic line.
 */
export function untangle(
  lines: readonly EventLine[],
  headers: readonly [number, number],
  stages: ReadonlyMap<number, 'die' | 'panic'>,
): Uint8Array {
  const shapes = lines
    .slice(0, MAX_TANGLE_LINES)
    .map((line, index) => shapeOf(line, headers.includes(index), stages.get(index)))
  const owners = new Uint8Array(lines.length).fill(1)
  const own = ownCosts(shapes, headers)
  const found = assign(shapes, headers, own)
  settleTail(found, shapes, headers, own)
  holdTurns(found, shapes, headers, own, placesOf(lines, headers[0]))
  if (takesTurns(found, Math.max(0, headers[1] - MAX_LEAD_IN)) || stepsIn(found, shapes)) owners.set(found)
  else if (saysItTwice(lines, shapes, headers)) owners.fill(0).fill(1, headers[1], headers[1] + 1)
  else if (gainOver(found, shapes, headers, own) >= LEAST_GAIN) owners.set(found)
  else owners.fill(0, 0, headers[1])
  return owners
}

/** The lines' places in the log; those above the header were taken together with it. */
function placesOf(lines: readonly EventLine[], header: number): number[] {
  const first = lines[header]!.number ?? header
  return lines.map(({ number = first }, i) => (number === first && i < header ? first - header + i : number))
}

/** How much better both reports read in this split than if the second followed the first. */
function gainOver(
  owners: Uint8Array,
  shapes: readonly Shape[],
  headers: readonly [number, number],
  own: OwnCosts,
): number {
  const oneByOne = new Uint8Array(owners.length).fill(1, headers[1])
  return costOf(oneByOne, shapes, own) - costOf(owners, shapes, own)
}

/** The same access faults on two CPUs; one of them gets no further than the header, and which does not matter. */
function saysItTwice(
  lines: readonly EventLine[],
  shapes: readonly Shape[],
  [first, second]: readonly [number, number],
): boolean {
  const stack = new Set<Shape['class']>(['frame', 'bottom', 'pc', 'trace', 'registers'])
  return (
    lines[first]!.record.text === lines[second]!.record.text &&
    !shapes.slice(first, second).some(shape => stack.has(shape.class))
  )
}

/** A split that reads so much better than one report behind the other is no accident. */
const LEAST_GAIN = 20

/** Below this share of the turns that strict alternation would take, the second report just follows the broken first. */
const LEAST_TURNS = 0.55
const LEAST_LINES = 3

/** Judged where both have just begun: later one of them is alone. */
const JUDGED_LINES = 40

function takesTurns(all: Uint8Array, from: number): boolean {
  const owners = all.subarray(from, from + JUDGED_LINES)
  let second = 0
  let turns = 0
  for (let i = 0; i < owners.length; i++) {
    second += owners[i]!
    if (i > 0 && owners[i] !== owners[i - 1]) turns++
  }
  const fewer = Math.min(second, owners.length - second)
  return fewer >= LEAST_LINES && turns / (2 * fewer) >= LEAST_TURNS
}

/** The second report has got out a few lines only, and the first goes on around them. */
const MAX_STEP_IN = 8

function stepsIn(owners: Uint8Array, shapes: readonly Shape[]): boolean {
  const first = owners.indexOf(1)
  const last = owners.lastIndexOf(1)
  if (first <= 0 || last - first >= MAX_STEP_IN || owners.length - last <= LEAST_LINES) return false
  const inTrace = shapes[first - 1]?.class === 'frame' && shapes[last + 1]?.class === 'frame'
  return inTrace && owners.subarray(first, last).every(owner => owner === 1)
}
