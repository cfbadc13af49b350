// What may stand at the start of a line, found by the line's first two characters.

/** Looks up the items whose `starts` may fit the line at `from`; the caller compares the rest. */
export type StartTable<T> = (line: string, from: number) => readonly T[]

const none: readonly never[] = []

/** A table of items by the start of the lines that they are for, in the order of `items`, each at most once a lookup. */
export function startTable<T>(items: readonly (readonly [starts: string, item: T])[]): StartTable<T> {
  const shorts = new Map<number, Set<T>>()
  const pairs = new Map<number, Set<T>>()
  for (const [starts] of items) {
    const first = starts.charCodeAt(0)
    shorts.set(first, new Set())
    if (starts.length > 1) pairs.set(pairKey(first, starts.charCodeAt(1)), new Set())
  }
  for (const [starts, item] of items) {
    const first = starts.charCodeAt(0)
    if (starts.length > 1) {
      pairs.get(pairKey(first, starts.charCodeAt(1)))!.add(item)
      continue
    }
    // A start of one character is for every second one.
    shorts.get(first)!.add(item)
    for (const [key, found] of pairs) if (key >>> 16 === first) found.add(item)
  }
  const listed = (found: Set<T>) => [...found]
  const byFirst = new Map([...shorts].map(([key, found]) => [key, listed(found)]))
  const byPair = new Map([...pairs].map(([key, found]) => [key, listed(found)]))
  return (line, from) => {
    const first = line.charCodeAt(from)
    const short = byFirst.get(first)
    if (short === undefined) return none
    return byPair.get(pairKey(first, line.charCodeAt(from + 1))) ?? short
  }
}

function pairKey(first: number, second: number): number {
  return (first << 16) | second
}
