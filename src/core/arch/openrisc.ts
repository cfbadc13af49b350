import type { Arch, ArchLine } from './arch.ts'
import { type Bit, describeBits, isSet } from './bits.ts'
import { codeForm, formReader, type LineForm, processForm } from './forms.ts'
import { hex, numberOf } from './printed.ts'
import { readPairs, widths } from './registers.ts'

// arch/openrisc/kernel/traps.c, show_registers():
//   CPU #: 0
//      PC: c0012345    SR: 0000807f    SP: c1234000
//   GPR00: 00000000 GPR01: c1234000 GPR02: c1234100 GPR03: 00000001
//     RES: 00000000 oGPR11: ffffffff syscallno: ffffffff
const general = Array.from({ length: 32 }, (_, index) => `GPR${String(index).padStart(2, '0')}`)
const known = new Map(widths(8, ['PC', 'SR', 'SP', ...general, 'RES', 'oGPR11', 'orig_gpr11', 'syscallno']))

// OpenRISC 1000 architecture manual §4.4 "Supervision Register (SR)"
const status: readonly Bit[] = [
  { bit: 0, set: 'supervisor (SM)', clear: 'user mode' },
  { bit: 1, set: 'timer interrupts on (TEE)' },
  { bit: 2, set: 'interrupts on (IEE)', clear: 'interrupts off' },
  { bit: 3, set: 'data cache (DCE)' },
  { bit: 4, set: 'instruction cache (ICE)' },
  { bit: 5, set: 'data translation (DME)' },
  { bit: 6, set: 'instruction translation (IME)' },
  { bit: 9, set: 'flag (F)' },
  { bit: 10, set: 'carry (CY)' },
  { bit: 11, set: 'overflow (OV)' },
]

const pcForm: LineForm = {
  starts: 'PC: ',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    const address = row?.registers['PC']
    // "SR" behind it: a lone PC is another architecture's.
    if (!row || address === undefined || row.registers['SR'] === undefined) return undefined
    const found: ArchLine = { begins: true, registers: row.registers, pc: { address } }
    found.mode = isSet(numberOf(row.registers['SR'])!, 0) ? 'kernel' : 'user'
    return found
  },
}

const cpuForm: LineForm = {
  starts: 'CPU #: ',
  read(line, at) {
    const match = /^(\d{1,5})\s*$/.exec(line.slice(at, at + 12))
    return match ? { task: { cpu: Number(match[1]) } } : undefined
  },
}

// Powerpc's rows have one name and several values; here each value has its own.
const generalForm: LineForm = {
  starts: 'GPR',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    return row && row.count > 1 ? { registers: row.registers } : undefined
  },
}

const resultForm: LineForm = {
  starts: 'RES: ',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    return row && { registers: row.registers }
  },
}

// Unable to handle kernel access                       arch/openrisc/mm/fault.c
//  at virtual address 0x00000000
const addressForm: LineForm = {
  starts: 'at virtual address 0x',
  read(line, at) {
    const match = /^([0-9a-f]{8})\s*$/.exec(line.slice(at, at + 12))
    return match ? { fault: { address: hex(match[1]!), mode: 'kernel' } } : undefined
  },
}

const read = formReader([pcForm, cpuForm, generalForm, addressForm, codeForm, processForm, resultForm])

export const openrisc: Arch = {
  name: 'openrisc',
  elfMachine: 92, // EM_OPENRISC
  wordBytes: 4,
  byteOrder: 'big',
  roles: { programCounter: 'PC', stackPointer: 'GPR01', returnAddress: 'GPR09', framePointer: 'GPR02' },
  signatures: [
    /^\s*(?:CPU #: \d|PC: [0-9a-f]{8} {4}SR: |GPR\d\d: [0-9a-f]{8} GPR\d\d: |RES: [0-9a-f]{8} oGPR11: |Oops#: [0-9a-f]{4})/,
  ],
  read,
  starts: read.starts,
  decodeRegister: (name, value) => (name === 'SR' ? describeBits(status, value) : undefined),
}
