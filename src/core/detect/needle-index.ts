// Which of some hundred literals a line holds, in one pass over it: two neighbouring letters of each literal, the rarest it
// has, are looked up in a table; only where they stand together is the literal compared.

import { byteFrequency } from './byte-frequency.ts'

const ASCII = 128

interface Needle {
  text: string
  /** where its two letters stand in it */
  offset: number
  /** what it stands for, ascending */
  values: readonly number[]
}

export class NeedleIndex {
  /** pair of letters → index in `buckets`, 0 for none */
  private readonly pairs = new Uint16Array(ASCII * ASCII)
  private readonly buckets: Needle[][] = [[]]

  /** Needles are ASCII, at least two letters; values are any small numbers that a needle stands for. */
  constructor(needles: ReadonlyMap<string, readonly number[]>) {
    for (const [text, values] of needles) {
      const offset = rarestPair(text)
      const pair = pairAt(text, offset)
      let bucket = this.pairs[pair]!
      if (bucket === 0) {
        bucket = this.buckets.push([]) - 1
        this.pairs[pair] = bucket
      }
      this.buckets[bucket]!.push({ text, offset, values: values.toSorted((a, b) => a - b) })
    }
  }

  /** The values of all needles in this line, ascending and each once; undefined when there is no needle. */
  valuesIn(line: string): readonly number[] | undefined {
    let found: readonly number[] | undefined
    let several: Set<readonly number[]> | undefined
    let before = line.charCodeAt(0)
    for (let at = 1; at < line.length; at++) {
      const code = line.charCodeAt(at)
      const bucket = before < ASCII && code < ASCII ? this.pairs[before * ASCII + code]! : 0
      before = code
      if (bucket === 0) continue
      for (const needle of this.buckets[bucket]!) {
        if (needle.values === found || !line.startsWith(needle.text, at - 1 - needle.offset)) continue
        if (found === undefined) found = needle.values
        else (several ??= new Set([found])).add(needle.values)
      }
    }
    return several === undefined ? found : [...new Set([...several].flat())].sort((a, b) => a - b)
  }
}

const pairAt = (text: string, at: number): number => text.charCodeAt(at) * ASCII + text.charCodeAt(at + 1)

function rarestPair(text: string): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let at = 0; at + 1 < text.length; at++) {
    const share = byteFrequency[text.charCodeAt(at)]! * byteFrequency[text.charCodeAt(at + 1)]!
    if (share >= least) continue
    least = share
    best = at
  }
  return best
}
