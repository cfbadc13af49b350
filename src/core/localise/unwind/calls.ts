// Calls and jumps by their encoding: whether an address is one behind a call, and where a call or a jump goes.

import type { ArchName } from '../../model.ts'

/** Where it goes, counted from the address behind the call (with its delay slot) or from the jump; absent for one through a register. */
export interface Transfer {
  target?: number
  /** the low 28 bits of the address that it goes to, in the same 256 MiB (MIPS j and jal) */
  within?: number
}

interface CallReader {
  /** the call that ends where `code` ends */
  call(code: DataView, little: boolean): Transfer | undefined
  /** a jump that keeps no return address, at a place; with a target outside it is a tail call */
  jump(code: DataView, at: number, little: boolean): Transfer | undefined
  /** instructions begin at multiples of it */
  align: 1 | 2 | 4
}

/** Bytes before a return address that a call may take. */
export const CALL_BYTES = 8

const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits)

const x86: CallReader = {
  align: 1,
  call(code) {
    const end = code.byteLength
    const byte = (back: number): number => (end >= back ? code.getUint8(end - back) : -1)
    if (byte(5) === 0xe8) return { target: code.getInt32(end - 4, true) }
    // ff /2: call through a register or memory; its length depends on the operand.
    const isCall = (back: number): boolean => byte(back) === 0xff && ((byte(back - 1) >> 3) & 7) === 2
    const mode = (back: number): number => byte(back - 1) >> 6
    const low = (back: number): number => byte(back - 1) & 7
    if (isCall(2) && (mode(2) === 3 || (mode(2) === 0 && low(2) !== 4 && low(2) !== 5))) return {}
    if (isCall(3) && ((mode(3) === 1 && low(3) !== 4) || (mode(3) === 0 && low(3) === 4))) return {}
    if (isCall(4) && mode(4) === 1 && low(4) === 4) return {}
    if (isCall(6) && ((mode(6) === 0 && low(6) === 5) || (mode(6) === 2 && low(6) !== 4))) return {}
    return isCall(7) && (mode(7) === 2 || mode(7) === 0) && low(7) === 4 ? {} : undefined
  },
  jump(code, at) {
    const first = code.getUint8(at)
    if (first === 0xeb && at + 2 <= code.byteLength) return { target: 2 + code.getInt8(at + 1) }
    if (first !== 0xe9 || at + 5 > code.byteLength) return undefined
    return { target: 5 + code.getInt32(at + 1, true) }
  },
}

/** Of an architecture whose instructions have four bytes: `read` gives what one word does, by its address. */
const words = (
  read: (word: number) => { is: 'call' | 'jump'; target?: number; within?: number } | undefined,
  /** between a call and the address it returns to */
  delay: 0 | 4 = 0,
): CallReader => ({
  align: 4,
  call(code, little) {
    const at = code.byteLength - 4 - delay
    const found = at >= 0 ? read(code.getUint32(at, little)) : undefined
    if (found?.is !== 'call') return undefined
    if (found.within !== undefined) return { within: found.within }
    return found.target === undefined ? {} : { target: found.target - 4 - delay }
  },
  jump(code, at, little) {
    const found = at + 4 <= code.byteLength ? read(code.getUint32(at, little)) : undefined
    if (found?.is !== 'jump') return undefined
    if (found.within !== undefined) return { within: found.within }
    return found.target === undefined ? {} : { target: found.target }
  },
})

const arm = words(word => {
  const target = 8 + (signed(word & 0xffffff, 24) << 2)
  if (word >>> 28 === 0xf) return (word & 0x0e000000) === 0x0a000000 ? { is: 'call' } : undefined
  if ((word & 0x0f000000) === 0x0b000000) return { is: 'call', target }
  if ((word & 0x0f000000) === 0x0a000000) return { is: 'jump', target }
  if ((word & 0x0ffffff0) === 0x012fff30) return { is: 'call' }
  // ldr pc, […] behind mov lr, pc; mov pc, rX
  return (word & 0x0c10f000) === 0x0410f000 || (word & 0x0fffffe0) === 0x01a0f000 ? { is: 'call' } : undefined
})

const arm64 = words(word => {
  const target = signed(word & 0x3ffffff, 26) << 2
  if (word >>> 26 === 0x25) return { is: 'call', target }
  if (word >>> 26 === 5) return { is: 'jump', target }
  if ((word & 0xfffffc1f) >>> 0 === 0xd63f0000 || (word & 0xfefff800) >>> 0 === 0xd63f0800) return { is: 'call' }
  return undefined
})

const powerpc = words(word => {
  const opcode = word >>> 26
  const links = (word & 1) === 1
  if (opcode === 18) {
    if ((word & 2) !== 0) return { is: links ? 'call' : 'jump' }
    return { is: links ? 'call' : 'jump', target: signed(word & 0x03fffffc, 26) }
  }
  if (opcode === 16 && links) return { is: 'call', target: signed(word & 0xfffc, 16) }
  return opcode === 19 && links && ((word >>> 1) & 0x1ef) === 0x010 ? { is: 'call' } : undefined
})

const mips = words(word => {
  const opcode = word >>> 26
  const within = (word & 0x03ffffff) * 4
  if (opcode === 3) return { is: 'call', within }
  if (opcode === 2) return { is: 'jump', within }
  // b, as assemblers write it
  if (word >>> 16 === 0x1000) return { is: 'jump', target: 4 + (signed(word & 0xffff, 16) << 2) }
  if (opcode === 0 && (word & 0x3f) === 9) return { is: 'call' }
  return opcode === 1 && ((word >>> 16) & 0x1f) === 17
    ? { is: 'call', target: 4 + (signed(word & 0xffff, 16) << 2) }
    : undefined
}, 4)

