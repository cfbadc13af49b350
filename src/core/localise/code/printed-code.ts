// The code that a report shows, as bytes at their places in the function.

import type { ByteOrder } from '../../bytes/cursor.ts'
import type { Report } from '../../model.ts'

export interface PrintedCode {
  /** of the first byte, counted from the function on; may be negative */
  start: number
  /** −1 where the kernel could not read it */
  bytes: Int16Array
}

/** undefined where there is none, or nothing says where it stands. */
export function printedCode({ code, pc }: Report, order: ByteOrder): PrintedCode | undefined {
  if (code?.faultIndex === undefined || pc?.offset === undefined || code.bytes === '') return undefined
  const { unitBytes } = code
  const units = code.bytes.split(' ')
  const bytes = new Int16Array(units.length * unitBytes).fill(-1)
  for (const [index, unit] of units.entries()) {
    if (!/^[0-9a-f]+$/.test(unit) || unit.length !== 2 * unitBytes) continue
    for (let place = 0; place < unitBytes; place++) {
      // Units are printed as numbers.
      const digits = order === 'little' ? unitBytes - 1 - place : place
      bytes[index * unitBytes + place] = Number.parseInt(unit.slice(2 * digits, 2 * digits + 2), 16)
    }
  }
  return { start: pc.offset - code.faultIndex * unitBytes, bytes }
}
