import type { FaultInfo } from '../model.ts'
import type { Arch, ArchLine } from './arch.ts'
import { type Bit, describeBits, isSet } from './bits.ts'
import { formReader, type LineForm, pairForms, readTitleTask } from './forms.ts'
import { numberOf } from './printed.ts'
import { numbered, readPairs, widths } from './registers.ts'
import { angledPlace, contextForms, dieTitle, kernelFaultForms, sparcCode } from './sparc-lines.ts'

// arch/sparc/kernel/process_64.c, show_regs():
//   TSTATE: 0000004411001603 TPC: 00000000104a8014 TNPC: 00000000104a8018 Y: 00000000    Not tainted
//   TPC: <fl_null_write+0x14/0x20 [fltrig]>
//   g0: 0000000000000000 g1: 0000000000000000 g2: 0000000000001234 g3: 0000000000b2a000
//   o4: 0000000000000000 o5: 0000000000000000 sp: fff000001f2ff1a1 ret_pc: 00000000104a80a0
//   RPC: <fl_run+0x40/0x600 [fltrig]>
//   I7: <fl_write+0x70/0xa0 [fltrig]>
const known = new Map([
  ...widths(16, ['TSTATE', 'TPC', 'TNPC', 'sp', 'fp', 'ret_pc']),
  ...widths(16, [...numbered('g', 8), ...numbered('o', 8), ...numbered('l', 8), ...numbered('i', 8)]),
  // 8 digits but for the first ports
  ...widths(0, ['Y']),
])

// sparc v9 manual §6.4.3 "Trap State (TSTATE)"; asm/tstate.h
const tstate: readonly Bit[] = [
  { bit: 35, set: 'negative (N)' },
  { bit: 34, set: 'zero (Z)' },
  { bit: 33, set: 'overflow (V)' },
  { bit: 32, set: 'carry (C)' },
  { bit: 17, set: 'little-endian data (CLE)' },
  { bit: 12, set: 'floating point (PEF)' },
  { bit: 11, set: '32-bit addresses (AM)' },
  { bit: 10, set: 'privileged (PRIV)', clear: 'user mode' },
  { bit: 9, set: 'interrupts on (IE)', clear: 'interrupts off' },
]

const stateForm: LineForm = {
  starts: 'TSTATE:',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    if (!row) return undefined
    const found: ArchLine = { begins: true, registers: row.registers }
    const address = row.registers['TPC']
    if (address !== undefined) found.pc = { address }
    const state = numberOf(row.registers['TSTATE'])
    if (state !== undefined) found.mode = isSet(state, 10) ? 'kernel' : 'user'
    return found
  },
}

const readRows = formReader([
  stateForm,
  angledPlace('TPC: <', 'pc'),
  angledPlace('RPC: <', 'link'),
  sparcCode,
  ...contextForms,
  ...kernelFaultForms(16),
  ...pairForms(known),
])

function describeFault(registers: Readonly<Record<string, string>>): FaultInfo | undefined {
  const state = numberOf(registers['TSTATE'])
  return state === undefined ? undefined : { mode: isSet(state, 10) ? 'kernel' : 'user' }
}

export const sparc64: Arch = {
  name: 'sparc64',
  elfMachine: 43, // EM_SPARCV9
  wordBytes: 8,
  byteOrder: 'big',
  roles: { programCounter: 'TPC', stackPointer: 'sp', returnAddress: 'ret_pc', framePointer: 'i6' },
  signatures: [
    /^\s*(?:TSTATE: [0-9a-f]{16}|TPC: <|[gol][04]: [0-9a-f]{16} [gol][15]: |i[04]: [0-9a-f]{16} i[15]: |I7: <|tsk->\{mm,active_mm\}->(?:context|pgd) = [0-9a-f]{16}|\[[0-9a-f]{16}\] [A-Za-z_.]|\[<0[0-9a-f]{15}>\] (?:ret_from_fork\+0x1c\/0x2c|linux_sparc_syscall))/,
  ],
  read: line => readRows(line) ?? readTitleTask(line, dieTitle),
  starts: readRows.starts,
  decodeRegister: (name, value) => (name === 'TSTATE' ? describeBits(tstate, value) : undefined),
  describeFault,
}
