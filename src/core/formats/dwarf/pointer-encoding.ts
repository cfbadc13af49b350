// Encoded pointers of .eh_frame: Linux Standard Base, Core §10.5.

import type { AddressBase, Cursor } from '../../bytes/cursor.ts'

export interface FrameSection {
  base: AddressBase
  wordBytes: 4 | 8
  /** where the section stands, counted from the base */
  start: number
  /** .eh_frame and not .debug_frame */
  isEh: boolean
}

export const isOmitted = (encoding: number): boolean => encoding === 0xff

/** A pointer counted from the base. Throws FormatError for encodings that no kernel or compiler for one uses. */
export function readPointer(cursor: Cursor, encoding: number, { base, wordBytes, start }: FrameSection): number {
  if (isOmitted(encoding)) return 0
  const place = start + cursor.base + cursor.position
  const relative = encoding & 0x70
  if (relative === 0) {
    const kind = encoding & 0x0f
    if (kind === 0) return cursor.addressFrom(base, wordBytes)
    if (kind === 4 || kind === 12) return cursor.addressFrom(base, 8)
    return encodedValue(cursor, kind) - Number(base.address)
  }
  if (relative !== 0x10) throw cursor.error(`pointer encoding 0x${encoding.toString(16)}`)
  const value =
    (encoding & 0x0f) === 0
      ? wordBytes === 4
        ? cursor.i32()
        : cursor.signed64()
      : encodedValue(cursor, encoding & 0x0f)
  return place + value
}

function encodedValue(cursor: Cursor, kind: number): number {
  switch (kind) {
    case 1:
      return cursor.uleb()
    case 2:
      return cursor.u16()
    case 3:
      return cursor.u32()
    case 4:
    case 12:
      return cursor.signed64()
    case 9:
      return cursor.sleb()
    case 10:
      return cursor.i16()
    case 11:
      return cursor.i32()
  }
  throw cursor.error(`pointer encoding 0x${kind.toString(16)}`)
}
