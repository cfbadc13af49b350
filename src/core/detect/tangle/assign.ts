// The cheapest way to give every line to one of two reports.

import { type OwnCosts, stepCost } from './cost.ts'
import { type Shape, start } from './shape.ts'

/** Lines that a report has before its header, at the most: "cut here", the warning's message, a separator. */
export const MAX_LEAD_IN = 12

// How two CPUs get at the console: one has it for long, or they take turns line by line, or anything between. Which it is
// changes rarely, so a change costs more than a line in the wrong place; within a manner, unlikely turns cost a little.
const manners = [
  { turn: 1.2, stay: 0, start: 0 },
  { turn: 0, stay: 1.2, start: 0.4 },
  { turn: 0.35, stay: 0.35, start: 0.4 },
] as const
const NEW_MANNER = 2.5
/** …but where one report may just have ended, the other goes on alone. */
const MANNER_AT_AN_END = 0.6
const ends = new Set<Shape['class']>(['bottom', 'separator', 'over', 'end'])

/**
 * The cheapest split. State: the manner, who has line i, and which line the other has had last (index + 1; 0 for none yet).
 * Time and space: lines² × manners.
 */
export function assign(shapes: readonly Shape[], headers: readonly [number, number], own: OwnCosts): Uint8Array {
  const n = shapes.length
  const cost = (owner: number, last: number, line: number): number => {
    if (headers[owner === 0 ? 1 : 0] === line) return Number.POSITIVE_INFINITY
    if (line < headers[owner]! - MAX_LEAD_IN) return Number.POSITIVE_INFINITY
    return stepCost(last === 0 ? start : shapes[last - 1]!, shapes[line]!) + own[owner]![line]!
  }
  const width = n + 1
  const plane = 2 * width
  const states = manners.length * plane
  let best = new Float64Array(states).fill(Number.POSITIVE_INFINITY)
  for (const [manner, { start: price }] of manners.entries()) {
    for (let owner = 0; owner < 2; owner++) best[manner * plane + owner * width] = price + cost(owner, 0, 0)
  }
  const choices: Int32Array[] = []
  for (let i = 1; i < n; i++) {
    const next = new Float64Array(states).fill(Number.POSITIVE_INFINITY)
    const from = new Int32Array(states)
    const relax = (to: number, price: number, state: number): void => {
      if (price >= next[to]!) return
      next[to] = price
      from[to] = state
    }
    for (let owner = 0; owner < 2; owner++) {
      const on = cost(owner, i, i)
      for (let other = 0; other < i; other++) {
        const over = cost(1 - owner, other, i)
        const ended = ends.has(shapes[i - 1]!.class) || (other > 0 && ends.has(shapes[other - 1]!.class))
        for (let manner = 0; manner < manners.length; manner++) {
          const state = manner * plane + owner * width + other
          const sofar = best[state]!
          if (sofar === Number.POSITIVE_INFINITY) continue
          for (let then = 0; then < manners.length; then++) {
            const { turn, stay } = manners[then]!
            const change = sofar + (then === manner ? 0 : ended ? MANNER_AT_AN_END : NEW_MANNER)
            relax(then * plane + owner * width + other, change + stay + on, state)
            relax(then * plane + (1 - owner) * width + i, change + turn + over, state)
          }
        }
      }
    }
    choices.push(from)
    best = next
  }
  let state = 0
  for (let i = 1; i < states; i++) if (best[i]! < best[state]!) state = i
  const owners = new Uint8Array(n)
  for (let i = n - 1; i >= 0; i--) {
    owners[i] = state % plane >= width ? 1 : 0
    if (i > 0) state = choices[i - 1]![state]!
  }
  return owners
}
