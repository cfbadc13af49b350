// Flags of 32-bit ARM registers in words. ARM ARM (DDI 0406) B1.3.3 "CPSR", B4.1.51 "DFSR"; arch/arm/mm/fsr-2level.c and
// fsr-3level.c hold the kernel's names for the fault status.

import { type Bit, describeBits, field, isSet } from './bits.ts'

const modes: Readonly<Record<number, string>> = {
  0: 'mode USER_26',
  1: 'mode FIQ_26',
  2: 'mode IRQ_26',
  3: 'mode SVC_26',
  16: 'mode USER_32',
  17: 'mode FIQ_32',
  18: 'mode IRQ_32',
  19: 'mode SVC_32',
  22: 'mode MON_32',
  23: 'mode ABT_32',
  26: 'mode HYP_32',
  27: 'mode UND_32',
  31: 'mode SYS_32',
}

const psr: readonly Bit[] = [
  { bit: 31, set: 'negative (N)' },
  { bit: 30, set: 'zero (Z)' },
  { bit: 29, set: 'carry (C)' },
  { bit: 28, set: 'overflow (V)' },
  { bit: 27, set: 'saturated (Q)' },
  { bit: 9, set: 'big-endian data' },
  { bit: 8, set: 'asynchronous aborts masked' },
  { bit: 7, set: 'IRQs off', clear: 'IRQs on' },
  { bit: 6, set: 'FIQs off', clear: 'FIQs on' },
  { bit: 5, set: 'Thumb instructions', clear: 'ARM instructions' },
  { low: 0, high: 4, values: modes },
]

/** The program status register in words. */
export function decodePsr(value: bigint): string[] {
  return describeBits(psr, value)
}

// Short-descriptor format, bits 10 and 3:0; the kernel's wording
const shortStatus: Readonly<Record<number, string>> = {
  0: 'vector exception',
  1: 'alignment exception',
  2: 'terminal exception',
  3: 'section access flag fault',
  4: 'instruction cache maintenance fault',
  5: 'section translation fault',
  6: 'page access flag fault',
  7: 'page translation fault',
  8: 'external abort on non-linefetch',
  9: 'section domain fault',
  11: 'page domain fault',
  12: 'external abort on translation',
  13: 'section permission fault',
  14: 'external abort on translation',
  15: 'page permission fault',
  22: 'imprecise external abort',
  24: 'memory parity error',
}

// Long-descriptor format (LPAE, bit 9 set), bits 5:0
function longStatus(status: number): string {
  const level = status & 3
  switch (status >> 2) {
    case 1:
      return `level ${level} translation fault`
    case 2:
      return `level ${level} access flag fault`
    case 3:
      return `level ${level} permission fault`
    case 15:
      return `level ${level} domain fault`
    case 5:
      return `external abort on translation table walk, level ${level}`
  }
  const others: Readonly<Record<number, string>> = {
    16: 'synchronous external abort',
    17: 'asynchronous external abort',
    24: 'synchronous parity error',
    25: 'asynchronous parity error',
    33: 'alignment fault',
    34: 'debug event',
    48: 'TLB conflict abort',
  }
  return others[status] ?? `fault status ${status}`
}

/** The access that failed: bit 31 is the kernel's mark for an instruction fetch (FSR_LNX_PF), bit 11 a write. */
export function fsrAccess(value: bigint): 'read' | 'write' | 'execute' {
  return isSet(value, 31) ? 'execute' : isSet(value, 11) ? 'write' : 'read'
}

/** The fault status register in words. */
export function decodeFsr(value: bigint): string[] {
  const long = isSet(value, 9)
  const status = long ? field(value, 0, 5) : field(value, 0, 3) | (isSet(value, 10) ? 16 : 0)
  const words = [long ? longStatus(status) : (shortStatus[status] ?? `fault status ${status}`)]
  words.push({ read: 'read', write: 'write', execute: 'instruction fetch' }[fsrAccess(value)])
  if (!long && [7, 9, 11, 13, 15].includes(status)) words.push(`domain ${field(value, 4, 7)}`)
  return words
}
