// A window into bytes with a reading position. Every reader of a binary format takes one; nothing is copied.

import { say } from '../say.ts'

/** A malformed or torn file, met at `offset` of the whole input. The stage that asked for the reading catches it. */
export class FormatError extends Error {
  readonly format: string
  readonly offset: number

  constructor(format: string, offset: number, problem: string) {
    // A damaged number that no place has (above 2^53) is met where the format begins.
    const place = Number.isSafeInteger(offset) ? Math.max(0, offset) : 0
    super(say`${format} at 0x${place.toString(16)}: ${problem}`)
    this.name = 'FormatError'
    this.format = format
    this.offset = place
  }
}

export type ByteOrder = 'little' | 'big'

/**
 * Addresses of one program lie close together and far above 2^53, so that inside a reader they are numbers counted from
 * a base: exact within 2^53 of it, and far outside of any range elsewhere.
 */
export interface AddressBase {
  readonly address: bigint
  readonly high: number
  readonly low: number
}

export function addressBase(address: bigint): AddressBase {
  return { address, high: Number((address >> 32n) & 0xffffffffn), low: Number(address & 0xffffffffn) }
}

/**
 * Reads values one after another from a window of bytes. Whatever needs more than the window holds throws a FormatError
 * "elf at 0x1c: needs 4 bytes, has 2". Offsets in errors are those of the outermost window.
 */
export class Cursor {
  readonly format: string
  readonly bytes: Uint8Array
  readonly order: ByteOrder
  /** offset of the window's first byte in the outermost window */
  readonly base: number
  readonly #view: DataView
  readonly #little: boolean
  #position = 0

  constructor(format: string, bytes: Uint8Array, order: ByteOrder, base = 0) {
    this.format = format
    this.bytes = bytes
    this.order = order
    this.base = base
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#little = order === 'little'
  }

  get position(): number {
    return this.#position
  }

  get length(): number {
    return this.bytes.length
  }

  get left(): number {
    return this.bytes.length - this.#position
  }

  get done(): boolean {
    return this.#position >= this.bytes.length
  }

  /** An error at the present position, or at `position` of this window. */
  error(problem: string, position = this.#position): FormatError {
    return new FormatError(this.format, this.base + position, problem)
  }

  seek(position: number): this {
    if (!Number.isSafeInteger(position) || position < 0 || position > this.bytes.length) {
      throw this.error(`offset ${position} is outside of ${this.bytes.length} bytes`)
    }
    this.#position = position
    return this
  }

  skip(count: number): this {
    this.#need(count)
    this.#position += count
    return this
  }

