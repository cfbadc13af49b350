import { type Effect, fixed } from './prologue.ts'

const [FP, IP, SP, PC] = [11, 12, 13, 15]

// Arm Architecture Reference Manual, A32:
//   APCS      mov ip, sp · push {fp, ip, lr, pc} · sub fp, ip, #4
//   clang     push {fp, lr} · mov fp, sp
//   no frame  push {r4, lr} · sub sp, sp, #8 · str lr, [sp, #-4]!
export const armPrologue = fixed((word): readonly Effect[] | undefined => {
  // Instructions that run on a condition are in nobody's prologue.
  if (word >>> 28 !== 0xe) return undefined
  if (word === 0xe1a0c00d) return [{ is: 'point', register: IP, offset: 0 }]
  if (word === 0xe1a0b00d) return [{ is: 'point', register: FP, offset: 0 }]
  if (word === 0xe12fff1e || word >>> 24 === 0xea) return [{ is: 'leave' }]
  if ((word & 0x0fff0000) === 0x092d0000) return pushed(word & 0xffff)
  if ((word & 0x0fff0fff) === 0x052d0004) return pushed(1 << ((word >>> 12) & 15))
  // vpush: only its size matters
  if ((word & 0x0fbf0f00) === 0x0d2d0b00) return [{ is: 'grow', bytes: (word & 0xff) * 4 }]
  const [source, target] = [(word >>> 16) & 15, (word >>> 12) & 15]
  if ((word & 0x0ff00000) === 0x02400000) {
    if (target === SP && source === SP) return [{ is: 'grow', bytes: constant(word) }]
    if (source === SP) return [{ is: 'point', register: target, offset: -constant(word) }]
    if (target === SP) return undefined
    return target === FP ? [{ is: 'repoint', register: FP, from: source, offset: -constant(word) }] : undefined
  }
  if ((word & 0x0ff00000) === 0x02800000) {
    if (target === SP && source === SP) return [{ is: 'shrink', bytes: constant(word) }]
    return source === SP ? [{ is: 'point', register: target, offset: constant(word) }] : undefined
  }
  // ldm … {… pc}: a return that restores everything
  if ((word & 0x0e108000) === 0x08108000) return [{ is: 'shrink', bytes: 'all' }, { is: 'leave' }]
  // pop {…}
  if ((word & 0x0fff0000) === 0x08bd0000) return [{ is: 'shrink', bytes: countOf(word & 0xffff) * 4 }]
  return undefined
})

/** An immediate: eight bits turned right by an even number. */
function constant(word: number): number {
  const turn = ((word >>> 8) & 15) * 2
  const value = word & 0xff
  return turn === 0 ? value : ((value >>> turn) | (value << (32 - turn))) >>> 0
}

const countOf = (mask: number): number => {
  let count = 0
  for (let register = 0; register < 16; register++) if ((mask & (1 << register)) !== 0) count++
  return count
}

function pushed(mask: number): Effect[] {
  const effects: Effect[] = [{ is: 'grow', bytes: countOf(mask) * 4 }]
  let at = 0
  for (let register = 0; register < 16; register++) {
    if ((mask & (1 << register)) === 0) continue
    // pc is pushed as a mark of the function, ip as the stack pointer of the caller: neither is a register of it.
    if (register !== PC && register !== IP) effects.push({ is: 'save', register, at })
    at += 4
  }
  return effects
}
