// Two lists of lines beside each other: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).

export interface DiffRow<Item> {
  /** absent: only the other has it */
  one?: Item
  other?: Item
  same: boolean
}

/** Insertions and deletions beyond which two texts are too different to be worth it: the search takes their square. */
const MAX_EDITS = 1200

/** undefined: they have too little in common. `key`: by what two items are the same. */
export function diffOf<Item>(
  one: readonly Item[],
  other: readonly Item[],
  key: (item: Item) => string,
): DiffRow<Item>[] | undefined {
  const left = one.map(key)
  const right = other.map(key)
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start++
  let end = 0
  while (
    end < left.length - start &&
    end < right.length - start &&
    left[left.length - 1 - end] === right[right.length - 1 - end]
  )
    end++
  const pairs = pairsOf(left.slice(start, left.length - end), right.slice(start, right.length - end))
  if (pairs === undefined) return undefined
  const all: [number, number][] = [
    ...Array.from({ length: start }, (_, index): [number, number] => [index, index]),
    ...pairs.map(([a, b]): [number, number] => [a + start, b + start]),
    ...Array.from({ length: end }, (_, index): [number, number] => [
      left.length - end + index,
      right.length - end + index,
    ]),
  ]
  return rowsOf(one, other, all)
}

/** Indexes of what both have, in order. */
function pairsOf(left: readonly string[], right: readonly string[]): [number, number][] | undefined {
  const bound = Math.min(MAX_EDITS, left.length + right.length)
  // Where the furthest path on each diagonal ends, after each number of edits.
  const trail: Map<number, number>[] = []
  let ends = new Map<number, number>([[1, 0]])
  for (let edits = 0; edits <= bound; edits++) {
    trail.push(ends)
    const now = new Map<number, number>()
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = startOf(ends, diagonal, edits)
      while (x < left.length && x - diagonal < right.length && left[x] === right[x - diagonal]) x++
      now.set(diagonal, x)
      if (x >= left.length && x - diagonal >= right.length) return backwards(trail, left.length, right.length)
    }
    ends = now
  }
  return undefined
}

function startOf(ends: ReadonlyMap<number, number>, diagonal: number, edits: number): number {
  const below = ends.get(diagonal - 1) ?? -1
  const above = ends.get(diagonal + 1) ?? -1
  return diagonal === -edits || (diagonal !== edits && below < above) ? above : below + 1
}

function backwards(trail: readonly ReadonlyMap<number, number>[], width: number, height: number): [number, number][] {
  const pairs: [number, number][] = []
  let [x, y] = [width, height]
  for (let edits = trail.length - 1; edits >= 0; edits--) {
    const ends = trail[edits] ?? new Map<number, number>()
    const diagonal = x - y
    const began = startOf(ends, diagonal, edits)
    while (x > began && y > began - diagonal) pairs.push([--x, --y])
    const down = began === ends.get(diagonal + 1)
    x = down ? began : began - 1
    y = down ? began - diagonal - 1 : began - diagonal
  }
  return pairs.filter(([a, b]) => a >= 0 && b >= 0).reverse()
}

/** What only one has stands beside what only the other has. */
function rowsOf<Item>(
  one: readonly Item[],
  other: readonly Item[],
  pairs: readonly [number, number][],
): DiffRow<Item>[] {
  const rows: DiffRow<Item>[] = []
  let [x, y] = [0, 0]
  for (const [a, b] of [...pairs, [one.length, other.length] as const]) {
    while (x < a || y < b) {
      const row: DiffRow<Item> = { same: false }
      if (x < a) row.one = one[x++]!
      if (y < b) row.other = other[y++]!
      rows.push(row)
    }
    if (a < one.length && b < other.length) rows.push({ one: one[x++]!, other: other[y++]!, same: true })
  }
  return rows
}
