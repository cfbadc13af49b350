// Flags of arm64 registers in words. Arm ARM (DDI 0487) C5.2.19 "SPSR_EL1", D24.2.40 "ESR_EL1";
// arch/arm64/kernel/traps.c, esr_class_str[], and mm/fault.c, fault_info[], have the kernel's short names.

import { say } from '../say.ts'
import { type Bit, describeBits, field, isSet } from './bits.ts'

const pstate: readonly Bit[] = [
  { bit: 31, set: 'negative (N)' },
  { bit: 30, set: 'zero (Z)' },
  { bit: 29, set: 'carry (C)' },
  { bit: 28, set: 'overflow (V)' },
  { bit: 25, set: 'tag checks off (TCO)' },
  { bit: 24, set: 'data-independent timing (DIT)' },
  { bit: 23, set: 'user access override (UAO)' },
  { bit: 22, set: 'no user access (PAN)' },
  { bit: 21, set: 'single step (SS)' },
  { bit: 20, set: 'illegal execution state (IL)' },
  { bit: 12, set: 'speculative store bypass safe (SSBS)' },
  { low: 10, high: 11, values: { 0: '', 1: 'BTYPE jc', 2: 'BTYPE -c', 3: 'BTYPE j-' } },
  { bit: 9, set: 'debug masked (D)' },
  { bit: 8, set: 'SError masked (A)' },
  { bit: 7, set: 'IRQs off (I)', clear: 'IRQs on' },
  { bit: 6, set: 'FIQs off (F)', clear: 'FIQs on' },
]

const levels: Readonly<Record<number, string>> = {
  0: 'EL0t',
  4: 'EL1t',
  5: 'EL1h',
  8: 'EL2t',
  9: 'EL2h',
}

/** PSTATE as saved on exception entry, in words. Bit 4 says AArch32, where the layout is that of 32-bit ARM. */
export function decodePstate(value: bigint): string[] {
  if (!isSet(value, 4))
    return [...describeBits(pstate, value), levels[field(value, 0, 3)] ?? `mode ${field(value, 0, 3)}`]
  return [
    ...describeBits(pstate.slice(0, 4), value),
    isSet(value, 5) ? 'T32 instructions' : 'A32 instructions',
    isSet(value, 7) ? 'IRQs off (I)' : 'IRQs on',
    'AArch32',
  ]
}

/** True when the status says exception level 0. */
export function isUserMode(value: bigint): boolean {
  return field(value, 0, 3) === 0
}

const classes: Readonly<Record<number, string>> = {
  0: 'unknown or undefined instruction',
  1: 'WFI or WFE',
  3: 'CP15 MCR or MRC',
  4: 'CP15 MCRR or MRRC',
  5: 'CP14 MCR or MRC',
  6: 'CP14 LDC or STC',
  7: 'FP or SIMD access',
  8: 'CP10 MRC or VMRS',
  9: 'pointer authentication instruction',
  12: 'CP14 MCRR or MRRC',
  13: 'branch target (BTI)',
  14: 'illegal execution state',
  17: 'SVC (AArch32)',
  18: 'HVC (AArch32)',
  19: 'SMC (AArch32)',
  21: 'SVC (AArch64)',
  22: 'HVC (AArch64)',
  23: 'SMC (AArch64)',
  24: 'MSR, MRS or system instruction',
  25: 'SVE',
  26: 'ERET',
  28: 'pointer authentication failure (FPAC)',
  29: 'SME',
  32: say`instruction abort (lower EL)`,
  33: say`instruction abort (current EL)`,
  34: 'PC alignment',
  36: say`data abort (lower EL)`,
  37: say`data abort (current EL)`,
  38: 'SP alignment',
  39: 'memory copy (MOPS)',
  40: 'FP exception (AArch32)',
  44: 'FP exception (AArch64)',
  45: 'guarded control stack (GCS)',
  47: 'SError',
  48: 'breakpoint (lower EL)',
  49: 'breakpoint (current EL)',
  50: 'software step (lower EL)',
  51: 'software step (current EL)',
  52: 'watchpoint (lower EL)',
  53: 'watchpoint (current EL)',
  56: 'BKPT (AArch32)',
  58: 'vector catch (AArch32)',
  60: 'BRK (AArch64)',
}

