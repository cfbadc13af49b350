// Where the symbols' addresses stand. Kernels have kept them in six ways, before the number of symbols or, from commit
// 404bad70fcf7 ("kallsyms: change the output order") (in v6.4) on, behind the tokens. Nothing says which it is: symbols
// are sorted by address, so each way is tried and the one whose addresses rise from the first symbol to the last is it.

import type { ByteOrder } from '../../bytes/cursor.ts'
import type { NameTables } from './names.ts'
import { INDEX_BYTES, type TokenTables } from './tokens.ts'

export type AddressForm =
  /** kallsyms_addresses: a word for each symbol */
  | 'absolute'
  /** kallsyms_offsets from kallsyms_relative_base: commit 2213e9a66bb8 (in v4.6) */
  | 'relative'
  /** the same, per-CPU symbols as they are, all others below -1: x86-64 with SMP until v6.15 */
  | 'relative, absolute per-CPU'
  /** each from its own place in the table: commit a081b5789255 (in v7.0) */
  | 'self-relative'

export interface AddressTable {
  form: AddressForm
  wordBytes: 4 | 8
  /** offset of the table, and of kallsyms_relative_base where there is one */
  table: number
  baseAt?: number
  /** value of kallsyms_relative_base as it stands in the image; 0 where it is filled in at boot */
  base: bigint
}

interface Image {
  view: DataView
  little: boolean
  count: number
}

/** The form that fits; undefined when none does. */
export function findAddresses(bytes: Uint8Array, tokens: TokenTables, names: NameTables): AddressTable | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const image = { view, little: tokens.order === 'little', count: names.count }
  const widths = wordWidths(image, names, tokens.order)
  for (const wordBytes of widths) {
    const before = beforeCount(image, names.countAt, wordBytes)
    if (before !== undefined) return before
    const behind = behindTokens(image, alignUp(tokens.index + INDEX_BYTES, wordBytes), wordBytes)
    if (behind !== undefined) return behind
  }
  return undefined
}

/** A number of symbols with four bytes of zeros between it and the names is a 64-bit kernel's. */
function wordWidths({ view }: Image, names: NameTables, order: ByteOrder): readonly (4 | 8)[] {
  if (names.names - names.countAt === 8) return [8]
  // Big-endian kernels of 64 bits kept the number as a word before v4.20: zeros, then the number.
  const wide = order === 'big' && names.names % 8 === 0 && names.countAt >= 4 && view.getUint32(names.countAt - 4) === 0
  return wide ? [8, 4] : [4]
}

/** Until v6.3: offsets, base, number, or addresses, number. */
function beforeCount(image: Image, countAt: number, wordBytes: 4 | 8): AddressTable | undefined {
  const number = countAt - (countAt % wordBytes)
  const baseAt = number - wordBytes
  const offsets = baseAt - alignUp(image.count * 4, wordBytes)
  if (offsets >= 0) {
    const form = relativeForm(image, offsets)
    const base = form === undefined ? undefined : baseOf(image, baseAt, wordBytes)
    if (form !== undefined && base !== undefined) return { form, wordBytes, table: offsets, baseAt, base }
  }
  return absolute(image, number - image.count * wordBytes, wordBytes)
}

/** From v6.4 on: offsets, base or addresses; from v7.0 on: offsets from themselves, addresses on small machines. */
function behindTokens(image: Image, table: number, wordBytes: 4 | 8): AddressTable | undefined {
  const baseAt = table + alignUp(image.count * 4, wordBytes)
  if (baseAt + wordBytes <= image.view.byteLength) {
    const form = relativeForm(image, table)
    const base = form === undefined ? undefined : baseOf(image, baseAt, wordBytes)
    if (form !== undefined && base !== undefined) return { form, wordBytes, table, baseAt, base }
  }
  // Addresses of 32 bits would pass for offsets; of offsets, symbols at one address let the next one fall.
  const addresses = absolute(image, table, wordBytes)
  if (addresses !== undefined) return addresses
  return isSelfRelative(image, table) ? { form: 'self-relative', wordBytes, table, base: 0n } : undefined
}

const alignUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit

/**
 * Words that rise, and a base. In a table of addresses of 32 bits the last one would be taken for the base, and the
 * words before it are kernel addresses, which no offset is.
 */
