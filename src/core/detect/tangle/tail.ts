// Where one of two reports has ended, the lines that follow are the other's; which one ended is weighed once more, with all
// that both have had.

import { type OwnCosts, stepCost } from './cost.ts'
import type { Shape } from './shape.ts'

/** Fewer lines behind the last turn are not weighed again. */
const LEAST_TAIL = 3
/** Of a long tail its beginning tells enough. */
const WEIGHED = 60

const HAS_ENDED = 10
const HAS_IT_ALREADY = 3
const STILL_LACKS = 3
const NAMES_THE_FUNCTION = 4
/** How much the line right behind the last one says, against what is still to come. */
const GOES_ON = 3
const BREAKS_OFF = 4

/** Gives the lines behind the last turn to the report that they fit better. Changes `owners`. */
export function settleTail(
  owners: Uint8Array,
  shapes: readonly Shape[],
  headers: readonly [number, number],
  own: OwnCosts,
): void {
  let from = owners.length - 1
  while (from > 0 && owners[from - 1] === owners[owners.length - 1]) from--
  if (from <= Math.max(...headers) || owners.length - from < LEAST_TAIL) return
  const fits = [0, 1].map(owner => fitness(owner, owners, shapes, headers[owner]!, from, own))
  const better = fits[1]! > fits[0]! ? 1 : 0
  if (fits[0] !== fits[1]) owners.fill(better, from)
}

/** What speaks against the first frames of the tail being of the same report. */
function framesOnTopOf(had: readonly Shape[], tail: readonly Shape[]): number {
  const first = tail.findIndex(isFrame)
  if (first < 0) return 0
  const before = [...had, ...tail.slice(0, first)]
  const above = before.findLast(isFrame)
  let cost = 0
  // one kernel prints all its frames alike
  if (above?.style !== undefined && tail[first]!.style !== undefined && above.style !== tail[first]!.style)
    cost += HAS_IT_ALREADY
  const title = before.findLastIndex(shape => shape.class === 'trace')
  if (title < 0) return cost + HAS_IT_ALREADY
  const below = before.slice(title)
  // the registers of user space are the last that a trace has
  if (below.some(shape => shape.class === 'pc' && shape.user === true)) return cost + HAS_ENDED
  return below.some(shape => shape.class === 'bottom') ? cost + HAS_IT_ALREADY : cost
}

/** No report ends with such a line. */
const unfinished = new Set<Shape['class']>(['trace', 'header', 'cut', 'die', 'task', 'pc', 'fault'])

export const isFrame = (shape: Shape): boolean => shape.class === 'frame' || shape.class === 'bottom'

export function fitness(
  owner: number,
  owners: Uint8Array,
  shapes: readonly Shape[],
  header: number,
  from: number,
  own: OwnCosts,
): number {
  const had = shapes.filter((_, index) => index < from && owners[index] === owner)
  const tail = shapes.slice(from, from + WEIGHED)
  const head = shapes[header]!
  const last = had[had.length - 1]
  const has = (one: Shape['class']): boolean => had.some(shape => shape.class === one && shape.user !== true)
  const brings = (one: Shape['class']): boolean => tail.some(shape => shape.class === one && shape.user !== true)
  let score = last ? -GOES_ON * stepCost(last, tail[0]!) : 0
  for (let i = from; i < from + tail.length; i++) score -= own[owner]![i]!
  score -= framesOnTopOf(had, tail)
  // the other one would have said its last
  const other = shapes.findLast((_, index) => index < from && owners[index] !== owner)
  if (other !== undefined && unfinished.has(other.class) && other.user !== true) score -= BREAKS_OFF
  // "====" below a sanitizer's report closes it
  if (has('over') || (last?.class === 'separator' && had.length > LEAST_TAIL)) score -= HAS_ENDED
  for (const once of ['pc', 'trace', 'end', 'modules'] as const) {
    if (brings(once)) score += has(once) ? -HAS_IT_ALREADY : STILL_LACKS
  }
  if (tail.some(shape => shape.class === 'pc' && shape.function !== undefined && shape.function === head.function))
    score += NAMES_THE_FUNCTION
  return score
}
