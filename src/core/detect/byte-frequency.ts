// How common a byte is in logs, by rank: enough to choose which bytes of a needle to look for.
// Order counted over boot logs and syslog files; letters of reports only would put `0` and `f` too high.
const commonestFirst =
  ' 0e1t2inoasr:345l.6d7c89bmfup-_[]=/\nhgkvyx,()SCPIAETDBRMwNLFUO"GXKVHWzq+j#<>@\'%;*?QYJZ!&|\t\r\\~^{}$`'

/** What a byte that the list does not name counts as, in ranks. */
const unlistedRank = 200

/** Index is the byte, value its share of all bytes. */
export const byteFrequency: Readonly<Float64Array> = shares()

function shares(): Float64Array {
  const weights = new Float64Array(256).fill(1 / unlistedRank)
  for (let rank = 0; rank < commonestFirst.length; rank++) {
    // Ranks fall off as in natural text (Zipf); the offset keeps the first ones from drowning the rest.
    weights[commonestFirst.charCodeAt(rank)] = 1 / (rank + 4) - 1 / (commonestFirst.length + 4) + 1 / unlistedRank
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map(weight => weight / total)
}
