// Flags of x86 registers in words. Intel SDM vol. 3 §2.3, 2.5, 4.7, 6.13, 17.2; arch/x86/include/uapi/asm/processor-flags.h.

import { say } from '../say.ts'
import { type Bit, describeBits, field, isSet } from './bits.ts'

const eflags: readonly Bit[] = [
  { bit: 0, set: 'carry (CF)' },
  { bit: 2, set: 'parity (PF)' },
  { bit: 4, set: 'adjust (AF)' },
  { bit: 6, set: 'zero (ZF)' },
  { bit: 7, set: 'sign (SF)' },
  { bit: 8, set: 'single step (TF)' },
  { bit: 9, set: 'interrupts on (IF)', clear: 'interrupts off' },
  { bit: 10, set: 'direction down (DF)' },
  { bit: 11, set: 'overflow (OF)' },
  {
    low: 12,
    high: 13,
    values: { 0: '', 1: 'I/O privilege 1', 2: 'I/O privilege 2', 3: 'I/O privilege 3' },
  },
  { bit: 14, set: 'nested task (NT)' },
  { bit: 16, set: 'resume (RF)' },
  { bit: 17, set: 'virtual 8086 (VM)' },
  { bit: 18, set: 'alignment check, user access allowed (AC)' },
  { bit: 19, set: 'virtual interrupt (VIF)' },
  { bit: 20, set: 'virtual interrupt pending (VIP)' },
]

const cr0: readonly Bit[] = [
  { bit: 0, set: 'protected mode (PE)' },
  { bit: 1, set: 'monitor coprocessor (MP)' },
  { bit: 2, set: 'no FPU (EM)' },
  { bit: 3, set: 'task switched (TS)' },
  { bit: 4, set: 'extension type (ET)' },
  { bit: 5, set: 'numeric error (NE)' },
  { bit: 16, set: 'write protect (WP)', clear: 'write protect off' },
  { bit: 18, set: 'alignment mask (AM)' },
  { bit: 29, set: 'not write-through (NW)' },
  { bit: 30, set: 'cache disabled (CD)' },
  { bit: 31, set: 'paging (PG)' },
]

const cr4: readonly Bit[] = [
  ...'VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP LA57 VMXE SMXE'
    .split(' ')
    .map((set, bit) => ({ bit, set })),
  ...'FSGSBASE PCIDE OSXSAVE KL SMEP SMAP PKE CET PKS UINTR'.split(' ').map((set, bit) => ({ bit: bit + 16, set })),
  { bit: 28, set: 'LAM_SUP' },
  { bit: 32, set: 'FRED' },
]

// arch/x86/include/asm/trap_pf.h, enum x86_pf_error_code
const pageFault: readonly Bit[] = [
  { bit: 0, set: say`protection violation`, clear: say`page not present` },
  { bit: 3, set: say`reserved bit set in a page-table entry` },
  { bit: 5, set: say`protection key` },
  { bit: 6, set: say`shadow stack` },
  { bit: 15, set: 'SGX' },
  { bit: 31, set: say`RMP violation` },
]

export type Access = 'read' | 'write' | 'execute'

/** What a page fault did: bit 4 is an instruction fetch, bit 1 a write. */
export function pageFaultAccess(code: bigint): Access {
  return isSet(code, 4) ? 'execute' : isSet(code, 1) ? 'write' : 'read'
}

const inUser = {
  read: say`read in user mode`,
  write: say`write in user mode`,
  execute: say`instruction fetch in user mode`,
}
const inKernel = {
  read: say`read in kernel mode`,
  write: say`write in kernel mode`,
  execute: say`instruction fetch in kernel mode`,
}

/** The error code of a page fault (vector 14) in words. */
export function describePageFault(code: bigint): string[] {
  const mode = isSet(code, 2) ? inUser : inKernel
  return [mode[pageFaultAccess(code)], ...describeBits(pageFault, code)]
}

/** The error code of #TS, #NP, #SS and #GP: zero, or the selector that the fault is about. SDM vol. 3 §6.13. */
export function describeSelector(code: bigint): string[] {
  if (code === 0n) return []
  const table = isSet(code, 1) ? 'IDT' : isSet(code, 2) ? 'LDT' : 'GDT'
  const words = [`${table} entry ${field(code, 3, 15)}`]
  if (isSet(code, 0)) words.push('external event')
  return words
}

function describeDr6(value: bigint): string[] {
  const words = describeBits(
    [
      { bit: 0, set: 'breakpoint 0' },
      { bit: 1, set: 'breakpoint 1' },
      { bit: 2, set: 'breakpoint 2' },
      { bit: 3, set: 'breakpoint 3' },
      { bit: 13, set: 'debug register access' },
      { bit: 14, set: 'single step' },
      { bit: 15, set: 'task switch' },
    ],
    value,
  )
  // Active low: bit 11 reads as 1 unless a bus lock was the cause; the reserved bit 10 tells a whole value from zero.
  if (isSet(value, 10) && !isSet(value, 11)) words.push('bus lock')
  return words
}

function describeDr7(value: bigint): string[] {
  const kinds = ['execution', 'write', 'I/O', 'access']
  const sizes = [1, 2, 8, 4]
  const words: string[] = []
  for (let index = 0; index < 4; index++) {
    if (field(value, index * 2, index * 2 + 1) === 0) continue
    const kind = field(value, 16 + index * 4, 17 + index * 4)
    const size = field(value, 18 + index * 4, 19 + index * 4)
    words.push(`breakpoint ${index} on ${kinds[kind]}${kind === 0 ? '' : ` of ${sizes[size]} bytes`}`)
  }
  if (isSet(value, 13)) words.push('general detect (GD)')
  return words
}

function describePkru(value: bigint): string[] {
  const keys: string[] = []
  for (let key = 0; key < 16; key++) {
    const rights = field(value, key * 2, key * 2 + 1)
    if (rights === 0) keys.push(String(key))
  }
  return [keys.length === 16 ? 'every key open' : `open keys: ${keys.join(' ') || 'none'}`]
}

/** Flags of a register or error code in words; shared by both widths of x86. */
export function decodeX86(name: string, value: bigint): string[] | undefined {
  switch (name) {
    case 'EFLAGS':
    case 'RFLAGS':
    case 'eflags':
      return describeBits(eflags, value)
    case 'CR0':
    case 'cr0':
      return describeBits(cr0, value)
    case 'CR4':
    case 'cr4':
      return describeBits(cr4, value)
    case 'DR6':
      return describeDr6(value)
    case 'DR7':
      return describeDr7(value)
    case 'PKRU':
      return describePkru(value)
    case 'error_code':
      return describePageFault(value)
    default:
      return undefined
  }
}
