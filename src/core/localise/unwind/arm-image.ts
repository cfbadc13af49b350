// Where an ARM kernel image without headers stands, when its symbols are of code alone: its index of unwinding data names
// the starts of functions by their distance, the symbols name them by their address.

import { ArmUnwindTable } from '../../formats/arm-unwind.ts'
import type { SymbolTable } from '../symbol-table.ts'

/** Functions that are compared, spread over the index. */
const SAMPLES = 64
/** Of those so many must be symbols; the rest are parts of functions. */
const MIN_HITS = SAMPLES * 0.75
/** arch/arm/Makefile, TEXT_OFFSET: images begin at multiples of it */
const ALIGN = 0x1000n

/** The address of the image's first byte; undefined where the two do not fit each other. */
export function armImageBase(image: Uint8Array, table: SymbolTable): bigint | undefined {
  const index = ArmUnwindTable.search(image, 0, { start: 0, end: image.length })
  const starts = index?.starts()
  if (starts === undefined || starts.length < SAMPLES) return undefined
  const samples = Array.from({ length: SAMPLES }, (_, i) => starts[Math.floor((i * starts.length) / SAMPLES)]!)
  const addresses = new Set<bigint>()
  for (const { address, type } of table) if (/[tTwW]/.test(type)) addresses.add(address)
  for (const sample of samples.slice(0, 8)) {
    for (const address of addresses) {
      const base = address - BigInt(sample)
      if (base % ALIGN !== 0n) continue
      const hits = samples.filter(each => addresses.has(base + BigInt(each))).length
      if (hits >= MIN_HITS) return base
    }
  }
  return undefined
}
