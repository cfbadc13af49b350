// printk lines taken apart, so that logs can be put together anew.

/** A line as printk made it: stamp and message, the caller left out. */
export interface Printed {
  stampUs: number
  text: string
}

// [   55.967976] text      [  131.553111][   T62] text      [   56.037524][ T5250] text
const stamped = /^(?:<\d{1,3}>)?\[ *(\d{1,9})\.(\d{6})\](?:\[ *[TC]\d+\])? ?(.*)$/

/**
 * The stamped lines first…last (1-based) of a log, or undefined where one has no stamp of its own: such a line belongs
 * to the record above it, and a merge of lines would tear them apart in a way that no kernel does.
 */
export function printedLines(log: Uint8Array, lines: { first: number; last: number }): Printed[] | undefined {
  const printed: Printed[] = []
  for (const line of new TextDecoder()
    .decode(log)
    .split('\n')
    .slice(lines.first - 1, lines.last)) {
    const found = stamped.exec(line.replace(/\r+$/, ''))
    if (found) printed.push({ stampUs: Number(found[1]) * 1e6 + Number(found[2]), text: found[3]! })
    else if (line.trim() !== '') return undefined
  }
  return printed
}

/** Numbers below a bound that are the same in every run: mulberry32. */
export function seeded(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
