// Names that someone may have meant.

/** Changes allowed between a name and what was typed for it. */
const MAX_CHANGES = 3

/** The names most like `typed`, best first, three at most. Letters' case does not count. */
export function nearNames(typed: string, names: readonly string[]): string[] {
  const wanted = typed.toLowerCase().slice(0, 64)
  return names
    .map(name => ({ name, changes: changes(wanted, name.toLowerCase()) }))
    .filter(({ name, changes }) => changes <= Math.min(MAX_CHANGES, Math.ceil(name.length / 3)))
    .sort((a, b) => a.changes - b.changes)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Optimal string alignment distance: insertions, deletions, replacements, neighbours swapped. */
function changes(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, before[j - 2]! + 1)
      }
    }
    before = last
    last = row
  }
  return last[b.length]!
}
