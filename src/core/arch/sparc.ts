import type { Arch, ArchLine } from './arch.ts'
import { type Bit, describeBits, isSet } from './bits.ts'
import { formReader, type LineForm, pairForms, readTitleTask } from './forms.ts'
import { numberOf } from './printed.ts'
import { nameValues, numbered, readPairs, readValues, widths } from './registers.ts'
import { angledPlace, contextForms, dieTitle, kernelFaultForms, sparcCode } from './sparc-lines.ts'

// arch/sparc/kernel/process_32.c, show_regs():
//   PSR: 1f0010c7 PC: f0012345 NPC: f0012349 Y: 00000000    Not tainted
//   PC: <fl_null_write+0x14/0x20>
//   %G: 00000000 f0012000  00000001 00000002  00000003 00000004  f0100000 00000000
//   RPC: <fl_run+0x40/0x600>
// 2.4: g0: 00000000 g1: f0012000 g2: … g7: …, all eight on one line
const known = new Map([
  ...widths(8, ['PSR', 'PC', 'NPC', 'Y', 'sp', 'fp', 'ret_pc']),
  ...widths(8, [...numbered('g', 8), ...numbered('o', 8), ...numbered('l', 8), ...numbered('i', 8)]),
])

// sparc v8 manual §4.2 "Processor State Register (PSR)"
const psr: readonly Bit[] = [
  { bit: 23, set: 'negative (N)' },
  { bit: 22, set: 'zero (Z)' },
  { bit: 21, set: 'overflow (V)' },
  { bit: 20, set: 'carry (C)' },
  { bit: 12, set: 'floating point (EF)' },
  { bit: 7, set: 'supervisor (S)', clear: 'user mode' },
  { bit: 6, set: 'from supervisor (PS)', clear: 'from user mode' },
  { bit: 5, set: 'traps on (ET)', clear: 'traps off' },
]

const stateForm: LineForm = {
  starts: 'PSR:',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    if (!row) return undefined
    const found: ArchLine = { begins: true, registers: row.registers }
    const address = row.registers['PC']
    if (address !== undefined) found.pc = { address }
    const state = numberOf(row.registers['PSR'])
    if (state !== undefined) found.mode = isSet(state, 6) ? 'kernel' : 'user'
    return found
  },
}

const windowForms: LineForm[] = ['G', 'O', 'L', 'I'].map(bank => ({
  starts: `%${bank}:`,
  read(line, at) {
    const values = readValues(line, at, 8, 8)
    return values.length > 0 ? { registers: nameValues(bank.toLowerCase(), 0, values) } : undefined
  },
}))

const readRows = formReader([
  stateForm,
  angledPlace('PC: <', 'pc'),
  angledPlace('RPC: <', 'link'),
  ...windowForms,
  sparcCode,
  ...contextForms,
  ...kernelFaultForms(8),
  ...pairForms(known),
])

export const sparc: Arch = {
  name: 'sparc',
  elfMachine: 2, // EM_SPARC
  wordBytes: 4,
  byteOrder: 'big',
  roles: { programCounter: 'PC', stackPointer: 'o6', returnAddress: 'o7', framePointer: 'i6' },
  signatures: [
    /^\s*(?:PSR: [0-9a-f]{8} PC: |PC: <[\w.$]+\+0x|%[GOLI]: [0-9a-f]{8} |[goli]0: [0-9a-f]{8} [goli]1: |tsk->\{mm,active_mm\}->(?:context|pgd) = [0-9a-f]{8}\s*$)/,
  ],
  read: line => readRows(line) ?? readTitleTask(line, dieTitle),
  starts: readRows.starts,
  decodeRegister: (name, value) => (name === 'PSR' ? describeBits(psr, value) : undefined),
}
