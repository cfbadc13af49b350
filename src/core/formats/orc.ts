// ORC, how x86-64 kernels unwind their stack: for every address where the caller's frame is.
// Documentation/arch/x86/orc-unwinder.rst, arch/x86/include/asm/orc_types.h. The meaning of the flags has changed twice:
//
//   v4.14  sp_reg:4 bp_reg:4 type:2 end:1          ee9f8fce9964 ("x86/unwind: Add the ORC unwinder")
//   v6.3   sp_reg:4 bp_reg:4 type:2 signal:1 end:1 ffb1b4a41016 ("x86/unwind/orc: Add 'signal' field to ORC metadata")
//   v6.4   sp_reg:4 bp_reg:4 type:3 signal:1       fb799447ae29 ("x86,objtool: Split UNWIND_HINT_EMPTY in two")

import type { Cursor } from '../bytes/cursor.ts'
import { hexOf } from './elf/notes.ts'

export type OrcVersion = '4.14' | '6.3' | '6.4'

const registers = [
  undefined,
  'previous sp',
  'dx',
  'di',
  'bp',
  'sp',
  'r10',
  'r13',
  'bp, indirect',
  'sp, indirect',
] as const

export type OrcRegister = NonNullable<(typeof registers)[number]>

const types = ['undefined', 'end of stack', 'call', 'registers', 'partial registers'] as const

export interface OrcEntry {
  /** what stands at the frame: a return address, or registers that an entry saved */
  type: (typeof types)[number]
  /** the caller's stack pointer is this register plus the offset; indirect: read from there */
  stackPointer?: { register: OrcRegister; offset: number }
  /** where the caller's frame pointer is saved; absent when it was not changed */
  framePointer?: { register: OrcRegister; offset: number }
  /** the frame was interrupted: its address is exact, not that behind a call */
  signal: boolean
}

const ENTRY_BYTES = 6

/** SHA-1 of the structure's definition as .orc_header holds it: scripts/orc_hash.sh. */
const knownHeaders: Readonly<Record<string, OrcVersion>> = {
  db84aed4103b31dd51e017f8f79783ca985c2c51: '6.3',
  fe5d32bf581bd63b2ca9a5c65ba5a625eab3fe24: '6.4',
}

export class Orc {
  readonly version: OrcVersion
  readonly count: number
  /** ascending, counted from .orc_unwind_ip's own address */
  readonly #places: Float64Array
  readonly #order: Uint32Array | undefined
  readonly #entries: DataView
  readonly #address: bigint

  /**
   * `.orc_unwind_ip`, which stands at `address`, `.orc_unwind`, and `.orc_header` where there is one (from v6.4 on).
   * Throws FormatError when they do not fit one another, or the header names a version that is not known.
   */
  constructor(ip: Cursor, entries: Cursor, address: bigint, header?: Cursor) {
    this.count = Math.floor(ip.length / 4)
    if (entries.length !== this.count * ENTRY_BYTES) {
      throw entries.error(`${entries.length} bytes of entries for ${this.count} addresses`, 0)
    }
    this.#address = address
    this.#entries = new DataView(entries.bytes.buffer, entries.bytes.byteOffset, entries.length)
    const places = new Float64Array(this.count)
    ip.seek(0)
    // Each is relative to its own place.
    for (let i = 0; i < this.count; i++) places[i] = ip.i32() + i * 4
    this.version = header === undefined ? this.#versionByContent() : versionOf(header)
    // Modules' tables are sorted when they are loaded.
    const ascending = places.every((place, i) => i === 0 || place >= places[i - 1]!)
    this.#order = ascending ? undefined : this.#sorted(places)
    this.#places = this.#order === undefined ? places : Float64Array.from(this.#order, index => places[index]!)
  }

  /** What holds at an address; undefined before the first entry. */
  at(address: bigint): OrcEntry | undefined {
    const place = Number(address - this.#address)
    let [low, high] = [0, this.count]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#places[middle]! <= place) low = middle + 1
      else high = middle
    }
    return low === 0 ? undefined : this.#entry(this.#order?.[low - 1] ?? low - 1)
  }

  #flags(index: number): number {
    return this.#entries.getUint16(index * ENTRY_BYTES + 4, true)
  }

  #entry(index: number): OrcEntry {
    const flags = this.#flags(index)
    const { type, signal } = this.#meaning(flags)
    const stackPointer = registers[flags & 0xf]
    const framePointer = registers[(flags >> 4) & 0xf]
    const at = index * ENTRY_BYTES
    return {
      type,
      signal,
      ...(stackPointer && { stackPointer: { register: stackPointer, offset: this.#entries.getInt16(at, true) } }),
      ...(framePointer && { framePointer: { register: framePointer, offset: this.#entries.getInt16(at + 2, true) } }),
    }
  }

  /** Type and signal as the latest version has them. */
  #meaning(flags: number): { type: OrcEntry['type']; signal: boolean } {
    if (this.version === '6.4') {
      return { type: types[(flags >> 8) & 7] ?? 'undefined', signal: (flags & 0x800) !== 0 }
    }
    const end = (flags & (this.version === '6.3' ? 0x800 : 0x400)) !== 0
    const kind = (flags >> 8) & 3
    // Before, a frame without a stack pointer was the stack's end or nothing.
    const type = (flags & 0xf) !== 0 ? (types[kind + 2] ?? 'undefined') : end ? 'end of stack' : 'undefined'
    return { type, signal: this.version === '6.3' ? (flags & 0x400) !== 0 : kind > 0 }
  }

  /**
   * Most frames are calls, whose type was 0 before v6.4 and is 2 since; bit 11 had no meaning before v6.3. Some kernels of
   * 6.3 and 6.4 have no header, and distributions take changes into older ones.
   */
  #versionByContent(): OrcVersion {
    let calls = 0
    let highest = false
    for (let i = 0; i < this.count; i++) {
      const flags = this.#flags(i)
      if ((flags & 0x700) === 0x200) calls++
      highest ||= (flags & 0x800) !== 0
    }
    return calls * 2 > this.count ? '6.4' : highest ? '6.3' : '4.14'
  }

  /** Of two entries at one place the one that says something stands last. */
  #sorted(places: Float64Array): Uint32Array {
    const says = (index: number): number => (this.#meaning(this.#flags(index)).type === 'undefined' ? 0 : 1)
    return Uint32Array.from(places, (_, index) => index).sort((a, b) => places[a]! - places[b]! || says(a) - says(b))
  }
}

function versionOf(header: Cursor): OrcVersion {
  const hash = hexOf(header.bytes)
  const version = knownHeaders[hash]
  if (version === undefined) throw header.error(`ORC of an unknown version: its header is ${hash}`, 0)
  return version
}
