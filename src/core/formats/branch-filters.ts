// Filters that make machine code compress better: the targets of calls, relative in the code, stand absolute in the
// archive. Each is undone here. xz-file-format.txt 1.2.1, §5.3.2 "Branch/Call/Jump Filters for Executables"; what each
// looks for is as liblzma's src/liblzma/simple/ has it.
//
// How to add one: write a function that turns a run of bytes back in place, name it in `branchFilters` by its filter ID.

/**
 * Turns `bytes`, the first of which stands at `position` of the stream, back in place. Gives how many are final: the
 * rest may be the beginning of an instruction and comes again with what follows.
 */
type Undo = (bytes: Uint8Array, view: DataView, position: number) => number

/** One filter over bytes that come in pieces. */
export class BranchFilter {
  readonly #undo: Undo
  #rest: Uint8Array = new Uint8Array(0)
  #position: number

  constructor(undo: Undo, start: number) {
    this.#undo = undo
    this.#position = start
  }

  /** What of these bytes, and of those before, is final. */
  push(piece: Uint8Array): Uint8Array {
    let bytes = piece
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + piece.length)
      bytes.set(this.#rest)
      bytes.set(piece, this.#rest.length)
    }
    const done = this.#undo(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), this.#position)
    this.#position += done
    this.#rest = bytes.subarray(done)
    return bytes.subarray(0, done)
  }

  /** The last bytes, too few for an instruction. */
  end(): Uint8Array {
    return this.#rest
  }
}

/** By filter ID: how to make a filter and the alignment of its instructions. §5.3.2; IA-64, 0x06, is not among them. */
export const branchFilters: Readonly<Record<number, { make: () => Undo; align: number }>> = {
  4: { make: x86, align: 1 },
  5: { make: () => powerpc, align: 4 },
  7: { make: () => arm, align: 4 },
  8: { make: () => armThumb, align: 2 },
  9: { make: () => sparc, align: 4 },
  10: { make: () => arm64, align: 4 },
  11: { make: () => riscv, align: 2 },
}

/** `bl`, always executed. */
function arm(bytes: Uint8Array, view: DataView, position: number): number {
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    if (bytes[at + 3] !== 0xeb) continue
    const target = view.getUint32(at, true) & 0xffffff
    const relative = (target - ((position + at + 8) >>> 2)) & 0xffffff
    view.setUint32(at, (0xeb000000 | relative) >>> 0, true)
  }
  return at
}

/** `bl` of Thumb, in two halves. */
function armThumb(bytes: Uint8Array, view: DataView, position: number): number {
  let at = 0
  for (; at + 4 <= bytes.length; at += 2) {
    if ((bytes[at + 1]! & 0xf8) !== 0xf0 || (bytes[at + 3]! & 0xf8) !== 0xf8) continue
    const target = ((view.getUint16(at, true) & 0x7ff) << 11) | (view.getUint16(at + 2, true) & 0x7ff)
    const relative = target - ((position + at + 4) >>> 1)
    view.setUint16(at, 0xf000 | ((relative >>> 11) & 0x7ff), true)
    view.setUint16(at + 2, 0xf800 | (relative & 0x7ff), true)
    at += 2
  }
  return at
}

/** `bl` and, as far as ±512 MiB, `adrp`. */
function arm64(bytes: Uint8Array, view: DataView, position: number): number {
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    const word = view.getUint32(at, true)
    const pc = position + at
    if (word >>> 26 === 0x25) {
      view.setUint32(at, (0x94000000 | ((word - (pc >>> 2)) & 0x3ffffff)) >>> 0, true)
    } else if ((word & 0x9f000000) >>> 0 === 0x90000000) {
      const page = ((word >>> 29) & 3) | ((word >>> 3) & 0x1ffffc)
      if ((page + 0x20000) & 0x1c0000) continue
      const relative = page - (pc >>> 12)
      // The sign stands in the upper three bits of the immediate.
      const high = (relative & 0x3fffc) << 3
      const sign = -(relative & 0x20000) & 0xe00000
      view.setUint32(at, ((word & 0x9000001f) | ((relative & 3) << 29) | high | sign) >>> 0, true)
    }
  }
  return at
}

/** `bl`, relative. */
function powerpc(bytes: Uint8Array, view: DataView, position: number): number {
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    if ((bytes[at]! & 0xfc) !== 0x48 || (bytes[at + 3]! & 3) !== 1) continue
    const relative = (view.getUint32(at) - (position + at)) & 0x3fffffc
    view.setUint32(at, (0x48000001 | relative) >>> 0)
  }
  return at
}

