// Flags of PowerPC registers in words. Power ISA 3.1 Book III §4.2.1 "MSR", §7.5 "Interrupt Definitions"; Book E (2.07)
// §7.2.13 "ESR"; arch/powerpc/include/asm/reg.h and interrupt.h.

import { type Bit, describeBits, isSet } from './bits.ts'

const msr: readonly Bit[] = [
  { bit: 63, set: '64-bit (SF)' },
  { bit: 60, set: 'hypervisor (HV)' },
  { low: 33, high: 34, values: { 0: '', 1: 'transaction suspended (TS)', 2: 'in a transaction (TS)', 3: '' } },
  { bit: 32, set: 'transactional memory (TM)' },
  { bit: 25, set: 'vector or SPE unit (VEC)' },
  { bit: 23, set: 'vector-scalar unit (VSX)' },
  { bit: 15, set: 'interrupts on (EE)', clear: 'interrupts off' },
  { bit: 14, set: 'user mode (PR)', clear: 'kernel mode' },
  { bit: 13, set: 'floating point (FP)' },
  { bit: 12, set: 'machine checks on (ME)', clear: 'machine checks off' },
  { bit: 10, set: 'single step (SE)' },
  { bit: 9, set: 'branch trace or debug (BE)' },
  { bit: 5, set: 'instruction relocation (IR)' },
  { bit: 4, set: 'data relocation (DR)' },
  { bit: 2, set: 'performance monitor marked (PMM)' },
  { bit: 1, set: 'recoverable (RI)' },
  { bit: 0, set: 'little-endian (LE)' },
]

/** The names that print_msr_bits() uses → their words. */
const printedNames: Readonly<Record<string, string>> = {
  SF: '64-bit (SF)',
  HV: 'hypervisor (HV)',
  VEC: 'vector unit (VEC)',
  VSX: 'vector-scalar unit (VSX)',
  CE: 'critical interrupts on (CE)',
  EE: 'interrupts on (EE)',
  PR: 'user mode (PR)',
  FP: 'floating point (FP)',
  ME: 'machine checks on (ME)',
  DE: 'debug interrupts on (DE)',
  SE: 'single step (SE)',
  BE: 'branch trace (BE)',
  IR: 'instruction relocation (IR)',
  DR: 'data relocation (DR)',
  IS: 'instruction address space 1 (IS)',
  DS: 'data address space 1 (DS)',
  PMM: 'performance monitor marked (PMM)',
  RI: 'recoverable (RI)',
  LE: 'little-endian (LE)',
  E: 'transactional memory (TM)',
  S: 'transaction suspended (TS)',
  T: 'in a transaction (TS)',
}

/** The words for the names between `<` and `>` of an MSR line: 'SF,EE,ME,IR,DR'. */
export function describePrintedMsr(names: string): string[] {
  return names
    .split(/[,[\]]/)
    .filter(name => name !== '' && name !== 'TM')
    .map(name => printedNames[name] ?? name)
}

// Book3S-64, -32 and Book E share most numbers; where a number means different things, the words name each.
const traps: Readonly<Record<number, string>> = {
  256: 'system reset or critical input',
  512: 'machine check',
  608: 'doorbell',
  640: 'doorbell',
  768: 'data access',
  896: 'data segment',
  1024: 'instruction access',
  1152: 'instruction segment',
  1280: 'external interrupt',
  1536: 'alignment',
  1792: 'program check',
  2048: 'floating point unavailable',
  2304: 'decrementer',
  2432: 'hypervisor decrementer or fixed-interval timer',
  2544: 'watchdog timer',
  2560: 'doorbell',
  3072: 'system call',
  3328: 'trace or debug',
  3584: 'hypervisor data access',
  3616: 'hypervisor instruction access',
  3648: 'hypervisor emulation assistance',
  3680: 'hypervisor maintenance',
  3712: 'hypervisor doorbell',
  3744: 'hypervisor virtualization',
  3840: 'performance monitor',
  3872: 'vector unavailable',
  3904: 'vector-scalar unavailable',
  3936: 'facility unavailable',
  3968: 'hypervisor facility unavailable',
  4096: 'software emulation or instruction TLB miss',
  4128: 'watchdog timer',
  4352: 'data or instruction TLB miss on load',
  4608: 'data TLB miss on store or system error',
  4864: 'instruction breakpoint or instruction TLB error',
  5120: 'system management or data TLB error',
  5376: 'denormalised operand',
  5632: 'maintenance or vector assist',
  5888: 'thermal or vector assist',
  6144: 'thermal',
  7168: 'data breakpoint',
  7424: 'instruction breakpoint',
  8192: 'run mode or debug',
  8208: 'SPE unavailable',
  8240: 'SPE floating point data',
  8256: 'SPE floating point round',
  8288: 'performance monitor',
  8304: 'doorbell',
  12288: 'system call vectored',
}

