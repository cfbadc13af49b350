// Flags of RISC-V registers in words, and what they tell of a fault.

import type { FaultInfo, KindName } from '../model.ts'
import { type Bit, describeBits, field, isSet } from './bits.ts'
import { numberOf } from './printed.ts'

type Registers = Readonly<Record<string, string>>

// The RISC-V privileged specification, volume II, table "Supervisor cause register (scause) values"
const exceptions: Readonly<Record<number, string>> = {
  0: 'instruction address misaligned',
  1: 'instruction access fault',
  2: 'illegal instruction',
  3: 'breakpoint',
  4: 'load address misaligned',
  5: 'load access fault',
  6: 'store address misaligned',
  7: 'store access fault',
  8: 'environment call from user mode',
  9: 'environment call from supervisor mode',
  12: 'instruction page fault',
  13: 'load page fault',
  15: 'store page fault',
  18: 'software check',
  19: 'hardware error',
}
const interrupts: Readonly<Record<number, string>> = {
  1: 'software interrupt',
  5: 'timer interrupt',
  9: 'external interrupt',
}

const status: readonly Bit[] = [
  { bit: 1, set: 'interrupts on (SIE)', clear: 'interrupts off' },
  { bit: 5, set: 'interrupts were on (SPIE)' },
  { bit: 8, set: 'from supervisor mode (SPP)', clear: 'from user mode' },
  { low: 9, high: 10, values: { 0: '', 1: 'vector initial', 2: 'vector clean', 3: 'vector dirty' } },
  {
    low: 13,
    high: 14,
    values: {
      0: 'floating point off',
      1: 'floating point initial',
      2: 'floating point clean',
      3: 'floating point dirty',
    },
  },
  { bit: 18, set: 'user memory open (SUM)' },
  { bit: 19, set: 'executable is readable (MXR)' },
]

/** An interrupt has the top bit of the register set. */
function isInterrupt(printed: string): boolean {
  return printed.length === 18 || printed.length === 10 ? Number.parseInt(printed[2]!, 16) >= 8 : false
}

export function decodeRiscv(name: string, value: bigint): string[] | undefined {
  if (name === 'status' || name === 'sstatus') return describeBits(status, value)
  if (name !== 'cause' && name !== 'scause') return undefined
  const interrupt = value >= 1n << 63n || (value >= 1n << 31n && value < 1n << 32n)
  const code = field(value, 0, 7)
  return [(interrupt ? interrupts[code] : exceptions[code]) ?? `${interrupt ? 'interrupt' : 'exception'} ${code}`]
}

const accesses: Readonly<Record<number, 'read' | 'write' | 'execute'>> = {
  0: 'execute',
  1: 'execute',
  4: 'read',
  5: 'read',
  6: 'write',
  7: 'write',
  12: 'execute',
  13: 'read',
  15: 'write',
}

/** What cause, badaddr and status say. badaddr is an address for the faults that have an access; else it may be an opcode. */
export function describeFault(registers: Registers): FaultInfo | undefined {
  const printed = registers['cause'] ?? registers['scause']
  const value = numberOf(printed)
  if (printed === undefined || value === undefined || isInterrupt(printed)) return undefined
  const fault: FaultInfo = { code: printed, decoded: decodeRiscv('cause', value)! }
  const access = accesses[field(value, 0, 7)]
  const address = registers['badaddr'] ?? registers['sbadaddr']
  if (access !== undefined) fault.access = access
  if (access !== undefined && address !== undefined) fault.address = address
  const mode = numberOf(registers['status'] ?? registers['sstatus'])
  if (mode !== undefined) fault.mode = isSet(mode, 8) ? 'kernel' : 'user'
  return fault
}

export function kindOfTrap(registers: Registers): KindName | undefined {
  const printed = registers['cause'] ?? registers['scause']
  const value = numberOf(printed)
  if (printed === undefined || value === undefined || isInterrupt(printed)) return undefined
  switch (field(value, 0, 7)) {
    case 0:
    case 4:
    case 6:
      return 'unaligned'
    case 1:
    case 5:
    case 7:
      return 'bus-error'
    case 2:
      return 'illegal-instruction'
    case 3:
      return 'bug-on'
    case 12:
    case 13:
    case 15:
      return 'page-fault'
    case 18:
      return 'control-flow'
    case 19:
      return 'hardware-error'
    default:
      return undefined
  }
}
