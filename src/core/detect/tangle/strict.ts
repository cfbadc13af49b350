// Two CPUs that take turns line by line keep to it until one of them has done. Where the cheapest split shows this at its
// beginning, it is held on to: a rare transition in one report is likelier than both changing places.

import { stepCost, taskCost } from './cost.ts'
import type { Shape } from './shape.ts'
import { fitness } from './tail.ts'

/** The turns are judged over so many lines behind both headers… */
const JUDGED = 32
/** …and all but this share of them must be turns. */
const STRICT = 0.85
/** Ends of the turns that are weighed to the last. */
const CANDIDATES = 24

/** Replaces `owners` by strict turns up to their likeliest end; leaves it when the turns are not strict. */
export function holdTurns(owners: Uint8Array, shapes: readonly Shape[], headers: readonly [number, number]): void {
  const n = owners.length
  const from = headers[1]
  let lastTurn = n - 1
  while (lastTurn > from && owners[lastTurn - 1] === owners[lastTurn]) lastTurn--
  const judged = Math.min(from + JUDGED, lastTurn + 1)
  const parity = parityOf(owners, from, judged)
  if (parity === undefined) return
  const strict = owners.slice()
  for (let i = from; i < n; i++) strict[i] = (i + parity) % 2
  const heads = headers.map(at => shapes[at]!)
  const prefix = prefixCosts(strict, shapes, heads, from)
  const alone = aloneCosts(shapes, heads)
  const ends: { cost: number; at: number; owner: number }[] = []
  const last: [Shape, Shape] = [heads[0]!, heads[1]!]
  for (let at = from; at < n; at++) {
    if (at >= judged - 1 || at >= n - 2) {
      for (const owner of [0, 1]) {
        const cost = prefix[at]! + stepCost(last[owner]!, shapes[at]!) + alone[owner]![at]!
        ends.push({ cost, at, owner })
      }
    }
    last[strict[at]!] = shapes[at]!
  }
  ends.push({ cost: prefix[n]!, at: n, owner: 0 })
  ends.sort((a, b) => a.cost - b.cost)
  let best: { score: number; at: number; owner: number } | undefined
  for (const end of ends.slice(0, CANDIDATES)) {
    const fits = end.at >= n ? 0 : fitness(end.owner, strict, shapes, headers[end.owner]!, end.at)
    const score = fits - end.cost
    if (best === undefined || score > best.score) best = { score, at: end.at, owner: end.owner }
  }
  if (!best) return
  owners.set(strict)
  owners.fill(best.owner, best.at)
}

function parityOf(owners: Uint8Array, from: number, to: number): number | undefined {
  if (to - from < JUDGED / 4) return undefined
  let even = 0
  for (let i = from; i < to; i++) if (owners[i] === i % 2) even++
  const share = even / (to - from)
  return share >= STRICT ? 0 : share <= 1 - STRICT ? 1 : undefined
}

/** prefix[i]: what the lines before i cost in this split. */
function prefixCosts(
  owners: Uint8Array,
  shapes: readonly Shape[],
  heads: readonly Shape[],
  from: number,
): Float64Array {
  const out = new Float64Array(shapes.length + 1)
  const last: (Shape | undefined)[] = [undefined, undefined]
  for (const [i, shape] of shapes.entries()) {
    const owner = owners[i]!
    const before = last[owner]
    const step = before && i > from ? stepCost(before, shape) + taskCost(heads[owner]!, shape) : 0
    out[i + 1] = out[i]! + step
    last[owner] = shape
  }
  return out
}

/** alone[owner][i]: what the lines from i on cost when one report has them all, the step to line i left out. */
function aloneCosts(shapes: readonly Shape[], heads: readonly Shape[]): Float64Array[] {
  return heads.map(head => {
    const out = new Float64Array(shapes.length + 1)
    for (let i = shapes.length - 1; i >= 0; i--) {
      const next = shapes[i + 1]
      out[i] = out[i + 1]! + taskCost(head, shapes[i]!) + (next ? stepCost(shapes[i]!, next) : 0)
    }
    return out
  })
}
