// V8 lets young objects lie until up to 32 MB are full. Decoding makes them as fast as the disk reads, and hardly any
// lives on: beyond some size more room saves no time, and below it collecting takes a quarter more.

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Both halves of the space. V8 doubles it where much survives; no more behind this. */
const ENOUGH_BYTES = 16 * 1024 * 1024

let bounded = false

/** Keeps the space from growing further once it is large enough; to be asked now and then, it takes microseconds. */
export function boundYoungGeneration(): void {
  if (bounded) return
  const young = getHeapSpaceStatistics().find(space => space.space_name === 'new_space')
  if (young === undefined || young.space_size < ENOUGH_BYTES) return
  bounded = true
  setFlagsFromString('--semi-space-growth-factor=1')
}
