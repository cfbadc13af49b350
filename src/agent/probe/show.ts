// Values that were fetched, as people and programs read them.

import { errnoName } from '../../core/explain/errno.ts'
import type { Reading } from '../../core/formats/btf/access.ts'
import type { FieldValue } from '../../core/formats/tracefs/event-format.ts'

/** include/linux/err.h, MAX_ERRNO */
const MAX_ERRNO = 4095n

/** A value as JSON keeps it: what a double cannot hold, and what is an address, is `0x…`. */
export function plainValue(value: FieldValue | undefined, reading: Reading): string | number | boolean {
  if (value === undefined) return '(unreadable)'
  if (typeof value === 'string') return value === '(fault)' ? '(unreadable)' : value
  if (Array.isArray(value)) return value.join(' ')
  if (reading === 'bool') return Number(value) !== 0
  if (reading === 'pointer') return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`
  if (typeof reading === 'object') return reading.enumerators.get(Number(value)) ?? Number(value)
  return typeof value === 'bigint' && (value > 0x1fffffffffffffn || value < -0x1fffffffffffffn)
    ? `0x${value.toString(16)}`
    : Number(value)
}

/** `ENETUNREACH` for what a function gives back in its place, as a number or as a pointer; undefined for no error. */
export function errorOf(value: FieldValue | undefined, reading: Reading): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  if (reading !== 'signed' && reading !== 'pointer') return undefined
  const signed = BigInt.asIntN(reading === 'pointer' ? 64 : 64, BigInt(value))
  if (signed >= 0n || signed < -MAX_ERRNO) return undefined
  return errnoName(Number(-signed), process.arch) ?? `error ${-signed}`
}
