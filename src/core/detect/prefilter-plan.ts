// Which bytes of each needle to look for, and which needles share a bit of a SIMD lane.

import { byteFrequency } from './byte-frequency.ts'

/** Bytes of a needle that are looked for; a shorter needle leaves the last ones open. */
export const fingerprintLength = 5
/** Each needle has so many at least: they are what its entry is looked up by. */
export const keyLength = 3
/** One bit of a lane each; a second lane's worth lets far fewer false ones through and costs little. */
const bucketsPerWing = 8
const wingCount = 2
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
  /** of eight buckets each; one pair of tables for each byte of the fingerprint */
  wings: readonly (readonly NibbleTables[])[]
  maxOffset: number
  maxLength: number
}

/** What is looked for, as bytes. Throws RangeError for what cannot be: needles come from our tables, not from a log. */
export function needleBytes(texts: readonly string[]): Uint8Array[] {
  return shortestOf(texts).map(toBytes)
}

export function planPrefilter(unplaced: readonly Uint8Array[]): PrefilterPlan {
  const { needles, buckets } = place(unplaced)
  return {
    needles,
    wings: Array.from({ length: wingCount }, (_, wing) =>
      tablesOf(buckets.slice(wing * bucketsPerWing, (wing + 1) * bucketsPerWing)),
    ),
    maxOffset: Math.max(0, ...needles.map(needle => needle.offset)),
    maxLength: Math.max(0, ...unplaced.map(bytes => bytes.length)),
  }
}

/** Without those that hold another one: where they stand, the other one is found. */
function shortestOf(texts: readonly string[]): string[] {
  const distinct = [...new Set(texts)]
  return distinct.filter(text => !distinct.some(other => other !== text && text.includes(other)))
}

function toBytes(text: string): Uint8Array {
  if (text.length < keyLength || text.length > maxNeedleLength || /[^\0-\x7f]/.test(text)) {
    throw new RangeError(`A needle has ${keyLength} to ${maxNeedleLength} ASCII letters; found ${JSON.stringify(text)}`)
  }
  return Uint8Array.from(text, letter => letter.charCodeAt(0))
}

/** The sets of nibbles, one bit each, that stand at each place of a fingerprint, or of all fingerprints in a bucket. */
interface Nibbles {
  low: number[]
  high: number[]
}

interface Bucket extends Nibbles {
  /** share of positions in a log that look as if one of its needles were there */
  passes: number
}

/** After the first distribution, each needle is given one more chance to find company that suits it. */
const rounds = 2
/** Windows of a needle that are considered, the rarest. */
const maxWindows = 6

/** Some bytes of a needle that could be its fingerprint. */
interface Window extends Nibbles {
  offset: number
}

/**
 * Puts each needle into a bucket, by the window of its bytes that lets through the least there: nibble tables pass
 * every mixture of the nibbles in a bucket, so needles with like windows belong together.
 */
function place(needles: readonly Uint8Array[]): { needles: Needle[]; buckets: Bucket[] } {
  const passes = passTable()
  const buckets: Bucket[] = Array.from({ length: wingCount * bucketsPerWing }, () => ({ ...noNibbles(), passes: 0 }))
  const unplaced = needles.map(bytes => ({ windows: rarestWindows(passes, bytes), bucket: -1, chosen: 0 }))
  // The hardest to tell from common text choose first.
  const order = unplaced
    .map(needle => ({ needle, share: passShare(passes, needle.windows[0]!) }))
    .sort((a, b) => b.share - a.share)
    .map(({ needle }) => needle)
  for (let round = 0; round < rounds; round++) {
    for (const needle of order) {
      const left = needle.bucket
      needle.bucket = -1
      if (left >= 0) {
        const rest = order.filter(other => other.bucket === left).map(other => other.windows[other.chosen]!)
        buckets[left] = withPasses(passes, rest.reduce(joined, noNibbles()))
      }
      let least = Number.POSITIVE_INFINITY
      for (let index = 0; index < buckets.length; index++) {
        const bucket = buckets[index]!
        for (let chosen = 0; chosen < needle.windows.length; chosen++) {
          const more = joinedPassShare(passes, bucket, needle.windows[chosen]!) - bucket.passes
          if (more >= least) continue
          least = more
          needle.bucket = index
          needle.chosen = chosen
        }
      }
      const grown = joined(buckets[needle.bucket]!, needle.windows[needle.chosen]!)
      buckets[needle.bucket] = withPasses(passes, grown)
    }
  }
  const placed = unplaced.map(({ windows, chosen }, index) => ({
    bytes: needles[index]!,
    offset: windows[chosen]!.offset,
  }))
  return { needles: placed, buckets }
}

function rarestWindows(passes: Float32Array, bytes: Uint8Array): Window[] {
  return windowsOf(bytes)
    .map(window => ({ window, share: passShare(passes, window) }))
    .sort((a, b) => a.share - b.share)
    .slice(0, maxWindows)
    .map(({ window }) => window)
}

const everyNibble = 0xffff

function windowsOf(bytes: Uint8Array): Window[] {
  const count = Math.max(1, bytes.length - fingerprintLength + 1)
  return Array.from({ length: count }, (_, offset) => {
    const window = Array.from({ length: fingerprintLength }, (_, i) => bytes[offset + i])
    return {
      offset,
      low: window.map(byte => (byte === undefined ? everyNibble : 1 << (byte & 15))),
      high: window.map(byte => (byte === undefined ? everyNibble : 1 << (byte >> 4))),
    }
  })
}

const noNibbles = (): Nibbles => ({
  low: Array<number>(fingerprintLength).fill(0),
  high: Array<number>(fingerprintLength).fill(0),
})

function joined(a: Nibbles, b: Nibbles): Nibbles {
  return { low: a.low.map((set, i) => set | b.low[i]!), high: a.high.map((set, i) => set | b.high[i]!) }
}

function withPasses(passes: Float32Array, nibbles: Nibbles): Bucket {
  return { low: nibbles.low, high: nibbles.high, passes: passShare(passes, nibbles) }
}

function passShare(passes: Float32Array, nibbles: Nibbles): number {
  return joinedPassShare(passes, nibbles, nibbles)
}

/** Share of positions that pass when both sets of nibbles are let through; as if bytes stood together by chance. */
function joinedPassShare(passes: Float32Array, a: Nibbles, b: Nibbles): number {
  let share = 1
  for (let i = 0; i < fingerprintLength; i++) {
    const low = a.low[i]! | b.low[i]!
    let sum = 0
    for (let high = (a.high[i]! | b.high[i]!) & 0xff; high !== 0; high &= high - 1) {
      sum += passes[(lowestBit(high) << 16) | low]!
    }
    share *= sum
  }
  return share
}

/** For each high nibble of ASCII and each set of low nibbles: the share of bytes they make. Index is high << 16 | set. */
function passTable(): Float32Array {
  const passes = new Float32Array(8 << 16)
  for (let high = 0; high < 8; high++) {
    for (let set = 1; set < 0x10000; set++) {
      passes[(high << 16) | set] =
        passes[(high << 16) | (set & (set - 1))]! + byteFrequency[(high << 4) | lowestBit(set)]!
    }
  }
  return passes
}

function lowestBit(set: number): number {
  return 31 - Math.clz32(set & -set)
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
