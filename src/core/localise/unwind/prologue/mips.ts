import { type Effect, fixed, signed } from './prologue.ts'

const SP = 29

// MIPS32/MIPS64 Instruction Set: addiu sp,sp,-32 · sw ra,28(sp) · sw s0,24(sp); and daddiu, sd.
export const mipsPrologue = fixed((word): readonly Effect[] | undefined => {
  const opcode = word >>> 26
  const base = (word >>> 21) & 31
  const target = (word >>> 16) & 31
  const offset = signed(word & 0xffff, 16)
  if (word === 0x03e00008 || word >>> 16 === 0x1000 || opcode === 2) return [{ is: 'leave', delayed: true }]
  switch (opcode) {
    case 9: // addiu
    case 25: // daddiu
      if (base !== SP) return undefined
      if (target !== SP) return [{ is: 'point', register: target, offset }]
      return offset < 0 ? [{ is: 'grow', bytes: -offset }] : [{ is: 'shrink', bytes: offset }]
    case 43: // sw
    case 63: // sd
      return base === SP ? [{ is: 'save', register: target, at: offset }] : undefined
    case 0: {
      // move fp,sp is addu, daddu or or with the zero register
      const operation = word & 0x7ff
      const isMove = (operation === 0x21 || operation === 0x2d || operation === 0x25) && target === 0
      if (isMove && base === SP) return [{ is: 'point', register: (word >>> 11) & 31, offset: 0 }]
      // (d)subu sp,sp,v1: a frame larger than a constant holds
      if (((word >>> 11) & 31) === SP && (operation === 0x23 || operation === 0x2f)) return [{ is: 'lost' }]
    }
  }
  return undefined
})