function relativeForm({ view, little, count }: Image, table: number): AddressForm | undefined {
  if (table + count * 4 > view.byteLength) return undefined
  const last = table + (count - 1) * 4
  let at = table
  let before = 0
  for (; at <= last; at += 4) {
    const value = view.getUint32(at, little)
    if (value < before) break
    before = value
  }
  if (at > last) return view.getUint32(table, little) <= MAX_FIRST_OFFSET ? 'relative' : undefined
  // Behind the absolute ones, -1 is the base and lower is farther.
  at = table
  before = 0
  for (; at <= last; at += 4) {
    const value = view.getInt32(at, little)
    if (value < 0) break
    if (value < before) return undefined
    before = value
  }
  for (before = -1; at <= last; at += 4) {
    const value = view.getInt32(at, little)
    if (value > before) return undefined
    before = value
  }
  return 'relative, absolute per-CPU'
}

/** The base is the lowest address that is not absolute (scripts/kallsyms.c, record_relative_base()). */
const MAX_FIRST_OFFSET = 16 * 1024 * 1024

/** Undefined when the word is no address of a kernel: those are aligned to four bytes at least. */
function baseOf({ view, little }: Image, at: number, wordBytes: 4 | 8): bigint | undefined {
  const base = wordBytes === 8 ? view.getBigUint64(at, little) : BigInt(view.getUint32(at, little))
  if (base % 4n !== 0n) return undefined
  // 64-bit kernels are linked at 0 and a little, or into the upper half.
  if (wordBytes === 8 && base >> 40n !== 0n && base >> 62n === 0n) return undefined
  return base
}

function isSelfRelative({ view, little, count }: Image, table: number): boolean {
  if (table + count * 4 > view.byteLength) return false
  let before = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const value = view.getInt32(table + i * 4, little) + i * 4
    if (value < before) return false
    before = value
  }
  return true
}

function absolute({ view, little, count }: Image, table: number, wordBytes: 4 | 8): AddressTable | undefined {
  if (table < 0 || table + count * wordBytes > view.byteLength) return undefined
  const [low, high] = little ? [0, 4] : [4, 0]
  let beforeHigh = 0
  let beforeLow = 0
  let last = 0
  for (let i = 0, at = table; i < count; i++, at += wordBytes) {
    const valueHigh = wordBytes === 8 ? view.getUint32(at + high, little) : 0
    const valueLow = wordBytes === 8 ? view.getUint32(at + low, little) : view.getUint32(at, little)
    if (valueHigh < beforeHigh || (valueHigh === beforeHigh && valueLow < beforeLow)) return undefined
    beforeHigh = valueHigh
    beforeLow = valueLow
    last = valueHigh + valueLow
  }
  // Zeros rise too.
  return last === 0 ? undefined : { form: 'absolute', wordBytes, table, base: 0n }
}

/**
 * The addresses. `base` replaces the table's own where that is filled in at boot; `tableAddress` is the address at which
 * the table itself stands, for those that count from themselves.
 */
export function readAddresses(
  bytes: Uint8Array,
  order: ByteOrder,
  count: number,
  { form, wordBytes, table }: AddressTable,
  base: bigint,
  tableAddress: bigint,
): BigUint64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = order === 'little'
  const addresses = new BigUint64Array(count)
  const mask = wordBytes === 8 ? 0xffffffffffffffffn : 0xffffffffn
  for (let i = 0; i < count; i++) {
    const at = table + i * 4
    switch (form) {
      case 'absolute': {
        const place = table + i * wordBytes
        addresses[i] = wordBytes === 8 ? view.getBigUint64(place, little) : BigInt(view.getUint32(place, little))
        break
      }
      case 'relative':
        addresses[i] = (base + BigInt(view.getUint32(at, little))) & mask
        break
      case 'relative, absolute per-CPU': {
        const offset = view.getInt32(at, little)
        addresses[i] = offset >= 0 ? BigInt(offset) : (base + BigInt(-1 - offset)) & mask
        break
      }
      case 'self-relative':
        addresses[i] = (tableAddress + BigInt(view.getInt32(at, little) + i * 4)) & mask
        break
    }
  }
  return addresses
}
