// fixtures/images: what a dying kernel left, and the files that the kernel itself made of it later.

import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Random } from './random.ts'

const folder = join(import.meta.dirname, '..', 'fixtures', 'images')

export function imageOf(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(join(folder, name, 'image.gz'))))
}

/** Name → contents of the files in /sys/fs/pstore. */
export function pstoreFilesOf(name: string): Map<string, Uint8Array> {
  const paths = globSync(join(folder, name, '*-*-*.gz')).sort()
  return new Map(paths.map(path => [basename(path, '.gz'), new Uint8Array(gunzipSync(readFileSync(path)))]))
}

/** Copies with some bytes changed or a piece cut out, the same for the same seed. */
export function* mutations(bytes: Uint8Array, count: number, seed = 1): Generator<Uint8Array> {
  const random = new Random(seed)
  for (let round = 0; round < count; round++) {
    const copy = new Uint8Array(bytes)
    for (let change = 0; change < 1 + random.below(8); change++) {
      const at = random.below(copy.length)
      // Small numbers, large numbers and single bits: headers are full of lengths.
      const value = [0, 0xff, copy[at]! ^ (1 << random.below(8)), random.below(256)][random.below(4)]!
      copy.fill(value, at, at + 1 + random.below(4))
    }
    yield round % 3 === 0 ? copy.subarray(0, random.below(copy.length)) : copy
  }
}
