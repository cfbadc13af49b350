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
  // What the loop over a report's lines asks is arrays: an empty one for each letter and second letter that starts nothing.
  const byFirst: Starts<T>[] = Array.from({ length: ASCII }, () => nothing)
  for (const [first, found] of shorts) {
    const short = [...found]
    const seconds = Array.from({ length: ASCII }, (_, second) => {
      const pair = pairs.get(pairKey(first, second))
      return pair === undefined ? short : [...pair]
    })
    byFirst[first] = { short, seconds }
  }
  return (line, from) => {
    if (from >= line.length) return none
    const first = line.charCodeAt(from)
    if (first >= ASCII) return none
    const starts = byFirst[first]!
    if (starts === nothing) return none
    const second = from + 1 < line.length ? line.charCodeAt(from + 1) : ASCII
    return second < ASCII ? starts.seconds[second]! : starts.short
  }
}

/** Letters that lines of a report start with. */
const ASCII = 128

interface Starts<T> {
  short: readonly T[]
  /** by the second letter; `short` where nothing longer fits */
  seconds: readonly (readonly T[])[]
}

const nothing: Starts<never> = { short: none, seconds: [] }

function pairKey(first: number, second: number): number {
  return (first << 16) | second
}