/** The fault status code of an abort in words, ESR bits 5:0. */
export function describeFaultStatus(status: number): string {
  const level = status & 3
  switch (status >> 2) {
    case 0:
      return say`level ${level} address size fault`
    case 1:
      return say`level ${level} translation fault`
    case 2:
      return say`level ${level} access flag fault`
    case 3:
      return say`level ${level} permission fault`
    case 5:
      return `synchronous external abort on translation table walk, level ${level}`
    case 7:
      return `synchronous parity or ECC error on translation table walk, level ${level}`
  }
  const others: Readonly<Record<number, string>> = {
    16: say`synchronous external abort`,
    17: say`synchronous tag check fault`,
    19: 'level -1 external abort',
    24: 'synchronous parity or ECC error',
    33: say`alignment fault`,
    41: 'level -1 address size fault',
    43: 'level -1 translation fault',
    48: 'TLB conflict abort',
    49: 'unsupported atomic hardware update',
    52: 'implementation fault (lockdown)',
    53: 'implementation fault (unsupported exclusive)',
  }
  return others[status] ?? `fault status 0x${status.toString(16)}`
}

/** The exception class in words, ESR bits 31:26. */
export function describeClass(ec: number): string {
  return classes[ec] ?? `exception class 0x${ec.toString(16)}`
}

export const exceptionClass = (esr: bigint): number => field(esr, 26, 31)
const isInstructionAbort = (ec: number): boolean => ec === 0x20 || ec === 0x21
const isDataAbort = (ec: number): boolean => ec === 0x24 || ec === 0x25

/** What the abort did, where the syndrome is that of an abort. A cache maintenance operation counts as a read. */
export function esrAccess(esr: bigint): 'read' | 'write' | 'execute' | undefined {
  const ec = exceptionClass(esr)
  if (isInstructionAbort(ec)) return 'execute'
  if (!isDataAbort(ec)) return undefined
  return isSet(esr, 6) && !isSet(esr, 8) ? 'write' : 'read'
}

// arch/arm64/include/asm/brk-imm.h
function describeBreak(immediate: number): string {
  if (immediate === 0x800) return 'BRK 0x800: BUG or WARN'
  if (immediate >= 0x900 && immediate <= 0x9ff) return `BRK 0x${immediate.toString(16)}: KASAN`
  if (immediate >= 0x5500 && immediate <= 0x55ff) return `BRK 0x${immediate.toString(16)}: UBSAN`
  if (immediate >= 0x8000 && immediate <= 0x83ff) return `BRK 0x${immediate.toString(16)}: control flow integrity`
  return `BRK 0x${immediate.toString(16)}`
}

/** The exception syndrome in words. */
export function decodeEsr(esr: bigint): string[] {
  const ec = exceptionClass(esr)
  const words = [describeClass(ec)]
  if (ec === 0x3c) words.push(describeBreak(field(esr, 0, 15)))
  if (isInstructionAbort(ec) || isDataAbort(ec)) {
    const access = esrAccess(esr)
    words.push(access === 'execute' ? 'instruction fetch' : isSet(esr, 8) ? 'cache maintenance' : access!)
    words.push(describeFaultStatus(field(esr, 0, 5)))
    if (isSet(esr, 7)) words.push('during a stage 1 table walk')
    if (isSet(esr, 9)) words.push('external')
    if (isSet(esr, 10)) words.push('fault address not valid')
  }
  if (!isSet(esr, 25) && ec !== 0) words.push('16-bit instruction')
  return words
}