/** `call` with a displacement whose upper bits are all the same. */
function sparc(bytes: Uint8Array, view: DataView, position: number): number {
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    const word = view.getUint32(at)
    if (word >>> 22 !== 0x100 && word >>> 22 !== 0x1ff) continue
    const relative = word - ((position + at) >>> 2)
    const sign = 0x40000000 - (relative & 0x400000)
    view.setUint32(at, (sign | 0x40000000 | (relative & 0x3fffff)) >>> 0)
  }
  return at
}

/** `jal` of ra or t0, and `auipc` with the instruction that uses it. Arithmetic is modulo 2^32 throughout. */
function riscv(bytes: Uint8Array, view: DataView, position: number): number {
  let at = 0
  for (; at + 8 <= bytes.length; at += 2) {
    const first = bytes[at]!
    if (first === 0xef) {
      if ((bytes[at + 1]! & 0x0d) !== 0) continue
      undoJal(bytes, at, position + at)
      at += 2
    } else if ((first & 0x7f) === 0x17) {
      at += undoAuipc(view, at, position + at) - 2
    }
  }
  return at
}

/** The target is kept with its bits in order; J-type has them shuffled (RISC-V unprivileged specification, §2.3). */
function undoJal(bytes: Uint8Array, at: number, pc: number): void {
  const [low, middle, high] = [bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!]
  const relative = (((low & 0xf0) << 13) | (middle << 9) | (high << 1)) - pc
  bytes[at + 1] = (low & 0x0f) | ((relative >> 8) & 0xf0)
  bytes[at + 2] = ((relative >> 16) & 0x0f) | ((relative >> 7) & 0x10) | ((relative << 4) & 0xe0)
  bytes[at + 3] = ((relative >> 4) & 0x7f) | ((relative >> 13) & 0x80)
}

/** Gives how many bytes it has settled. */
function undoAuipc(view: DataView, at: number, pc: number): number {
  const word = view.getUint32(at, true)
  const next = view.getUint32(at + 4, true)
  if (word & 0xe80) {
    // Any other register than x0 and x2 was no pair of the compiler's, or it would have been converted.
    if (((word << 8) ^ (next - 3)) & 0xf8003) return 6
    view.setUint32(at, (0x17 | (2 << 7) | (next << 12)) >>> 0, true)
    view.setUint32(at + 4, ((word & 0xfffff000) + (next >>> 20)) >>> 0, true)
    return 8
  }
  const register = word >>> 27
  if (((word - 0x3117) << 18) >>> 0 >= (register & 0x1d)) return 4
  const relative = view.getUint32(at + 4) - pc
  view.setUint32(at, (0x17 | (register << 7) | ((relative + 0x800) & 0xfffff000)) >>> 0, true)
  view.setUint32(at + 4, ((word >>> 12) | (relative << 20)) >>> 0, true)
  return 8
}

/** Whether a converted target can have this byte on top: the filter keeps to ±16 MiB. */
const isTop = (byte: number): boolean => byte === 0 || byte === 0xff

/**
 * `call` and `jmp` with 32 bits. `recent` has a bit for each opcode byte among the last three positions that was not
 * converted: what looks like an opcode there may be part of an operand.
 */
function x86(): Undo {
  let recent = 0
  let sinceLast = 5
  return (bytes, view, position) => {
    const end = bytes.length - 4
    let at = 0
    while (at < end) {
      if ((bytes[at]! & 0xfe) !== 0xe8) {
        at++
        sinceLast++
        continue
      }
      recent = sinceLast > 3 ? 0 : (recent << (sinceLast - 1)) & 7
      sinceLast = 1
      const top = bytes[at + 4]!
      const shift = recent === 0 ? 0 : recent < 2 ? 1 : recent < 4 ? 2 : 3
      const plausible = recent === 0 || ((recent & 3) !== 3 && recent < 5 && !isTop(bytes[at + 4 - shift]!))
      if (!plausible || !isTop(top)) {
        recent = (recent << 1) | 1
        at++
        continue
      }
      let target = view.getUint32(at + 1, true)
      let relative = (target - (position + at + 5)) >>> 0
      while (recent !== 0) {
        const byte = (relative >>> (24 - shift * 8)) & 0xff
        if (!isTop(byte)) break
        target = (relative ^ (2 ** (32 - shift * 8) - 1)) >>> 0
        relative = (target - (position + at + 5)) >>> 0
      }
      view.setUint32(at + 1, (relative & 0x1000000 ? relative | 0xfe000000 : relative & 0x1ffffff) >>> 0, true)
      at += 5
      sinceLast = 5
    }
    return Math.max(at, 0)
  }
}
