// The encodings of attribute values. DWARF 5 §7.5.6.

import type { AddressBase, Cursor } from '../../bytes/cursor.ts'
import { form } from './constants.ts'

/** What the size of a value depends on, beside its form. */
export interface UnitFormat {
  readonly version: number
  readonly addressBytes: 4 | 8
  /** 4 in 32-bit DWARF, 8 in 64-bit DWARF, whatever the machine */
  readonly offsetBytes: 4 | 8
  readonly base: AddressBase
}

/** An indirect form may name another; no producer nests them. */
const MAX_INDIRECT = 2

/** Forms below are the standard's; those of GNU begin at 0x1f01. */
const STANDARD_FORMS = 0x40

/** Sizes of the standard forms, by what else they depend on. */
const sizes: (Int8Array | undefined)[] = []

/** Bytes of a value whose form alone says it; -1 where the value itself does. */
export function formSize(kind: number, format: UnitFormat): number {
  if (kind >= STANDARD_FORMS) return fixedBytes(kind, format) ?? -1
  const key = (format.version <= 2 ? 0 : 1) | (format.addressBytes === 8 ? 2 : 0) | (format.offsetBytes === 8 ? 4 : 0)
  return (sizes[key] ?? makeSizes(key, format))[kind]!
}

function makeSizes(key: number, format: UnitFormat): Int8Array {
  const made = Int8Array.from({ length: STANDARD_FORMS }, (_, each) => fixedBytes(each, format) ?? -1)
  sizes[key] = made
  return made
}

function fixedBytes(kind: number, { version, addressBytes, offsetBytes }: UnitFormat): number | undefined {
  switch (kind) {
    case form.flagPresent:
    case form.implicitConst:
      return 0
    case form.data1:
    case form.ref1:
    case form.flag:
    case form.strx1:
    case form.addrx1:
      return 1
    case form.data2:
    case form.ref2:
    case form.strx2:
    case form.addrx2:
      return 2
    case form.strx3:
    case form.addrx3:
      return 3
    case form.data4:
    case form.ref4:
    case form.refSup4:
    case form.strx4:
    case form.addrx4:
      return 4
    case form.data8:
    case form.ref8:
    case form.refSig8:
    case form.refSup8:
      return 8
    case form.data16:
      return 16
    case form.addr:
      return addressBytes
    case form.refAddr:
      // DWARF 2 gave it the size of an address.
      return version <= 2 ? addressBytes : offsetBytes
    case form.strp:
    case form.lineStrp:
    case form.secOffset:
    case form.strpSup:
    case form.gnuRefAlt:
    case form.gnuStrpAlt:
      return offsetBytes
  }
  return undefined
}

/** Passes over one value. */
export function skipForm(cursor: Cursor, kind: number, format: UnitFormat): void {
  const bytes = formSize(kind, format)
  if (bytes >= 0) {
    cursor.skip(bytes)
    return
  }
  switch (kind) {
    case form.string:
      cursor.skipText()
      return
    case form.block1:
      cursor.skip(cursor.u8())
      return
    case form.block2:
      cursor.skip(cursor.u16())
      return
    case form.block4:
      cursor.skip(cursor.u32())
      return
    case form.block:
    case form.exprloc:
      cursor.skip(cursor.uleb())
      return
    case form.indirect:
      skipForm(cursor, directForm(cursor), format)
      return
    default:
      if (!isLeb(kind)) throw cursor.error(`unknown form 0x${kind.toString(16)}`)
      cursor.skipLeb()
  }
}

const isLeb = (kind: number): boolean =>
  kind === form.sdata ||
  kind === form.udata ||
  kind === form.refUdata ||
  kind === form.strx ||
  kind === form.addrx ||
  kind === form.loclistx ||
  kind === form.rnglistx ||
  kind === form.gnuAddrIndex ||
  kind === form.gnuStrIndex

/** The form that DW_FORM_indirect stands for. */
function directForm(cursor: Cursor): number {
  for (let count = 0; count < MAX_INDIRECT; count++) {
    const kind = cursor.uleb()
    if (kind !== form.indirect) return kind
  }
  throw cursor.error('indirect form of an indirect form')
}

/** How most forms are read: 1 and 2 as so many bytes, 3 as an address, 4 as four bytes, 5 as an offset, 6 as LEB128. */
const readings = new Uint8Array(STANDARD_FORMS)
for (const [how, kinds] of [
  [1, [form.data1, form.ref1, form.flag, form.strx1, form.addrx1]],
  [2, [form.data2, form.ref2, form.strx2, form.addrx2]],
  [3, [form.addr]],
  [4, [form.data4, form.ref4, form.refSup4, form.strx4, form.addrx4]],
  [5, [form.strp, form.lineStrp, form.secOffset, form.strpSup]],
  [6, [form.refUdata, form.strx, form.addrx, form.loclistx, form.rnglistx]],
] as const) {
  for (const kind of kinds) readings[kind] = how
}

/**
 * One value as a number: an address counted from the base; an offset, an index or a constant as it stands; the position
 * of text that stands in the unit itself; NaN for what is none of these (blocks, 16 bytes, constants above 2^53).
 */
export function readForm(cursor: Cursor, kind: number, format: UnitFormat): number {
  // What most entries are made of, in a few steps: the interpreter looks at the cases below one after the other.
  switch (readings[kind]) {
    case 1:
      return cursor.u8()
    case 2:
      return cursor.u16()
    case 3:
      return cursor.addressFrom(format.base, format.addressBytes)
    case 4:
      return cursor.u32()
    case 5:
      return cursor.offset(format.offsetBytes)
    case 6:
      return cursor.uleb()
  }
  switch (kind) {
    case form.strx3:
    case form.addrx3:
      return cursor.u24()
    case form.gnuRefAlt:
    case form.gnuStrpAlt:
      return cursor.offset(format.offsetBytes)
    case form.refAddr:
      return cursor.offset(format.version <= 2 ? format.addressBytes : format.offsetBytes)
    case form.flagPresent:
      return 1
    case form.udata:
      return cursor.ulebConstant()
    case form.sdata:
      return cursor.slebConstant()
    case form.gnuAddrIndex:
    case form.gnuStrIndex:
      return cursor.uleb()
    case form.string: {
      const at = cursor.position
      cursor.skipText()
      return at
    }
    case form.data8:
    case form.ref8:
    case form.refSup8: {
      const value = cursor.u64()
      return value <= 0x1f_ffff_ffff_ffffn ? Number(value) : Number.NaN
    }
    case form.indirect:
      return readForm(cursor, directForm(cursor), format)
    default:
      skipForm(cursor, kind, format)
      return Number.NaN
  }
}

/** Whether a value of this form is an index into .debug_addr. */
export const isAddressIndex = (kind: number): boolean =>
  kind === form.addrx || (kind >= form.addrx1 && kind <= form.addrx4) || kind === form.gnuAddrIndex

/** Whether a value of this form is an index into .debug_str_offsets. */
export const isStringIndex = (kind: number): boolean =>
  kind === form.strx || (kind >= form.strx1 && kind <= form.strx4) || kind === form.gnuStrIndex
