// Which of two kernel releases came later, as far as their names tell.

/** A part of a name: a number, or the word of a pre-release ("-rc3" comes before what has none). */
type Part = number | string

const preRelease = /^(?:rc|alpha|beta|pre)$/

/** "6.8.0-rc3-custom" → 6 8 0 rc 3 custom */
const partsOf = (release: string): Part[] =>
  (release.match(/\d{1,15}|[a-z]+/gi) ?? []).map(part => (/^\d/.test(part) ? Number(part) : part.toLowerCase()))

/** The rank of what stands at one place: a pre-release, nothing, a word, a number. */
const rankOf = (part: Part | undefined): number =>
  part === undefined ? 1 : typeof part === 'number' ? 3 : preRelease.test(part) ? 0 : 2

/** Three numbers at least: 6.8-rc3 is 6.8.0-rc3. */
function padded(release: string): Part[] {
  const parts = partsOf(release)
  const numbers = parts.findIndex(part => typeof part === 'string')
  const end = numbers < 0 ? parts.length : numbers
  return [...parts.slice(0, end), ...Array<Part>(Math.max(0, 3 - end)).fill(0), ...parts.slice(end)]
}

/** < 0: `a` is the earlier one. Names that differ only in what is no number or word are the same. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [padded(a), padded(b)]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one, other] = [left[index], right[index]]
    const byRank = rankOf(one) - rankOf(other)
    if (byRank !== 0) return byRank
    if (one === other) continue
    if (typeof one === 'number' && typeof other === 'number') return one - other
    return String(one) < String(other) ? -1 : 1
  }
  return 0
}
