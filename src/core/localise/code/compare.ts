// Whether the code that the log shows is the code of the kernel's file, and where not, why.

import type { FunctionSource } from './function-source.ts'
import { patchSites, whyPatched } from './patch-sites.ts'
import type { PrintedCode } from './printed-code.ts'

export interface Difference {
  /** counted from the function on */
  at: number
  printed: number
  linked: number
  /** what the kernel changes there itself; undefined where its tables name nothing */
  why?: string
}

export interface Comparison {
  /** bytes that both have */
  compared: number
  differences: Difference[]
  /** the file says where it is patched */
  tables: boolean
}

/** `start` is where the function stands, `sizeBytes` its size. undefined where the file has no code there. */
export async function compareCode(
  source: FunctionSource,
  start: number,
  sizeBytes: number,
  printed: PrintedCode,
): Promise<Comparison | undefined> {
  const { machine } = source
  // Before and behind the function stands other code, of which a module's file knows less.
  const from = Math.max(0, printed.start)
  const to = Math.min(sizeBytes, printed.start + printed.bytes.length)
  if (to <= from) return undefined
  const linked = await machine.bytes(start + from, to - from)
  if (linked === undefined) return undefined
  const unknown = new Uint8Array(to - from)
  for (const { at, bytes } of await machine.holes(start + from, to - from)) unknown.fill(1, Math.max(0, at), at + bytes)
  const { sites, tables } = await patchSites(machine, start + from, start + to)
  const differences: Difference[] = []
  let compared = 0
  for (let at = from; at < to; at++) {
    const byte = printed.bytes[at - printed.start]!
    if (byte < 0 || unknown[at - from] === 1) continue
    compared++
    const there = linked[at - from]!
    if (byte === there) continue
    const why = whyPatched(sites, start + at)
    differences.push({ at, printed: byte, linked: there, ...(why !== undefined && { why }) })
  }
  return { compared, differences, tables }
}
