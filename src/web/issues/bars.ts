// The hours that have reports as bars of equal length.

const hourMs = 60 * 60 * 1000
const bucketMs = 12 * hourMs
const bucketCount = 60

export interface Bars {
  buckets: number[]
  bucketMs: number
  counts: number[]
}

/** Thirty days that end with `until`. */
export function barsOf(hours: readonly { hour: number; reports: number }[], until: number): Bars {
  const end = Math.floor(until / bucketMs) * bucketMs + bucketMs
  const since = end - bucketCount * bucketMs
  const counts = Array.from({ length: bucketCount }, () => 0)
  for (const { hour, reports } of hours) {
    const index = Math.floor((hour - since) / bucketMs)
    if (index >= 0 && index < bucketCount) counts[index] = (counts[index] ?? 0) + reports
  }
  return { buckets: counts.map((_, index) => since + index * bucketMs), bucketMs, counts }
}
