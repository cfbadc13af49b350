import { type Effect, fixed, signed } from './prologue.ts'

// Arm Architecture Reference Manual, A64: paciasp · stp x29, x30, [sp, #-32]! · mov x29, sp · str x19, [sp, #16]
export const arm64Prologue = fixed((word): readonly Effect[] | undefined => {
  const register = word & 31
  const onStack = ((word >>> 5) & 31) === 31
  if (word === 0xd65f03c0 || (word & 0xfffffbff) >>> 0 === 0xd65f0bff) return [{ is: 'leave' }]
  if (word >>> 26 === 5 || (word & 0xfffffc1f) >>> 0 === 0xd61f0000) return [{ is: 'leave' }]
  if (!onStack) return undefined
  const pair = signed((word >>> 15) & 0x7f, 7) * 8
  const second = (word >>> 10) & 31
  switch ((word & 0xffc00000) >>> 0) {
    case 0xa9800000: // stp …, [sp, #…]!
      return pair < 0
        ? [
            { is: 'grow', bytes: -pair },
            { is: 'save', register, at: 0 },
            { is: 'save', register: second, at: 8 },
          ]
        : undefined
    case 0xa9000000: // stp …, [sp, #…]
      return [
        { is: 'save', register, at: pair },
        { is: 'save', register: second, at: pair + 8 },
      ]
    case 0xa8c00000: // ldp …, [sp], #…
      return pair > 0 ? [{ is: 'shrink', bytes: pair }] : undefined
    case 0xf9000000: // str …, [sp, #…]
      return [{ is: 'save', register, at: ((word >>> 10) & 0xfff) * 8 }]
  }
  const single = signed((word >>> 12) & 0x1ff, 9)
  if ((word & 0xffe00c00) >>> 0 === 0xf8000c00 && single < 0) {
    return [
      { is: 'grow', bytes: -single },
      { is: 'save', register, at: 0 },
    ]
  }
  if ((word & 0xffe00c00) >>> 0 === 0xf8400400 && single > 0) return [{ is: 'shrink', bytes: single }]
  const constant = ((word >>> 10) & 0xfff) << ((word >>> 22) & 1 ? 12 : 0)
  if ((word & 0xff800000) >>> 0 === 0xd1000000) return register === 31 ? [{ is: 'grow', bytes: constant }] : undefined
  if ((word & 0xff800000) >>> 0 === 0x91000000) {
    return register === 31 ? [{ is: 'shrink', bytes: constant }] : [{ is: 'point', register, offset: constant }]
  }
  return undefined
})
