// The lines that both widths of RISC-V print: arch/riscv/kernel/process.c, __show_regs(); traps.c, die(); mm/fault.c.

import type { ArchLine } from './arch.ts'
import { isSet } from './bits.ts'
import { codeForm, type FormReader, formReader, type LineForm, pairForms } from './forms.ts'
import { pageTableForm } from './page-table.ts'
import { endOfHex, hex, numberOf, readSymbol, skipSpaces } from './printed.ts'
import { numbered, type RegisterWidths, readPairs, widths } from './registers.ts'
import { describeFault } from './riscv-flags.ts'

/** A reader for words of 8 or 16 digits. */
export function riscvReader(digits: 8 | 16): FormReader {
  const known: RegisterWidths = new Map([
    ...widths(digits, [
      'epc',
      'sepc',
      'ra',
      'sp',
      'gp',
      'tp',
      ...numbered('t', 7),
      ...numbered('s', 12),
      ...numbered('a', 8),
    ]),
    // sstatus, sbadaddr, scause until 5.3
    ...widths(digits, ['status', 'badaddr', 'cause', 'sstatus', 'sbadaddr', 'scause', 'orig_a0']),
  ])
  return formReader([
    epcForm('epc', known, digits),
    // until 5.3
    epcForm('sepc', known, digits),
    returnForm(known, digits),
    statusForm('status:', known),
    statusForm('sstatus:', known),
    ...pairForms(known),
    codeForm,
    unableForm(digits),
    // [0000000000000000] pgd=0000000020a40401, p4d=0000000020a40401, pud=0000000000000000          6.12+
    pageTableForm([digits], [digits]),
  ])
}

// epc : fl_null_write+0x1c/0x24 [fltrig]                                                       kernel mode, 5.11+
// epc : ffffffff8000cfb4 ra : ffffffff8000cf9e sp : ffffffc80408fd10
function epcForm(starts: string, known: RegisterWidths, digits: number): LineForm {
  return {
    starts,
    read(line, at, from) {
      const row = readPairs(line, from, known)
      const address = row?.registers[starts]
      // A lone "epc : address symbol" is MIPS.
      if (row && address !== undefined && row.count > 1)
        return { registers: row.registers, pc: { address }, ...(starts === 'sepc' && { begins: true }) }
      return readPlace(line, at, digits, 'pc')
    },
  }
}

//  ra : fl_run+0x5c/0x584 [fltrig]
function returnForm(known: RegisterWidths, digits: number): LineForm {
  return {
    starts: 'ra :',
    read(line, at, from) {
      const row = readPairs(line, from, known)
      if (row && row.count > 1) return { registers: row.registers }
      return readPlace(line, at - 1, digits, 'link')
    },
  }
}

function readPlace(line: string, at: number, digits: number, side: 'pc' | 'link'): ArchLine | undefined {
  const colon = skipSpaces(line, at)
  if (line[colon] !== ':') return undefined
  const start = skipSpaces(line, colon + 1)
  const end = endOfHex(line, start)
  if (end - start === digits) return undefined
  const symbol = readSymbol(line, start)
  if (!symbol) return undefined
  return side === 'pc' ? { begins: true, pc: symbol.frame } : { link: symbol.frame }
}

// status: 0000000200000120 badaddr: 0000000000000000 cause: 000000000000000f
function statusForm(starts: string, known: RegisterWidths): LineForm {
  return {
    starts,
    read(line, _at, from) {
      const row = readPairs(line, from, known)
      if (!row) return undefined
      const value = numberOf(row.registers[starts.slice(0, -1)])
      const found: ArchLine = { registers: row.registers }
      if (value !== undefined) found.mode = isSet(value, 8) ? 'kernel' : 'user'
      const fault = describeFault(row.registers)
      if (fault) found.fault = fault
      return found
    },
  }
}

// Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000
// Unable to handle kernel paging request at virtual address ffffffff00000000
// Unable to handle kernel access to user memory without uaccess routines at virtual address 0000000012345678
function unableForm(digits: number): LineForm {
  const pattern = new RegExp(`^kernel [\\w ,-]{4,80}? at virtual address ([0-9a-f]{${digits}})\\s*$`)
  return {
    starts: 'Unable to handle ',
    read(line, at) {
      const match = pattern.exec(line.slice(at, at + 160))
      return match ? { fault: { address: hex(match[1]!), mode: 'kernel' } } : undefined
    },
  }
}
