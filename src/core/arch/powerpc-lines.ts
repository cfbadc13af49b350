// The lines that both widths of PowerPC print: arch/powerpc/kernel/process.c, __show_regs() and show_instructions();
// mm/fault.c, bad_page_fault(); kernel/traps.c, die(). 2.4: arch/ppc/kernel/process.c, show_regs().

import type { ArchLine } from './arch.ts'
import { readBareRow, readCode } from './code.ts'
import { codeForm, type FormReader, formReader, type LineForm, pairForms } from './forms.ts'
import { faultForms } from './powerpc-fault.ts'
import { describePrintedMsr, isProblemState } from './powerpc-flags.ts'
import { endOfHex, hex, numberOf, readSymbol, skipSpaces } from './printed.ts'
import { nameValues, type RegisterWidths, readPairs, readValues, widths } from './registers.ts'

/** A reader for words of 8 or 16 digits. */
export function powerpcReader(digits: 8 | 16): FormReader {
  const known: RegisterWidths = new Map([
    ...widths(digits, ['NIP', 'LR', 'CTR', 'REGS', 'MSR', 'CFAR', 'DAR', 'DEAR', 'SP']),
    // 8 digits but for ppc64 of 2.6, which pads them to 16; TRAP is four or more, IRQMASK and SOFTE as many as there are
    ...widths(0, ['TRAP', 'CR', 'XER', 'DSISR', 'ESR', 'IRQMASK', 'SOFTE', 'PACATMSCRATCH']),
  ])
  const read = formReader([
    place('NIP [', 'pc', digits),
    place('LR [', 'link', digits),
    registersForm(known),
    msrForm(known),
    generalForm(digits),
    ...pairForms(known),
    codeForm,
    ...faultForms,
    taskForm(digits),
    cpuForm,
    dumpTitle,
  ])
  return Object.assign((line: string) => read(line) ?? readInstructionRow(line), { starts: read.starts })
}

// NIP [c008000000330028] fl_null_write+0x20/0x30 [fltrig]        .fl_null_write+… of the old ABI keeps its dot
// LR [c00800000033102c] fl_run+0x80/0x73c [fltrig]
function place(starts: string, field: 'pc' | 'link', digits: number): LineForm {
  return {
    starts,
    read(line, at) {
      const end = endOfHex(line, at)
      if (end - at !== digits || line[end] !== ']') return undefined
      const address = hex(line.slice(at, end))
      const name = field === 'pc' ? 'NIP' : 'LR'
      return { [field]: { ...readSymbol(line, end + 1)?.frame, address }, registers: { [name]: address } }
    },
  }
}

// NIP:  c008000000330028 LR: c00800000033102c CTR: c000000000daf010
// NIP: C0012345 XER: 00000000 LR: C0012340 SP: C0451900 REGS: c0451850 TRAP: 0300    Not tainted          2.4
function registersForm(known: RegisterWidths): LineForm {
  return {
    starts: 'NIP:',
    read(line, _at, from) {
      const row = readPairs(line, from, known)
      if (!row) return undefined
      const found: ArchLine = { begins: true, registers: row.registers }
      const address = row.registers['NIP']
      if (address !== undefined) found.pc = { address }
      return found
    },
  }
}

// MSR:  8000000000009033 <SF,EE,ME,IR,DR,RI,LE>  CR: 24002282  XER: 20040006
// MSR: 00009032 EE: 1 PR: 0 FP: 0 ME: 1 IR/DR: 11                                                          2.4
function msrForm(known: RegisterWidths): LineForm {
  return {
    starts: 'MSR:',
    read(line, _at, from) {
      const row = readPairs(line, from, known)
      const value = numberOf(row?.registers['MSR'])
      if (!row || value === undefined) return undefined
      const found: ArchLine = { registers: row.registers, mode: isProblemState(value) ? 'user' : 'kernel' }
      const open = skipSpaces(line, row.end)
      const names = /^<([A-Z0-9,[\]]{0,80})>/.exec(line.slice(open, open + 90))
      if (!names) return found
      found.words = { MSR: describePrintedMsr(names[1]!) }
      Object.assign(row.registers, readPairs(line, open + names[0].length, known)?.registers)
      return found
    },
  }
}

// GPR04: c008000000340212 c0000000037af660 c0000000037af658 0000000000000000           eight a row with 32 bits
function generalForm(digits: number): LineForm {
  return {
    starts: 'GPR',
    read(line, at) {
      const match = /^(\d\d):/.exec(line.slice(at, at + 3))
      if (!match || Number(match[1]) > 31) return undefined
      const first = Number(match[1])
      const values = readValues(line, at + 3, digits, Math.min(8, 32 - first))
      return values.length === 0 ? undefined : { registers: nameValues('GPR', first, values) }
    },
  }
}

// TASK = c000000003fdc600[88] 'sh' THREAD: c0000000037ac000 CPU: 0       "TASK:" in 2.6.0-2.6.9; CPU may be on a line of its own
// TASK = c0304b30[1] 'swapper' Last syscall: 120                         2.4
function taskForm(digits: number): LineForm {
  return {
    starts: 'TASK',
    read(line, at) {
      const end = line.lastIndexOf("'")
      const match = /^(?: =|:) ([0-9a-f]{8,16})\[(\d{1,10})\] '/.exec(line.slice(at, at + 40))
      if (!match || match[1]!.length > digits || end < at + match[0].length) return undefined
      const task: ArchLine['task'] = { comm: line.slice(at + match[0].length, end), pid: Number(match[2]) }
      const cpu = / CPU: (\d{1,5})\s*$/.exec(line.slice(end))
      if (cpu) task.cpu = Number(cpu[1])
      return { task }
    },
  }
}

const cpuForm: LineForm = {
  starts: 'CPU: ',
  read(line, at) {
    const match = /^(\d{1,5})\s*$/.exec(line.slice(at, at + 12))
    return match ? { task: { cpu: Number(match[1]) } } : undefined
  },
}

// The rows under "Instruction dump:":
//   XXXXXXXX XXXXXXXX 000380f8 00000000 3c4c0004 384280f8 7c0802a6 60000000
//   3d220000 39401234 e9298000 e9290000 <91490000> 4e800020 000380c8 00000000
// On one line with its title when the line breaks were lost. Of a user program, show_user_instructions():
//   sh[123]: code: 7c0802a6 f8010010 <e9290000> 4e800020
const dumpTitle: LineForm = {
  starts: 'Instruction dump:',
  read(line, at) {
    const code = readCode(line, at)
    return code && { code }
  },
}

const wordsInRow = 8
function readInstructionRow(line: string): ArchLine | undefined {
  const from = skipSpaces(line, 0)
  if (endOfHex(line, from) - from === 8 || line.startsWith('XXXXXXXX', from) || line[from] === '<') {
    if (line.length - from > wordsInRow * 12 || !readBareRow(line)) return undefined
    const code = readCode(line, from)
    return code?.unitBytes === 4 ? { code } : undefined
  }
  return readUserCode(line)
}

/** A command line ends before this column. */
const userCodeBefore = 40
function readUserCode(line: string): ArchLine | undefined {
  const at = line.indexOf(']: code: ')
  if (at < 0 || at > userCodeBefore) return undefined
  const code = readCode(line, at + 9)
  const open = line.lastIndexOf('[', at)
  const pid = line.slice(open + 1, at)
  if (!code || open < 1 || !/^\d{1,10}$/.test(pid)) return undefined
  return { code, mode: 'user', task: { comm: line.slice(0, open).trimStart(), pid: Number(pid) } }
}
