// Which three bytes of each needle to look for, and which needles share one of the eight bits of a SIMD lane.

import { byteFrequency } from './byte-frequency.ts'

/** Bytes of a needle that are looked for. */
export const fingerprintLength = 3
/** One bit of a lane each. */
const bucketCount = 8
/** Longer ones would only make the look-back longer. */
export const maxNeedleLength = 255

export interface Needle {
  bytes: Uint8Array
  /** where the fingerprint stands in it */
  offset: number
}

/** Of one fingerprint byte: bit b of `low[n]` is set when bucket b has a needle whose byte ends in nibble n; `high` alike. */
export interface NibbleTables {
  low: Uint8Array
  high: Uint8Array
}

export interface PrefilterPlan {
  needles: readonly Needle[]
  /** one for each byte of the fingerprint */
  tables: readonly NibbleTables[]
  maxOffset: number
  minLength: number
  maxLength: number
}

/** Throws RangeError for a needle that cannot be looked for: they come from our tables, not from a log. */
export function planPrefilter(texts: readonly string[]): PrefilterPlan {
  const needles = [...new Set(texts)].map(toNeedle)
  const lengths = needles.map(needle => needle.bytes.length)
  return {
    needles,
    tables: tablesOf(bucketsOf(needles)),
    maxOffset: Math.max(0, ...needles.map(needle => needle.offset)),
    minLength: needles.length === 0 ? fingerprintLength : Math.min(...lengths),
    maxLength: Math.max(0, ...lengths),
  }
}

function toNeedle(text: string): Needle {
  const bytes = Uint8Array.from(text, letter => letter.charCodeAt(0))
  if (bytes.length < fingerprintLength || bytes.length > maxNeedleLength || /[^\0-\x7f]/.test(text)) {
    throw new RangeError(
      `A needle has ${fingerprintLength} to ${maxNeedleLength} ASCII letters; found ${JSON.stringify(text)}`,
    )
  }
  return { bytes, offset: rarestWindow(bytes) }
}

function rarestWindow(bytes: Uint8Array): number {
  let best = 0
  let rarest = Number.POSITIVE_INFINITY
  for (let offset = 0; offset + fingerprintLength <= bytes.length; offset++) {
    const share = fingerprintOf(bytes, offset).reduce((product, byte) => product * byteFrequency[byte]!, 1)
    if (share < rarest) {
      rarest = share
      best = offset
    }
  }
  return best
}

function fingerprintOf(bytes: Uint8Array, offset: number): number[] {
  return Array.from(bytes.subarray(offset, offset + fingerprintLength))
}

/** Needles that will share a bit, as the sets of nibbles (one bit each) that stand at each place of the fingerprint. */
interface Bucket {
  low: number[]
  high: number[]
  /** share of positions in a log that look as if one of these needles were there */
  passes: number
}

/**
 * Joins, again and again, the two buckets that together let through the least more than each alone: nibble tables pass
 * every mixture of the nibbles in a bucket, so needles with like fingerprints belong together.
 */
function bucketsOf(needles: readonly Needle[]): Bucket[] {
  const buckets = [...new Map(needles.map(needle => bucketEntry(needle))).values()]
  const costs = buckets.map((a, i) => buckets.slice(0, i).map(b => joinCost(a, b)))
  while (buckets.length > bucketCount) {
    const [i, j] = cheapestPair(costs)
    buckets[j] = join(buckets[i]!, buckets[j]!)
    // The last one moves into the gap, so that only two rows of costs change.
    const last = buckets.pop()!
    costs.pop()
    if (i < buckets.length) buckets[i] = last
    for (const changed of new Set([j, i])) {
      if (changed >= buckets.length) continue
      costs[changed] = buckets.slice(0, changed).map(b => joinCost(buckets[changed]!, b))
      for (let k = changed + 1; k < buckets.length; k++) costs[k]![changed] = joinCost(buckets[k]!, buckets[changed]!)
    }
  }
  return buckets
}

function bucketEntry(needle: Needle): [string, Bucket] {
  const bytes = fingerprintOf(needle.bytes, needle.offset)
  const low = bytes.map(byte => 1 << (byte & 15))
  const high = bytes.map(byte => 1 << (byte >> 4))
  return [String(bytes), { low, high, passes: passShare(low, high) }]
}

function cheapestPair(costs: readonly (readonly number[])[]): [number, number] {
  let best: [number, number] = [1, 0]
  let least = Number.POSITIVE_INFINITY
  for (let i = 1; i < costs.length; i++) {
    for (let j = 0; j < i; j++) {
      if (costs[i]![j]! < least) {
        least = costs[i]![j]!
        best = [i, j]
      }
    }
  }
  return best
}

function join(a: Bucket, b: Bucket): Bucket {
  const low = a.low.map((nibbles, i) => nibbles | b.low[i]!)
  const high = a.high.map((nibbles, i) => nibbles | b.high[i]!)
  return { low, high, passes: passShare(low, high) }
}

function joinCost(a: Bucket, b: Bucket): number {
  return join(a, b).passes - a.passes - b.passes
}

function passShare(low: readonly number[], high: readonly number[]): number {
  let share = 1
  for (let place = 0; place < fingerprintLength; place++) {
    let sum = 0
    for (let row = 0; row < 8; row++) {
      if (((high[place]! >> row) & 1) === 0) continue
      for (let column = 0; column < 16; column++) {
        if ((low[place]! >> column) & 1) sum += byteFrequency[(row << 4) | column]!
      }
    }
    share *= sum
  }
  return share
}

function tablesOf(buckets: readonly Bucket[]): NibbleTables[] {
  return Array.from({ length: fingerprintLength }, (_, place) => ({
    low: nibbleTable(buckets.map(bucket => bucket.low[place]!)),
    high: nibbleTable(buckets.map(bucket => bucket.high[place]!)),
  }))
}

function nibbleTable(sets: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, nibble) =>
    sets.reduce((bits, set, bucket) => bits | (((set >> nibble) & 1) << bucket), 0),
  )
}
