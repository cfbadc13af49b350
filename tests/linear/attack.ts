// Texts on which a backtracking matcher would take more than linear time, from the automaton of its expression.
// Weideman, van der Merwe, Berglund, Watson: "Analyzing Matching Time Behavior of Backtracking Regular Expression
// Matchers by Using Ambiguity of NFA", 2016.

import { type Automaton, automatonOf, loopsOf } from './automaton.ts'
import { type Letters, type Node, sample } from './syntax.ts'

/** `prefix`, then `pump` many times, then something that does not match. */
export interface Attack {
  degree: 'exponential' | 'polynomial'
  prefix: string
  pump: string
}

/** Products of larger loops are not looked at; none of ours is. */
const maxLoop = 300
/** States of a loop from which a second loop is looked for. */
const maxStarts = 12

export function attacksOn(tree: Node, search: boolean): Attack[] {
  return [
    ...exponential(automatonOf(tree, { search, generous: true })),
    ...polynomial(automatonOf(tree, { search, generous: false })),
  ]
}

interface Step<T> {
  node: T
  letters: Letters
  before?: Step<T>
}

function wordOf<T>(step: Step<T> | undefined): string {
  let word = ''
  for (let at = step; at?.before !== undefined; at = at.before) word = sample(at.letters) + word
  return word
}

/** Breadth-first from `from` to the first node that `wanted` takes. */
function path<T>(
  from: T,
  moves: (node: T) => Iterable<[T, Letters]>,
  wanted: (node: T) => boolean,
  key: (node: T) => string | number,
): Step<T> | undefined {
  const seen = new Set<string | number>()
  const queue: Step<T>[] = [{ node: from, letters: 0n }]
  for (let i = 0; i < queue.length; i++) {
    const step = queue[i]!
    for (const [node, letters] of moves(step.node)) {
      const reached = { node, letters, before: step }
      if (wanted(node)) return reached
      if (seen.has(key(node))) continue
      seen.add(key(node))
      queue.push(reached)
    }
  }
  return undefined
}

function prefixTo(automaton: Automaton, state: number): string {
  const start = -1
  const found = path(
    start,
    at =>
      Array.from(at === start ? automaton.first.keys() : automaton.next[at]!.keys(), to => [
        to,
        automaton.letters[to]!,
      ]),
    at => at === state,
    at => at,
  )
  return wordOf(found)
}

type Pair = readonly [number, number]

/** Two ways around a loop with the same letters: each round doubles the ways. */
function exponential(automaton: Automaton): Attack[] {
  const attacks: Attack[] = []
  for (const loop of loopsOf(automaton)) {
    if (loop.length > maxLoop) continue
    const members = new Set(loop)
    const pump = doubledWay(automaton, members) ?? splitWay(automaton, members)
    if (pump !== undefined)
      attacks.push({ degree: 'exponential', prefix: prefixTo(automaton, pump.state), pump: pump.word })
  }
  return attacks
}

/** One edge that the expression has twice, as in `(a+)+`. */
function doubledWay(automaton: Automaton, members: Set<number>): { state: number; word: string } | undefined {
  for (const state of members) {
    for (const [to, ways] of automaton.next[state]!) {
      if (ways < 2 || !members.has(to)) continue
      const back = path(
        to,
        at => movesIn(automaton, at, members),
        at => at === state,
        at => at,
      )
      const letter = sample(automaton.letters[to]!)
      return { state, word: letter + (to === state ? '' : wordOf(back)) }
    }
  }
  return undefined
}

function* movesIn(automaton: Automaton, at: number, members: Set<number>): Iterable<[number, Letters]> {
  for (const to of automaton.next[at]!.keys()) if (members.has(to)) yield [to, automaton.letters[to]!]
}

/** From one state to itself with the same letters over different states. */
function splitWay(automaton: Automaton, members: Set<number>): { state: number; word: string } | undefined {
  const moves = function* ([a, b]: Pair): Iterable<[Pair, Letters]> {
    for (const [toA, lettersA] of movesIn(automaton, a, members)) {
      for (const [toB, lettersB] of movesIn(automaton, b, members)) {
        if (lettersA & lettersB) yield [[toA, toB], lettersA & lettersB]
      }
    }
  }
  const key = ([a, b]: Pair): number => a * 100_000 + b
  for (const state of members) {
    const away = path<Pair>([state, state], moves, ([a, b]) => a !== b, key)
    if (away === undefined) continue
    const home = path<Pair>(away.node, moves, ([a, b]) => a === state && b === state, key)
    if (home !== undefined) return { state, word: wordOf(away) + wordOf(home) }
  }
  return undefined
}

type Triple = readonly [number, number, number]

/** Two loops, one behind the other, that take the same letters: where the first ends is tried at every place. */
function polynomial(automaton: Automaton): Attack[] {
  const loops = loopsOf(automaton).filter(loop => loop.length <= maxLoop)
  const attacks: Attack[] = []
  for (const first of loops) {
    for (const second of loops) {
      if (first === second) continue
      const attack = chained(automaton, first, second)
      if (attack !== undefined) attacks.push(attack)
    }
  }
  return attacks
}

function chained(automaton: Automaton, first: readonly number[], second: readonly number[]): Attack | undefined {
  const [inFirst, inSecond] = [new Set(first), new Set(second)]
  const moves = function* ([a, middle, b]: Triple): Iterable<[Triple, Letters]> {
    for (const [toA, lettersA] of movesIn(automaton, a, inFirst)) {
      for (const [toB, lettersB] of movesIn(automaton, b, inSecond)) {
        const both = lettersA & lettersB
        if (both === 0n) continue
        for (const to of automaton.next[middle]!.keys()) {
          const letters = both & automaton.letters[to]!
          if (letters) yield [[toA, to, toB], letters]
        }
      }
    }
  }
  const key = ([a, middle, b]: Triple): string => `${a} ${middle} ${b}`
  for (const from of first.slice(0, maxStarts)) {
    for (const to of second.slice(0, maxStarts)) {
      // A match that is complete there is not taken back.
      if (automaton.last.has(to)) continue
      const found = path<Triple>(
        [from, from, to],
        moves,
        ([a, middle, b]) => a === from && middle === to && b === to,
        key,
      )
      if (found !== undefined) return { degree: 'polynomial', prefix: prefixTo(automaton, from), pump: wordOf(found) }
    }
  }
  return undefined
}
