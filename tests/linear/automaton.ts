// The automaton of a regular expression whose states are its letters (Glushkov), with the number of ways between them.

import { anyLetter, type Letters, type Node } from './syntax.ts'

export interface Automaton {
  letters: Letters[]
  /** states that can come first */
  first: Map<number, number>
  /** states behind which the match is complete */
  last: Map<number, number>
  /** for each state those that can come next, and in how many ways (2 stands for more) */
  next: Map<number, number>[]
}

/** A counted repetition of so many is taken for an endless one where one in another would multiply. */
const manyTimes = 8

interface Part {
  nullable: boolean
  first: Map<number, number>
  last: Map<number, number>
}

/**
 * `search`: a match may begin anywhere, so that a state comes first which takes all letters. `generous`: counted
 * repetitions are endless ones; without it they are short ones.
 */
export function automatonOf(tree: Node, { search, generous }: { search: boolean; generous: boolean }): Automaton {
  const letters: Letters[] = []
  const next: Map<number, number>[] = []
  const add = (to: Map<number, number>, state: number, ways: number): void => {
    to.set(state, Math.min(2, (to.get(state) ?? 0) + ways))
  }
  const link = (from: Map<number, number>, to: Map<number, number>): void => {
    for (const [a, waysA] of from) for (const [b, waysB] of to) add(next[a]!, b, waysA * waysB)
  }
  const merged = (a: Map<number, number>, b: Map<number, number>): Map<number, number> => {
    const out = new Map(a)
    for (const [state, ways] of b) add(out, state, ways)
    return out
  }
  const empty = (): Part => ({ nullable: true, first: new Map(), last: new Map() })

  const sequence = (a: Part, b: Part): Part => {
    link(a.last, b.first)
    return {
      nullable: a.nullable && b.nullable,
      first: a.nullable ? merged(a.first, b.first) : a.first,
      last: b.nullable ? merged(a.last, b.last) : b.last,
    }
  }
  const star = (node: Node): Part => {
    const part = build(node)
    link(part.last, part.first)
    return { ...part, nullable: true }
  }
  const repeat = (node: Node, min: number, max: number): Part => {
    const endless = max === Number.POSITIVE_INFINITY || (generous && max - min >= manyTimes)
    let out = empty()
    for (let i = 0; i < Math.min(min, 2); i++) out = sequence(out, build(node))
    if (endless) return sequence(out, star(node))
    for (let i = 0; i < Math.min(max - min, 2); i++) {
      out = sequence(out, { ...build(node), nullable: true })
    }
    return out
  }
  const build = (node: Node): Part => {
    switch (node.is) {
      case 'letters': {
        const state = letters.push(node.letters) - 1
        next.push(new Map())
        return { nullable: false, first: new Map([[state, 1]]), last: new Map([[state, 1]]) }
      }
      case 'sequence':
        return node.parts.map(build).reduce(sequence, empty())
      case 'choice': {
        const parts = node.options.map(build)
        return {
          nullable: parts.some(part => part.nullable),
          first: parts.map(part => part.first).reduce(merged, new Map()),
          last: parts.map(part => part.last).reduce(merged, new Map()),
        }
      }
      case 'repeat':
        return repeat(node.part, node.min, node.max)
    }
  }

  const before = search ? star({ is: 'letters', letters: anyLetter }) : empty()
  const { first, last } = sequence(before, build(tree))
  return { letters, first, last, next }
}

/** Loops: sets of states that reach each other (Tarjan's algorithm), states without a way to themselves left out. */
export function loopsOf({ next }: Automaton): number[][] {
  const index = new Map<number, number>()
  const low = new Map<number, number>()
  const stack: number[] = []
  const onStack = new Set<number>()
  const loops: number[][] = []
  const visit = (state: number): void => {
    index.set(state, index.size)
    low.set(state, index.get(state)!)
    stack.push(state)
    onStack.add(state)
    for (const to of next[state]!.keys()) {
      if (!index.has(to)) {
        visit(to)
        low.set(state, Math.min(low.get(state)!, low.get(to)!))
      } else if (onStack.has(to)) low.set(state, Math.min(low.get(state)!, index.get(to)!))
    }
    if (low.get(state) !== index.get(state)) return
    const loop: number[] = []
    let member: number
    do {
      member = stack.pop()!
      onStack.delete(member)
      loop.push(member)
    } while (member !== state)
    if (loop.length > 1 || next[state]!.has(state)) loops.push(loop)
  }
  for (let state = 0; state < next.length; state++) if (!index.has(state)) visit(state)
  return loops
}
