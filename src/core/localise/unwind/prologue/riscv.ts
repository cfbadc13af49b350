import { type Effect, type Instruction, type PrologueReader, signed } from './prologue.ts'

const SP = 2

// RISC-V Unprivileged ISA, with the compressed forms: addi sp,sp,-32 · sd ra,24(sp) · sd s0,16(sp) · addi s0,sp,32
export const riscvPrologue: PrologueReader = {
  read(code, at): Instruction | undefined {
    if (at + 2 > code.byteLength) return undefined
    // Instructions are little-endian on all machines.
    const half = code.getUint16(at, true)
    if ((half & 3) !== 3) return { bytes: 2, effects: compressed(half) }
    if (at + 4 > code.byteLength) return undefined
    return { bytes: 4, effects: full(code.getUint32(at, true)) }
  },
}

const moved = (bytes: number): Effect[] => (bytes < 0 ? [{ is: 'grow', bytes: -bytes }] : [{ is: 'shrink', bytes }])

function full(word: number): Effect[] {
  const target = (word >>> 7) & 31
  const source = (word >>> 15) & 31
  const kind = word & 0x707f
  // addi rd, sp, …
  if (kind === 0x13 && source === SP) {
    const constant = signed(word >>> 20, 12)
    return target === SP ? moved(constant) : [{ is: 'point', register: target, offset: constant }]
  }
  // sw, sd
  if ((kind === 0x2023 || kind === 0x3023) && source === SP) {
    return [{ is: 'save', register: (word >>> 20) & 31, at: signed(((word >>> 25) << 5) | target, 12) }]
  }
  // sub sp, sp, t0 and the like
  if ((word & 0x7f) === 0x33 && target === SP) return [{ is: 'lost' }]
  // jal and jalr that keep no return address
  if (((word & 0x7f) === 0x6f || (word & 0x7f) === 0x67) && target === 0) return [{ is: 'leave' }]
  return []
}

function compressed(half: number): Effect[] {
  const target = (half >>> 7) & 31
  if ((half & 0xef83) === 0x6101) {
    // c.addi16sp: bits 9, 4, 6, 8:7, 5
    const bits =
      (((half >>> 12) & 1) << 9) |
      (((half >>> 6) & 1) << 4) |
      (((half >>> 5) & 1) << 6) |
      (((half >>> 3) & 3) << 7) |
      (((half >>> 2) & 1) << 5)
    return moved(signed(bits, 10))
  }
  // c.addi sp, …
  if ((half & 0xe003) === 1 && target === SP) return moved(signed((((half >>> 12) & 1) << 5) | ((half >>> 2) & 31), 6))
  const stored = (half >>> 2) & 31
  // c.sdsp, c.swsp
  if ((half & 0xe003) === 0xe002) {
    return [{ is: 'save', register: stored, at: (((half >>> 10) & 7) << 3) | (((half >>> 7) & 7) << 6) }]
  }
  if ((half & 0xe003) === 0xc002) {
    return [{ is: 'save', register: stored, at: (((half >>> 9) & 15) << 2) | (((half >>> 7) & 3) << 6) }]
  }
  // c.addi4spn
  if ((half & 0xe003) === 0 && half !== 0) {
    const offset =
      (((half >>> 11) & 3) << 4) | (((half >>> 7) & 15) << 6) | (((half >>> 6) & 1) << 2) | (((half >>> 5) & 1) << 3)
    return [{ is: 'point', register: 8 + ((half >>> 2) & 7), offset }]
  }
  // c.j, c.jr
  if ((half & 0xe003) === 0xa001 || ((half & 0xf07f) === 0x8002 && target !== 0)) return [{ is: 'leave' }]
  return []
}
