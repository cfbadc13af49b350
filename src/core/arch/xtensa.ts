import type { Arch, ArchLine } from './arch.ts'
import { type Bit, describeBits, field } from './bits.ts'
import { formReader, type LineForm, pairForms, processForm } from './forms.ts'
import { hex, numberOf } from './printed.ts'
import { readPairs, readValues, widths } from './registers.ts'

// arch/xtensa/kernel/traps.c, show_regs():
//   a00: 8012345a 00a2ffd0 00000000 00001234 00000000 00000001 00a2fff0 00000000
//   pc: 80123456, ps: 00060a20, depc: 00000018, excvaddr: 00000000
//   lbeg: 80123400, lend: 80123410 lcount: 00000000, sar: 0000001f
//   wb: 00000001, ws: 0000000f, wmask: 00000001, syscall: 4
const known = new Map(widths(8, ['pc', 'ps', 'depc', 'excvaddr', 'lbeg', 'lend', 'lcount', 'sar', 'wb', 'ws', 'wmask']))

const addressForm: LineForm = {
  starts: 'a',
  read(line, at) {
    const match = /^(\d\d):/.exec(line.slice(at, at + 3))
    if (!match) return undefined
    const first = Number(match[1])
    const values = readValues(line, at + 3, 8, Math.min(8, 16 - first))
    if (values.length === 0) return undefined
    const registers: Record<string, string> = {}
    for (const [index, value] of values.entries()) registers[`a${String(first + index).padStart(2, '0')}`] = value
    return first === 0 ? { begins: true, registers } : { registers }
  },
}

const pcForm: LineForm = {
  starts: 'pc: ',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    const address = row?.registers['pc']
    if (!row || address === undefined) return undefined
    const found: ArchLine = { registers: row.registers, pc: { address } }
    const ps = numberOf(row.registers['ps'])
    // PS.RING is 0 in the kernel; PS.UM alone does not tell, it is set there as well.
    if (ps !== undefined) found.mode = field(ps, 6, 7) === 0 ? 'kernel' : 'user'
    return found
  },
}

// Unable to handle kernel paging request at virtual address 00000000      bad_page_fault(), arch/xtensa/mm/fault.c
//  pc = 80123456, ra = 8012345a
const unableForm: LineForm = {
  starts: 'Unable to handle kernel paging request at virtual address ',
  read(line, at) {
    const match = /^([0-9a-f]{8})\s*$/.exec(line.slice(at, at + 12))
    return match ? { fault: { address: hex(match[1]!), mode: 'kernel' } } : undefined
  },
}
const shortPc: LineForm = {
  starts: 'pc = ',
  read(line, at) {
    const match = /^([0-9a-f]{8}), ra = ([0-9a-f]{8})\s*$/.exec(line.slice(at, at + 26))
    return match ? { pc: { address: hex(match[1]!) }, link: { address: hex(match[2]!) } } : undefined
  },
}

// Xtensa ISA reference manual, table "PS register fields"
const ps: readonly Bit[] = [
  { low: 0, high: 3, values: { 0: 'interrupts on' }, otherwise: level => `interrupts masked to level ${level}` },
  { bit: 4, set: 'exception mode (EXCM)' },
  { bit: 5, set: 'user vector mode (UM)' },
  { low: 6, high: 7, values: { 0: 'ring 0', 1: 'ring 1', 2: 'ring 2', 3: 'ring 3' } },
  { bit: 18, set: 'window overflow detection (WOE)' },
]

const read = formReader([pcForm, addressForm, unableForm, shortPc, processForm, ...pairForms(known)])

export const xtensa: Arch = {
  name: 'xtensa',
  elfMachine: 94, // EM_XTENSA
  wordBytes: 4,
  byteOrder: 'either',
  roles: { programCounter: 'pc', stackPointer: 'a01', returnAddress: 'a00', faultAddress: 'excvaddr' },
  signatures: [/^\s*(?:a(?:00|04|08|12): [0-9a-f]{8} [0-9a-f]{8}|pc: [0-9a-f]{8}, ps: |lbeg: [0-9a-f]{8}, lend: )/],
  read,
  starts: read.starts,
  decodeRegister: (name, value) => (name === 'ps' ? describeBits(ps, value) : undefined),
}
