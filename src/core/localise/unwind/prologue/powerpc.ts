import { type Effect, fixed, signed } from './prologue.ts'

const LINK = 65

// Power ISA, Book I: stwu r1,-32(r1) · mflr r0 · stw r0,36(r1) · stmw r29,20(r1)
export const powerpcPrologue = fixed(word => {
  const opcode = word >>> 26
  const target = (word >>> 21) & 31
  const base = (word >>> 16) & 31
  const offset = signed(word & 0xffff, 16)
  // LR in another register, and back
  if ((word & 0xfc1fffff) >>> 0 === 0x7c0802a6) return [{ is: 'copy', register: target, from: LINK }]
  if (word === 0x4e800020 || word === 0x4e800420 || (opcode === 18 && (word & 1) === 0)) return [{ is: 'leave' }]
  if (base !== 1 && !(opcode === 31)) return undefined
  switch (opcode) {
    case 37: // stwu
      return target === 1 ? grown(offset) : undefined
    case 36: // stw
      return [{ is: 'save', register: target, at: offset }]
    case 47: // stmw
      return Array.from(
        { length: 32 - target },
        (_, i): Effect => ({ is: 'save', register: target + i, at: offset + i * 4 }),
      )
    case 62: {
      const wide = offset & ~3
      if ((word & 3) === 1) return target === 1 ? grown(wide) : undefined // stdu
      return (word & 3) === 0 ? [{ is: 'save', register: target, at: wide }] : undefined // std
    }
    case 14: // addi
      if (target === 1) return offset > 0 ? [{ is: 'shrink', bytes: offset }] : grown(offset)
      return [{ is: 'point', register: target, offset }]
    case 32: // lwz r1,0(r1)
      return target === 1 ? [{ is: 'shrink', bytes: 'all' }] : undefined
    case 58: // ld r1,0(r1)
      return target === 1 ? [{ is: 'shrink', bytes: 'all' }] : undefined
    case 31: {
      const operation = (word >>> 1) & 0x3ff
      // stwux, stdux: a frame larger than a constant holds
      if ((operation === 183 || operation === 181) && target === 1 && base === 1) return [{ is: 'lost' }]
      // or rA,rS,rB with rS = rB is a move; its target stands where others have the base
      const isMove = operation === 444 && target === ((word >>> 11) & 31)
      if (isMove && target === 1) return [{ is: 'point', register: base, offset: 0 }]
    }
  }
  return undefined
})

const grown = (offset: number): Effect[] => (offset < 0 ? [{ is: 'grow', bytes: -offset }] : [])
