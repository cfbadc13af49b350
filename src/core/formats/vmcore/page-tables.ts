// A processor's page tables, read from a dump: virtual to physical where no rule tells.

import { Cursor } from '../../bytes/cursor.ts'
import type { MemoryDump } from './dump.ts'

/** No processor addresses more. */
export const MAX_PHYSICAL = 2n ** 52n

export interface PageTables {
  /** of the top table */
  root: bigint
  /** bits of the address that each level looks up, the top level first */
  levels: readonly { shift: number; bits: number }[]
  entryBytes: 4 | 8
  /** the table or page that an entry points to; undefined when nothing is mapped. `last`: it maps this piece itself */
  next(entry: bigint, shift: number): { address: bigint; last: boolean } | undefined
}

/** The physical address of a virtual one, undefined when it is not mapped or a table was not dumped. */
export async function walk(
  dump: MemoryDump,
  { root, levels, entryBytes, next }: PageTables,
  address: bigint,
): Promise<number | undefined> {
  let table = root
  for (const { shift, bits } of levels) {
    const index = (address >> BigInt(shift)) & ((1n << BigInt(bits)) - 1n)
    const place = table + index * BigInt(entryBytes)
    if (place < 0n || place >= MAX_PHYSICAL) return undefined
    const bytes = await dump.read(Number(place), entryBytes)
    if (bytes.length < entryBytes) return undefined
    const found = next(new Cursor('vmcore', bytes, dump.order).word(entryBytes), shift)
    if (found === undefined || found.address >= MAX_PHYSICAL) return undefined
    if (found.last) return Number(found.address + (address & ((1n << BigInt(shift)) - 1n)))
    table = found.address
  }
  return undefined
}
