import { type Effect, fixed, signed } from './prologue.ts'

const [SP, BASE_SHIFT] = [3, 5]

// LoongArch Reference Manual, Volume 1: addi.d $sp, $sp, -32 · st.d $ra, $sp, 24 · addi.d $fp, $sp, 32
export const loongarchPrologue = fixed((word): readonly Effect[] | undefined => {
  const target = word & 31
  const onStack = ((word >>> BASE_SHIFT) & 31) === SP
  const constant = signed((word >>> 10) & 0xfff, 12)
  switch ((word & 0xffc00000) >>> 0) {
    case 0x02c00000: // addi.d
      if (!onStack) return undefined
      if (target !== SP) return [{ is: 'point', register: target, offset: constant }]
      return constant < 0 ? [{ is: 'grow', bytes: -constant }] : [{ is: 'shrink', bytes: constant }]
    case 0x29c00000: // st.d
      return onStack ? [{ is: 'save', register: target, at: constant }] : undefined
  }
  // stptr.d: offsets in words
  if ((word & 0xff000000) >>> 0 === 0x27000000 && onStack) {
    return [{ is: 'save', register: target, at: signed((word >>> 10) & 0x3fff, 14) * 4 }]
  }
  // jirl $zero and b
  if ((word & 0xfc00001f) >>> 0 === 0x4c000000 || word >>> 26 === 0x14) return [{ is: 'leave' }]
  return undefined
})
