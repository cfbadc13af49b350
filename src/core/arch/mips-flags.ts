// Flags of MIPS registers in words, and what they tell of a fault.

import type { FaultInfo, KindName } from '../model.ts'
import { type Bit, describeBits, field, isSet } from './bits.ts'
import { numberOf } from './printed.ts'

type Registers = Readonly<Record<string, string>>

// MIPS64 PRA (MD00091) table 9.54 "Cause register ExcCode field"
const exceptionCodes: Readonly<Record<number, string>> = {
  0: 'interrupt',
  1: 'TLB modification',
  2: 'TLB miss on load or fetch',
  3: 'TLB miss on store',
  4: 'address error on load or fetch',
  5: 'address error on store',
  6: 'bus error on fetch',
  7: 'bus error on data',
  8: 'system call',
  9: 'breakpoint',
  10: 'reserved instruction',
  11: 'coprocessor unusable',
  12: 'arithmetic overflow',
  13: 'trap',
  14: 'MSA floating point',
  15: 'floating point',
  16: 'implementation-defined (16)',
  18: 'coprocessor 2',
  19: 'TLB read inhibit',
  20: 'TLB execute inhibit',
  21: 'MSA disabled',
  22: 'MDMX unusable',
  23: 'watchpoint',
  24: 'machine check',
  25: 'thread',
  26: 'DSP disabled',
  27: 'virtualised guest',
  30: 'cache error',
}

const exceptionCode = (cause: bigint): number => field(cause, 2, 6)

const cause: readonly Bit[] = [
  { low: 2, high: 6, values: exceptionCodes, otherwise: value => `exception code ${value}` },
  { bit: 31, set: 'in a branch delay slot (BD)' },
]

// R4000 and later; an R3000 uses bits 5:0 for its three pairs, which only the words on the line can tell.
const status: readonly Bit[] = [
  { bit: 0, set: 'interrupts on (IE)', clear: 'interrupts off' },
  { bit: 1, set: 'exception level (EXL)' },
  { bit: 2, set: 'error level (ERL)' },
  { low: 3, high: 4, values: { 0: 'kernel mode', 1: 'supervisor mode', 2: 'user mode', 3: 'bad mode' } },
  { bit: 5, set: '64-bit user addresses (UX)' },
  { bit: 6, set: '64-bit supervisor addresses (SX)' },
  { bit: 7, set: '64-bit kernel addresses (KX)' },
  { bit: 22, set: 'boot vectors (BEV)' },
  { bit: 28, set: 'coprocessor 0 for users (CU0)' },
  { bit: 29, set: 'floating point (CU1)' },
]

/** Flags of Status and Cause in words. */
export function decodeMips(name: string, value: bigint): string[] | undefined {
  if (name === 'Cause') return describeBits(cause, value)
  return name === 'Status' ? describeBits(status, value) : undefined
}

const accesses: Readonly<Record<number, 'read' | 'write' | 'execute'>> = {
  1: 'write',
  2: 'read',
  3: 'write',
  4: 'read',
  5: 'write',
  6: 'execute',
  19: 'read',
  20: 'execute',
}

/** What Cause, BadVA and Status say. A load and a fetch share a code; the fetch is known by BadVA being epc. */
export function describeFault(registers: Registers): FaultInfo | undefined {
  const value = numberOf(registers['Cause'])
  if (value === undefined) return undefined
  const code = exceptionCode(value)
  const fault: FaultInfo = { code: registers['Cause']!, decoded: describeBits(cause, value) }
  const badAddress = code >= 1 && code <= 5 ? registers['BadVA'] : undefined
  if (badAddress !== undefined) fault.address = badAddress
  const access = badAddress !== undefined && badAddress === registers['epc'] ? 'execute' : accesses[code]
  if (access !== undefined) fault.access = access
  const mode = numberOf(registers['Status'])
  if (mode !== undefined) fault.mode = isSet(mode, 4) && !isSet(mode, 3) ? 'user' : 'kernel'
  return fault
}

export function kindOfTrap(registers: Registers): KindName | undefined {
  const value = numberOf(registers['Cause'])
  switch (value === undefined ? 0 : exceptionCode(value)) {
    case 1:
    case 2:
    case 3:
    case 19:
    case 20:
      return 'page-fault'
    case 4:
    case 5:
      return 'unaligned'
    case 6:
    case 7:
      return 'bus-error'
    case 9:
    case 13:
      return 'bug-on'
    case 10:
    case 11:
      return 'illegal-instruction'
    case 24:
    case 30:
      return 'machine-check'
    default:
      return undefined
  }
}
