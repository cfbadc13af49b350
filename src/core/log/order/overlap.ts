// Dumps of one ring buffer, made one after the other: the later one begins with what the earlier one had.

/** Fewer lines that are the same may be so by chance. */
export const MIN_REPEATED_LINES = 4

/**
 * How many lines at the beginning of `later` are in `earlier` already, or stand before it: 0 when they do not overlap. Both
 * are looked at once (Knuth, Morris and Pratt).
 */
export function repeatedLines(earlier: readonly string[], later: readonly string[]): number {
  const overlap = longestMatch(later, earlier).atEnd
  if (overlap >= MIN_REPEATED_LINES) return overlap
  // The later dump may also reach further back.
  const { whole } = earlier.length >= MIN_REPEATED_LINES ? longestMatch(earlier, later) : { whole: 0 }
  return whole
}

/** Whether the lines stand in the text, one behind the other. */
export const contains = (text: readonly string[], lines: readonly string[]): boolean =>
  longestMatch(lines, text).whole > 0

/** `atEnd`: the longest beginning of `pattern` that ends `text`; `whole`: where its last whole occurrence ends, or 0. */
function longestMatch(pattern: readonly string[], text: readonly string[]): { atEnd: number; whole: number } {
  if (pattern.length === 0) return { atEnd: 0, whole: 0 }
  const back = new Int32Array(pattern.length)
  const advance = (matched: number, line: string): number => {
    let length = matched
    while (length > 0 && pattern[length] !== line) length = back[length - 1]!
    return pattern[length] === line ? length + 1 : length
  }
  for (let at = 1; at < pattern.length; at++) back[at] = advance(back[at - 1]!, pattern[at]!)
  let matched = 0
  let whole = 0
  for (const [index, line] of text.entries()) {
    if (matched === pattern.length) matched = back[matched - 1]!
    matched = advance(matched, line)
    if (matched === pattern.length) whole = index + 1
  }
  return { atEnd: matched, whole }
}