  /** Moves to the next multiple of `unit` bytes from the window's start, or to its end. */
  align(unit: number): this {
    const over = this.#position % unit
    if (over !== 0) this.#position = Math.min(this.bytes.length, this.#position + unit - over)
    return this
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }
  i8(): number {
    return this.#view.getInt8(this.#advance(1))
  }
  u16(): number {
    return this.#view.getUint16(this.#advance(2), this.#little)
  }
  i16(): number {
    return this.#view.getInt16(this.#advance(2), this.#little)
  }
  u24(): number {
    const at = this.#advance(3)
    const [low, high] = this.#little ? [at, at + 2] : [at + 2, at]
    return this.#view.getUint8(low) | (this.#view.getUint8(at + 1) << 8) | (this.#view.getUint8(high) << 16)
  }
  u32(): number {
    return this.#view.getUint32(this.#advance(4), this.#little)
  }
  i32(): number {
    return this.#view.getInt32(this.#advance(4), this.#little)
  }
  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), this.#little)
  }
  i64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), this.#little)
  }

  /** A 64-bit size or offset as a number; what no file can have is an error. */
  size64(): number {
    const at = this.#position
    const first = this.u32()
    const second = this.u32()
    const value = this.#little ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second
    if (value > Number.MAX_SAFE_INTEGER) throw this.error(`0x${value.toString(16)} is no possible size`, at)
    return value
  }

  /** A signed 64-bit number, exact within 2^53. */
  signed64(): number {
    const first = this.u32()
    const second = this.u32()
    return this.#little ? (second | 0) * 0x1_0000_0000 + first : (first | 0) * 0x1_0000_0000 + second
  }

  /** An address of the machine's width. */
  word(bytes: 4 | 8): bigint {
    return bytes === 8 ? this.u64() : BigInt(this.u32())
  }

  /** An address of the machine's width as a number counted from `base`. */
  addressFrom(base: AddressBase, bytes: 4 | 8): number {
    if (bytes === 4) return this.u32() - base.low
    const at = this.#advance(8)
    const little = this.#little
    const high = this.#view.getInt32(little ? at + 4 : at, little)
    const low = this.#view.getInt32(little ? at : at + 4, little)
    const baseHigh = base.high | 0
    const baseLow = base.low | 0
    // Nearly always both are in the same half of the same 4 GB, and numbers stay small, which is faster.
    if (high === baseHigh && low < 0 === baseLow < 0) return low - baseLow
    return ((high >>> 0) - base.high) * 0x1_0000_0000 + ((low >>> 0) - base.low)
  }

  /** A number of 32 or 64 bits, as file offsets and sizes are. */
  offset(bytes: 4 | 8): number {
    return bytes === 4 ? this.u32() : this.size64()
  }

  /** Unsigned LEB128 (DWARF 5 §7.6) as a number; more than 53 bits is an error. */
  uleb(): number {
    const at = this.#position
    const first = this.bytes[at]
    if (first !== undefined && first < 0x80) {
      this.#position = at + 1
      return first
    }
    let value = 0
    let scale = 1
    for (let count = 0; count < 10; count++) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if ((byte & 0x80) === 0) {
        if (value > Number.MAX_SAFE_INTEGER) throw this.error('LEB128 number above 2^53', at)
        return value
      }
      scale *= 128
    }
    throw this.error('LEB128 number of more than ten bytes', at)
  }

  /** Signed LEB128 as a number; magnitudes above 2^53 are an error. */
  sleb(): number {
    const at = this.#position
    const first = this.bytes[at]
    if (first !== undefined && first < 0x80) {
      this.#position = at + 1
      return first < 0x40 ? first : first - 0x80
    }
    const value = this.slebConstant()
    if (Number.isNaN(value)) throw this.error('LEB128 number beyond 2^53', at)
    return value
  }

  /** Unsigned LEB128 of any size as a number; NaN above 2^53. For constants that are mostly passed over. */
  ulebConstant(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN
      scale *= 128
    }
  }

  /** Signed LEB128 of any size as a number; NaN where its magnitude is above 2^53. */
  slebConstant(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      scale *= 128
      if (byte < 0x80) {
        const signed = (byte & 0x40) === 0 ? value : value - scale
        return Number.isSafeInteger(signed) ? signed : Number.NaN
      }
    }
  }

  /** Passes over a LEB128 number of any size. */
  skipLeb(): this {
    while (this.u8() >= 0x80) {
      // the high bit says that another byte follows
    }
    return this
  }

  /** Passes over text and its NUL. */
  skipText(): this {
    const end = this.bytes.indexOf(0, this.#position)
    if (end < 0) throw this.error('text without its NUL')
    this.#position = end + 1
    return this
  }

  /** Text up to a NUL, which is passed over; one byte, one character (Latin-1), as no name in these formats is more. */
  cstring(limit = this.left): string {
    const end = this.bytes.indexOf(0, this.#position)
    if (end < 0 || end - this.#position > limit) throw this.error('text without its NUL')
    const text = latin1(this.bytes.subarray(this.#position, end))
    this.#position = end + 1
    return text
  }

  /** The next `count` bytes as Latin-1 text. */
  text(count: number): string {
    const at = this.#position
    this.skip(count)
    return latin1(this.bytes.subarray(at, at + count))
  }

  /** The next `count` bytes as a window of their own; this one moves past them. */
  take(count: number): Cursor {
    const at = this.#position
    this.#need(count)
    this.#position += count
    return new Cursor(this.format, this.bytes.subarray(at, at + count), this.order, this.base + at)
  }

  /** Bytes [start, start + count) of this window as a window; the position stays. */
  window(start: number, count: number): Cursor {
    if (!(start >= 0 && count >= 0 && start + count <= this.bytes.length)) {
      throw this.error(`${count} bytes at ${start} are outside of ${this.bytes.length} bytes`)
    }
    return new Cursor(this.format, this.bytes.subarray(start, start + count), this.order, this.base + start)
  }

  #need(count: number): void {
    if (!(count >= 0 && count <= this.bytes.length - this.#position)) {
      throw this.error(say`needs ${count} bytes, has ${this.bytes.length - this.#position}`)
    }
  }

  #advance(count: number): number {
    const at = this.#position
    if (count > this.bytes.length - at) throw this.error(say`needs ${count} bytes, has ${this.bytes.length - at}`)
    this.#position = at + count
    return at
  }
}

/** Bytes as Latin-1 text. */
export function latin1(bytes: Uint8Array): string {
  let text = ''
  // In pieces: fromCharCode takes its arguments from the stack. Not spread, which asks for each byte.
  for (let at = 0; at < bytes.length; at += 4096) {
    const piece: ArrayLike<number> = bytes.subarray(at, at + 4096)
    text += String.fromCharCode.apply(undefined, piece as number[])
  }
  return text
}
