import type { FaultInfo } from '../model.ts'
import type { Arch, ArchLine } from './arch.ts'
import { isSet } from './bits.ts'
import { codeForm, formReader, type LineForm, pairForms, readTitleTask, symbolForm } from './forms.ts'
import { hex, numberOf } from './printed.ts'
import { numbered, readPairs, widths } from './registers.ts'

// arch/alpha/kernel/traps.c, dik_show_regs():
//   pc = [<fffffc0000312345>]  ra = [<fffffc0000312340>]  ps = 0000    Not tainted
//   pc is at fl_null_write+0x14/0x20
//   ra is at fl_run+0x40/0x600
//   v0 = 0000000000000000  t0 = 0000000000000001  t1 = fffffc0000a12345
//   t11= 0000000000000000  pv = fffffc0000312300  at = 0000000000000000
//   gp = fffffc0000b12345  sp = fffffc0001234000
// arch/alpha/kernel/process.c, show_regs() of 2.4:
//   ps: 0000 pc: [<fffffc0000312345>] CPU 0    Not tainted
//   rp: [<fffffc0000312340>] sp: fffffc0001234000
//    r0: 0000000000000000  r1: 0000000000000001  r2: …  r3: …
const known = new Map([
  ...widths(16, ['pc', 'ra', 'rp', 'v0', 'pv', 'at', 'gp', 'sp', 'hae']),
  ...widths(16, [...numbered('t', 12), ...numbered('s', 7), ...numbered('a', 6), ...numbered('r', 31)]),
  ...widths(4, ['ps']),
])

function readState(line: string, _at: number, from: number): ArchLine | undefined {
  const row = readPairs(line, from, known)
  const address = row?.registers['pc']
  if (!row || address === undefined) return undefined
  const found: ArchLine = { begins: true, registers: row.registers, pc: { address } }
  const ps = numberOf(row.registers['ps'])
  // PS<3> is the current mode.
  if (ps !== undefined) found.mode = isSet(ps, 3) ? 'user' : 'kernel'
  return found
}

const stateForms: LineForm[] = ['pc = [<', 'ps: '].map(starts => ({ starts, read: readState }))

// Unable to handle kernel paging request at virtual address 0000000000000000
const unableForm: LineForm = {
  starts: 'Unable to handle kernel paging request at virtual address ',
  read(line, at) {
    const match = /^([0-9a-f]{16})\s*$/.exec(line.slice(at, at + 24))
    if (!match) return undefined
    const fault: FaultInfo = { address: hex(match[1]!), mode: 'kernel' }
    return { fault }
  },
}

// CPU 1 sh(123): Oops -1              the name on the next line where printk was not continued
function readCpu(line: string, at: number): ArchLine | undefined {
  const alone = /^(\d{1,5})\s*$/.exec(line.slice(at, at + 12))
  return alone ? { task: { cpu: Number(alone[1]) } } : readTitleTask(line, title)
}

const readRows = formReader([
  ...stateForms,
  symbolForm('pc is at ', 'pc'),
  symbolForm('ra is at ', 'link'),
  codeForm,
  unableForm,
  ...pairForms(known),
  { starts: 'CPU ', read: readCpu },
])

// die_if_kernel():  sh(123): Oops 0          CPU 1 sh(123): Oops -1          swapper(1): Kernel Bug 1
const title =
  /^(?:Oops|Kernel Bug|Instruction fault|Arithmetic fault|Unhandled unaligned exception|Unaligned access) -?\d{1,5}\s*$/

export const alpha: Arch = {
  name: 'alpha',
  elfMachine: 0x9026, // EM_ALPHA
  wordBytes: 8,
  byteOrder: 'little',
  roles: { programCounter: 'pc', stackPointer: 'sp', returnAddress: 'ra', framePointer: 's6' },
  signatures: [
    /^\s*(?:pc = \[<[0-9a-f]{16}>\]|(?:pc|ra) is at [\w.$]+\+0x|[a-z][a-z0-9]\d?\s?= [0-9a-f]{16}\s|ps: [0-9a-f]{4} pc: \[<[0-9a-f]{16}|\[<fffffc[0-9a-f]{10}>\])/,
  ],
  read: line => readRows(line) ?? readTitleTask(line, title),
  starts: readRows.starts,
}
