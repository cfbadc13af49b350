import type { Arch, ArchLine } from './arch.ts'
import { type Bit, describeBits, isSet } from './bits.ts'
import { formReader, type LineForm, pairForms, processColonForm, symbolForm } from './forms.ts'
import { pageTableForm, pgdForm } from './page-table.ts'
import { hex, numberOf } from './printed.ts'
import { numbered, readPairs, widths } from './registers.ts'

// arch/sh/kernel/process_32.c, show_regs():
//   PC is at fl_null_write+0x14/0x20
//   PR is at fl_run+0x40/0x600
//   PC  : 8c123456 SP  : 8f1c1f00 SR  : 40008100 TEA : 00000000
//   R0  : 00000000 R1  : 00001234 R2  : 8f1c1f10 R3  : 00000000
//   MACH: 00000000 MACL: 00000000 GBR : 29560480 PR  : 8c123400
const known = new Map(widths(8, ['PC', 'SP', 'SR', 'TEA', 'MACH', 'MACL', 'GBR', 'PR', ...numbered('R', 15)]))

// SH-4 software manual §2.2.4 "Control registers"
const status: readonly Bit[] = [
  { bit: 30, set: 'privileged (MD)', clear: 'user mode' },
  { bit: 29, set: 'register bank 1 (RB)' },
  { bit: 28, set: 'exceptions blocked (BL)' },
  { bit: 15, set: 'floating point off (FD)' },
  { low: 4, high: 7, values: { 0: 'interrupts on' }, otherwise: level => `interrupts masked to level ${level}` },
  { bit: 1, set: 'S' },
  { bit: 0, set: 'true (T)' },
]

const pcForm: LineForm = {
  starts: 'PC  : ',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    const address = row?.registers['PC']
    if (!row || address === undefined) return undefined
    const found: ArchLine = { registers: row.registers, pc: { address } }
    const value = numberOf(row.registers['SR'])
    if (value !== undefined) found.mode = isSet(value, 30) ? 'kernel' : 'user'
    return found
  },
}

// BUG: unable to handle kernel NULL pointer dereference at 00000000      2.6.38+, show_fault_oops()
// PC: [<8c123456>] fl_null_write+0x14/0x20
// Unable to handle kernel NULL pointer dereference at virtual address 00000000          until then
// pc = 8c123456
const faultForms: LineForm[] = ['BUG: unable to handle kernel ', 'Unable to handle kernel '].map(starts => ({
  starts,
  read(line, at) {
    const match = /^(?:NULL pointer dereference|paging request) at (?:virtual address )?([0-9a-f]{8})\s*$/.exec(
      line.slice(at, at + 80),
    )
    return match ? { fault: { address: hex(match[1]!), mode: 'kernel' } } : undefined
  },
}))
const shortPc: LineForm = {
  starts: 'pc = ',
  read(line, at) {
    const match = /^([0-9a-f]{8})\s*$/.exec(line.slice(at, at + 12))
    return match ? { pc: { address: hex(match[1]!) } } : undefined
  },
}

const read = formReader([
  symbolForm('PC is at ', 'pc', { begins: true }),
  symbolForm('PR is at ', 'link'),
  pcForm,
  symbolForm('PC: ', 'pc'),
  ...faultForms,
  shortPc,
  pgdForm(8),
  pageTableForm([8], [8, 16]),
  processColonForm,
  ...pairForms(known),
])

export const sh: Arch = {
  name: 'sh',
  elfMachine: 42, // EM_SH
  wordBytes: 4,
  byteOrder: 'either',
  roles: {
    programCounter: 'PC',
    stackPointer: 'SP',
    returnAddress: 'PR',
    framePointer: 'R14',
    faultAddress: 'TEA',
  },
  signatures: [
    /^\s*(?:PR is at |PC {2}: [0-9a-f]{8} SP {2}: |R(?:0|4|8|12) *: [0-9a-f]{8} R(?:1|5|9|13) *: |MACH: [0-9a-f]{8} MACL: )/,
  ],
  read,
  starts: read.starts,
  decodeRegister: (name, value) => (name === 'SR' ? describeBits(status, value) : undefined),
}
