// Flags of s390 registers in words. z/Architecture Principles of Operation (SA22-7832) ch. 4 "Program-Status Word", ch. 6
// "Program Interruptions"; arch/s390/include/asm/ptrace.h, psw_bits.

import { type Bit, describeBits, field, isSet } from './bits.ts'

// Bit numbers here count from the right, as everywhere in this folder; the manual counts from the left: 63 - n.
const spaces = { 0: 'primary space', 1: 'access-register space', 2: 'secondary space', 3: 'home space' }
const psw: readonly Bit[] = [
  { bit: 62, set: 'PER on' },
  { bit: 58, set: 'DAT on', clear: 'DAT off' },
  { bit: 57, set: 'I/O interrupts on', clear: 'I/O interrupts off' },
  { bit: 56, set: 'external interrupts on', clear: 'external interrupts off' },
  { bit: 50, set: 'machine checks on', clear: 'machine checks off' },
  { bit: 49, set: 'waiting' },
  { bit: 48, set: 'user mode', clear: 'kernel mode' },
  { low: 46, high: 47, values: spaces },
  {
    low: 44,
    high: 45,
    values: { 0: 'condition code 0', 1: 'condition code 1', 2: 'condition code 2', 3: 'condition code 3' },
  },
]

/**
 * The left half of a program status word in words. That of a 31-bit kernel has 32 bits, in the places of the upper 32; its
 * addressing mode stands in the right half.
 */
export function decodePsw(printed: bigint): string[] {
  const short = printed < 1n << 32n
  const mask = short ? printed << 32n : printed
  const words = describeBits(psw, mask)
  const key = field(mask, 52, 55)
  if (key !== 0) words.push(`storage key ${key}`)
  if (!short)
    words.push(isSet(mask, 32) ? '64-bit addresses' : isSet(mask, 31) ? '31-bit addresses' : '24-bit addresses')
  return words
}

export const isProblemState = (mask: bigint): boolean => isSet(mask, 48)

const interruptions: Readonly<Record<number, string>> = {
  1: 'operation',
  2: 'privileged operation',
  3: 'execute',
  4: 'protection',
  5: 'addressing',
  6: 'specification',
  7: 'data',
  8: 'fixed-point overflow',
  9: 'fixed-point divide',
  10: 'decimal overflow',
  11: 'decimal divide',
  12: 'HFP exponent overflow',
  13: 'HFP exponent underflow',
  14: 'HFP significance',
  15: 'HFP divide',
  16: 'segment translation',
  17: 'page translation',
  18: 'translation specification',
  19: 'special operation',
  21: 'operand',
  22: 'trace table',
  24: 'transaction constraint',
  27: 'vector processing',
  28: 'space switch event',
  29: 'HFP square root',
  32: 'ASTE instance',
  40: 'ALET specification',
  41: 'ALEN translation',
  42: 'ALE sequence',
  43: 'ASTE validity',
  44: 'ASTE sequence',
  45: 'extended authority',
  48: 'stack full',
  49: 'stack empty',
  50: 'stack specification',
  51: 'stack type',
  52: 'stack operation',
  56: 'ASCE type',
  57: 'region first translation',
  58: 'region second translation',
  59: 'region third translation',
  61: 'secure storage access',
  62: 'non-secure storage access',
  63: 'secure storage violation',
  64: 'monitor event',
  128: 'PER event',
}

/** The exception behind a program-interruption code. Bit 7 adds a PER event, bit 9 an aborted transaction. */
export function describeInterruption(code: bigint): string[] {
  const words: string[] = []
  const name = interruptions[field(code, 0, 6)]
  if (name !== undefined) words.push(`${name} exception`.replace('event exception', 'event'))
  if (isSet(code, 7)) words.push('PER event')
  if (isSet(code, 9)) words.push('transaction aborted')
  return words
}

/** What the access did, where the machine tells: bits 11:10 of the translation-exception identification. */
export function teidAccess(teid: bigint): 'read' | 'write' | undefined {
  const indication = field(teid, 10, 11)
  return indication === 1 ? 'write' : indication === 2 ? 'read' : undefined
}

/** The translation-exception identification in words. */
export function describeTeid(teid: bigint): string[] {
  const access = teidAccess(teid)
  const words = access === undefined ? [] : [access === 'write' ? 'store' : 'fetch']
  words.push(spaces[field(teid, 0, 1) as 0 | 1 | 2 | 3])
  return words
}