const loongarch = words(word => {
  const target = signed(((word & 0x3ff) << 16) | ((word >>> 10) & 0xffff), 26) << 2
  if (word >>> 26 === 0x15) return { is: 'call', target }
  if (word >>> 26 === 0x14) return { is: 'jump', target }
  return word >>> 26 === 0x13 && (word & 31) === 1 ? { is: 'call' } : undefined
})

const riscvTarget = (word: number): number =>
  signed(
    (((word >>> 31) & 1) << 20) |
      (((word >>> 12) & 0xff) << 12) |
      (((word >>> 20) & 1) << 11) |
      (((word >>> 21) & 0x3ff) << 1),
    21,
  )

const riscv: CallReader = {
  align: 2,
  call(code) {
    const end = code.byteLength
    const half = end >= 2 ? code.getUint16(end - 2, true) : 0
    const word = end >= 4 ? code.getUint32(end - 4, true) : 0
    const rd = (word >>> 7) & 31
    if ((word & 0x7f) === 0x6f && rd === 1) return { target: riscvTarget(word) - 4 }
    if ((word & 0x7f) === 0x67 && rd === 1) {
      // auipc ra, … before it says where
      const before = end >= 8 ? code.getUint32(end - 8, true) : 0
      const source = (word >>> 15) & 31
      if ((before & 0x7f) !== 0x17 || ((before >>> 7) & 31) !== source) return {}
      return { target: (before & 0xfffff000) + signed(word >>> 20, 12) - 8 }
    }
    return (half & 0xf07f) === 0x9002 && half !== 0x9002 ? {} : undefined
  },
  jump(code, at) {
    const word = at + 4 <= code.byteLength ? code.getUint32(at, true) : 0
    if ((word & 0xfff) === 0x6f) return { target: riscvTarget(word) }
    // auipc t1, … and jalr zero, …(t1)
    if ((word & 0x7f) === 0x17 && at + 8 <= code.byteLength) {
      const next = code.getUint32(at + 4, true)
      const same = ((next >>> 15) & 31) === ((word >>> 7) & 31)
      if ((next & 0xfff) === 0x67 && same) return { target: (word & 0xfffff000) + signed(next >>> 20, 12) }
    }
    const half = code.getUint16(at, true)
    if ((half & 0xe003) !== 0xa001) return undefined
    const bit = (from: number, to: number): number => ((half >>> from) & 1) << to
    const offset =
      bit(12, 11) |
      bit(11, 4) |
      (((half >>> 9) & 3) << 8) |
      bit(8, 10) |
      bit(7, 6) |
      bit(6, 7) |
      (((half >>> 3) & 7) << 1) |
      bit(2, 5)
    return { target: signed(offset, 12) }
  },
}

const s390x: CallReader = {
  align: 2,
  call(code) {
    const end = code.byteLength
    const half = (back: number): number => (end >= back ? code.getUint16(end - back) : 0)
    // brasl, bras, basr
    if ((half(6) & 0xff0f) === 0xc005) return { target: code.getInt32(end - 4) * 2 - 6 }
    if ((half(4) & 0xff0f) === 0xa705) return { target: code.getInt16(end - 2) * 2 - 4 }
    return (half(2) & 0xff00) === 0x0d00 && (half(2) & 15) !== 0 ? {} : undefined
  },
  jump(code, at) {
    if (at + 6 > code.byteLength || (code.getUint16(at) & 0xffff) !== 0xc0f4) return undefined
    return { target: code.getInt32(at + 2) * 2 }
  },
}

// Arm Architecture Reference Manual, T32: BL and BLX of two halfwords, BLX with a register
const thumb: CallReader = {
  align: 2,
  call(code, little) {
    const end = code.byteLength
    const half = (back: number): number => (end >= back ? code.getUint16(end - back, little) : 0)
    if ((half(2) & 0xff87) === 0x4780) return {}
    return (half(4) & 0xf800) === 0xf000 && (half(2) & 0xc000) === 0xc000 ? {} : undefined
  },
  jump: () => undefined,
}

const readers: Partial<Record<ArchName | 'thumb', CallReader>> = {
  thumb,
  x86_64: x86,
  i386: x86,
  arm,
  arm64,
  powerpc,
  powerpc64: powerpc,
  mips,
  mips64: mips,
  loongarch64: loongarch,
  riscv32: riscv,
  riscv64: riscv,
  s390x,
}

const viewOf = (code: Uint8Array): DataView => new DataView(code.buffer, code.byteOffset, code.byteLength)

/** The call that `code` ends with; undefined when it ends with none, or the architecture has no reader here. */
export function callBefore(arch: ArchName | 'thumb', code: Uint8Array, little: boolean): Transfer | undefined {
  return readers[arch]?.call(viewOf(code), little)
}

export const knowsCalls = (arch: ArchName | 'thumb'): boolean => readers[arch] !== undefined

/**
 * Targets of the jumps in a function's code, counted from its start, which stands at `address`. Of x86 some may be parts
 * of other instructions.
 */
export function jumpTargets(arch: ArchName, code: Uint8Array, little: boolean, address: bigint): number[] {
  const reader = readers[arch]
  if (reader === undefined) return []
  const view = viewOf(code)
  const found: number[] = []
  for (let at = 0; at + 2 <= code.length; at += reader.align) {
    const jump = reader.jump(view, at, little)
    if (jump?.target !== undefined) found.push(at + jump.target)
    else if (jump?.within !== undefined) found.push(distanceWithin(jump.within, address))
  }
  return found
}

const REGION = 0x0fffffffn

/** How far the address with these low 28 bits is from another one in the same 256 MiB. */
export const distanceWithin = (within: number, address: bigint): number =>
  Number((address & ~REGION) + BigInt(within) - address)