/** The vector behind a printed trap number; its low four bits say how the registers were saved. */
export function trapVector(trap: bigint): number {
  return Number(trap & ~0xfn)
}

/** The interrupt that a trap number stands for. */
export function describeTrap(trap: bigint): string[] {
  const name = traps[trapVector(trap)]
  return name === undefined ? [] : [name]
}

const dsisr: readonly Bit[] = [
  { bit: 31, set: 'direct store' },
  { bit: 30, set: 'page not present' },
  { bit: 27, set: 'protection violation' },
  { bit: 26, set: 'storage attribute mismatch or atomic on uncached memory' },
  { bit: 25, set: 'store', clear: 'load' },
  { bit: 22, set: 'watchpoint' },
  { bit: 21, set: 'protection key' },
  { bit: 19, set: 'unsupported radix tree configuration' },
  { bit: 18, set: 'reference or change bit could not be set' },
  { bit: 17, set: 'process table entry not found' },
]

// Book E exception syndrome
const esr: readonly Bit[] = [
  { bit: 27, set: 'illegal instruction (PIL)' },
  { bit: 26, set: 'privileged instruction (PPR)' },
  { bit: 25, set: 'trap (PTR)' },
  { bit: 24, set: 'floating point (FP)' },
  { bit: 23, set: 'store (ST)' },
  { bit: 21, set: 'data cache locking (DLK)' },
  { bit: 20, set: 'instruction cache locking (ILK)' },
  { bit: 17, set: 'byte ordering (BO)' },
  { bit: 7, set: 'SPE (SPV)' },
]

// What SRR1, printed as MSR, adds for the trap that was taken
const programReasons: readonly Bit[] = [
  { bit: 21, set: 'transactional memory' },
  { bit: 20, set: 'floating point' },
  { bit: 19, set: 'illegal instruction' },
  { bit: 18, set: 'privileged instruction' },
  { bit: 17, set: 'trap instruction' },
]
const fetchReasons: readonly Bit[] = [
  { bit: 30, set: 'page not present' },
  { bit: 28, set: 'no execute' },
  { bit: 27, set: 'protection violation' },
]

export const describeProgramReason = (srr1: bigint): string[] => describeBits(programReasons, srr1)
export const describeFetchReason = (srr1: bigint): string[] => describeBits(fetchReasons, srr1)
export const isStore = (value: bigint): boolean => isSet(value, 25)
export const isBookeStore = (value: bigint): boolean => isSet(value, 23)
export const isProblemState = (value: bigint): boolean => isSet(value, 14)

/** Flags of a register or the trap number in words. */
export function decodePowerpc(name: string, value: bigint): string[] | undefined {
  switch (name) {
    case 'MSR':
      return describeBits(msr, value)
    case 'TRAP':
      return describeTrap(value)
    case 'DSISR':
      return describeBits(dsisr, value)
    case 'ESR':
      return describeBits(esr, value)
    case 'IRQMASK':
      return value === 0n
        ? ['interrupts not masked']
        : [value === 1n ? 'interrupts masked' : 'interrupts and PMU masked']
    default:
      return undefined
  }
}
