// Two CPUs that take turns line by line keep to it until one of them has done. Where both reports read well enough in strict
// turns, these are held on to: a rare transition in one report is likelier than both changing places.

import { type OwnCosts, stepCost } from './cost.ts'
import { type Shape, start } from './shape.ts'
import { fitness, isFrame } from './tail.ts'

/** Strict turns may cost so much more than the cheapest split, and so much for each line in turn. */
const SLACK = 2
const SLACK_PER_LINE = 0.06
/** Fewer lines in turn are none. */
const LEAST_TURNS = 8
/** A report that ends before it has shown a stack. */
const UNTRACED = 3
/** That both reports end at the same line is a coincidence. */
const BOTH_AT_ONCE = 2
/** Ends of the turns that are weighed to the last. */
const CANDIDATES = 40

/**
 * Replaces `owners` by strict turns up to their likeliest end; leaves it when the turns are not strict. `places` are those
 * of the lines in the log: some in between may have been another report's.
 */
export function holdTurns(
  owners: Uint8Array,
  shapes: readonly Shape[],
  headers: readonly [number, number],
  own: OwnCosts,
  places: readonly number[],
): void {
  const n = owners.length
  const first = places[headers[0]]!
  const strict = Uint8Array.from(shapes, (_, i) => Math.abs(places[i]! - first) % 2)
  if (strict[headers[1]] !== 1) return
  const from = headers[1]
  const prefix = prefixCosts(strict, shapes, own)
  const alone = own.map(mine => aloneCosts(shapes, mine))
  const ends: { cost: number; at: number; owner: 0 | 1 }[] = [{ cost: prefix[n]!, at: n, owner: 0 }]
  const last: [Shape, Shape] = [start, start]
  /** whether the trace that a report is in has come to its bottom */
  const bottomed = [false, false]
  const traced = [false, false]
  for (let at = 0; at < n; at++) {
    if (at >= from + LEAST_TURNS) {
      for (const owner of [0, 1] as const) {
        const other = 1 - owner
        const end = endCost(last[other]!, bottomed[other]!) + (traced[other] ? 0 : UNTRACED)
        const cost = prefix[at]! + stepCost(last[owner], shapes[at]!) + alone[owner]![at]! + end
        ends.push({ cost, at, owner })
      }
    }
    const owner = strict[at]!
    last[owner] = behind(last[owner]!, shapes[at]!)
    if (isFrame(shapes[at]!)) traced[owner] = true
    if (shapes[at]!.class === 'bottom') bottomed[owner] = true
    else if (shapes[at]!.class !== 'frame' && shapes[at]!.class !== 'mark') bottomed[owner] = false
  }
  const sooner = strict[n - 1] === 0 ? 1 : 0
  ends[0]!.cost += BOTH_AT_ONCE + endCost(last[sooner], bottomed[sooner]!)
  ends.sort((a, b) => a.cost - b.cost)
  const { at } = ends[0]!
  if (prefix[at]! > prefixCosts(owners, shapes, own)[at]! + SLACK + SLACK_PER_LINE * (at - from)) return
  let best: { score: number; at: number; owner: number } | undefined
  for (const end of ends.slice(0, CANDIDATES)) {
    const fits = end.at >= n ? 0 : fitness(end.owner, strict, shapes, headers[end.owner]!, end.at, own)
    const score = fits - end.cost
    if (best === undefined || score > best.score) best = { score, at: end.at, owner: end.owner }
  }
  if (!best) return
  owners.set(strict)
  owners.fill(best.owner, best.at)
}

/** How unlikely it is that such a line is the last of a report. */
function endCost(last: Shape, bottomed: boolean): number {
  switch (last.class) {
    case 'frame':
      return bottomed ? 0.5 : 3
    case 'hex':
      return 3
    case 'registers':
      return last.user ? 0 : 3
    case 'mark':
      return last.closes ? 0 : 6
    case 'pc':
      return last.user ? 0 : 6
    case 'start':
    case 'cut':
    case 'header':
    case 'fault':
    case 'die':
    case 'task':
    case 'hardware':
    case 'queue':
    case 'trace':
    case 'history':
      return 6
    default:
      return 0
  }
}

/** prefix[i]: what the lines before i cost in this split. */
function prefixCosts(owners: Uint8Array, shapes: readonly Shape[], own: OwnCosts): Float64Array {
  const out = new Float64Array(shapes.length + 1)
  const last: [Shape, Shape] = [start, start]
  for (const [i, shape] of shapes.entries()) {
    const owner = owners[i]!
    out[i + 1] = out[i]! + stepCost(last[owner]!, shape) + own[owner]![i]!
    last[owner] = behind(last[owner]!, shape)
  }
  return out
}

/** Registers behind registers of user space are of the same set, whatever they hold. */
const behind = (last: Shape, shape: Shape): Shape =>
  last.user === true && shape.class === 'registers' ? { ...shape, user: true } : shape

/** alone[i]: what the lines from i on cost when one report has them all, the step to line i left out. */
function aloneCosts(shapes: readonly Shape[], mine: Float64Array): Float64Array {
  const out = new Float64Array(shapes.length + 1)
  for (let i = shapes.length - 1; i >= 0; i--) {
    const next = shapes[i + 1]
    out[i] = out[i + 1]! + mine[i]! + (next ? stepCost(shapes[i]!, next) : 0)
  }
  return out
}
