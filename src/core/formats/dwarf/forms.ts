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

/** Bytes of a value whose form alone says it; undefined where the value itself does. */
export function fixedBytes(kind: number, { version, addressBytes, offsetBytes }: UnitFormat): number | undefined {
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
  const bytes = fixedBytes(kind, format)
  if (bytes !== undefined) {
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

/**
 * One value as a number: an address counted from the base; an offset, an index or a constant as it stands; the position
 * of text that stands in the unit itself; NaN for what is none of these (blocks, 16 bytes, constants above 2^53).
 */
export function readForm(cursor: Cursor, kind: number, format: UnitFormat): number {
  switch (kind) {
    case form.addr:
      return cursor.addressFrom(format.base, format.addressBytes)
    case form.data1:
    case form.ref1:
    case form.flag:
    case form.strx1:
    case form.addrx1:
      return cursor.u8()
    case form.data2:
    case form.ref2:
    case form.strx2:
    case form.addrx2:
      return cursor.u16()
    case form.strx3:
    case form.addrx3:
      return cursor.u24()
    case form.data4:
    case form.ref4:
    case form.refSup4:
    case form.strx4:
    case form.addrx4:
      return cursor.u32()
    case form.strp:
    case form.lineStrp:
    case form.secOffset:
    case form.strpSup:
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
    case form.refUdata:
    case form.strx:
    case form.addrx:
    case form.loclistx:
    case form.rnglistx:
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
