// `sha256sums`: what sha256sum(1) writes and checks, one line a file.

import { createHash } from 'node:crypto'

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** File name → digest. */
export type Sums = ReadonlyMap<string, string>

export const writeSums = (sums: Sums): string =>
  [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, digest]) => `${digest}  ${name}\n`)
    .join('')

/** A line that is none makes the whole not to be trusted: undefined. */
export function parseSums(text: string): Sums | undefined {
  const sums = new Map<string, string>()
  if (text !== '' && !text.endsWith('\n')) return undefined
  for (const line of text.split('\n').slice(0, -1)) {
    const found = /^(?<digest>[0-9a-f]{64}) [ *](?<name>[^/\0]+)$/.exec(line)?.groups
    if (found === undefined) return undefined
    sums.set(found.name!, found.digest!)
  }
  return sums
}
