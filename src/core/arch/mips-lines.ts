// The lines that both widths of MIPS print: arch/mips/kernel/traps.c, __show_regs() and show_code(); mm/fault.c.

import type { ArchLine } from './arch.ts'
import { codeForm, type FormReader, formReader, type LineForm, pairForms, processForm } from './forms.ts'
import { endOfHex, hex, readSymbol, skipSpaces } from './printed.ts'
import { nameValues, type RegisterWidths, readPairs, readValues, widths } from './registers.ts'

/** A reader for words of 8 or 16 digits. */
export function mipsReader(digits: 8 | 16): FormReader {
  const known: RegisterWidths = new Map([
    ...widths(digits, ['epc', 'ra', 'Hi', 'Lo', 'Acx', 'BadVA', 'ErrorEPC']),
    ...widths(8, ['Status', 'Cause', 'PrId']),
  ])
  return formReader([
    generalForm(digits),
    codePlace('epc', 'pc', known),
    codePlace('ra', 'link', known),
    statusForm(known),
    ...pairForms(known),
    codeForm,
    ...faultForms,
    processForm,
  ])
}

// $ 0   : 0000000000000000 ffffffff8150fa24 0000000000000000 0000000000006f20        $26 and $27 are left blank
// $0 : 00000000 10008400 00000000 8f4d2000                                           2.4
function generalForm(digits: number): LineForm {
  return {
    starts: '$',
    read(line, at) {
      const match = /^ ?(\d{1,2}) {0,4}:/.exec(line.slice(at, at + 8))
      if (!match || Number(match[1]) > 31) return undefined
      const first = Number(match[1])
      const values = readValues(line, at + match[0].length, digits, Math.min(8, 32 - first))
      if (values.length === 0) return undefined
      const found: ArchLine = { registers: nameValues('$', first, values) }
      if (first === 0) found.begins = true
      return found
    },
  }
}

// epc   : ffffffffc00022bc fl_null_read.isra.0+0x1c/0x28 [fltrig]
// epc   : 80123456 foo+0x10/0x20     Not tainted                                     until 3.8
// epc   : 80123456    Tainted: P                                                     2.4
// epc = 000000fff32da000 in libc.so[fff3000000+94000]                                a user program
function codePlace(name: string, side: 'pc' | 'link', known: RegisterWidths): LineForm {
  return {
    starts: name,
    read(line, _at, from) {
      const row = readPairs(line, from, known)
      const address = row?.registers[name]
      if (!row || address === undefined) return undefined
      const found: ArchLine = {
        registers: row.registers,
        [side]: { ...readSymbol(line, row.end)?.frame, address },
      }
      if (line.startsWith(`${name} =`, from) || line.startsWith('ra  = ', from)) found.mode = 'user'
      return found
    },
  }
}

// Status: 3400a4e3	KX SX UX KERNEL EXL IE
const statusNames: Readonly<Record<string, string>> = {
  KX: '64-bit kernel addresses (KX)',
  SX: '64-bit supervisor addresses (SX)',
  UX: '64-bit user addresses (UX)',
  KERNEL: 'kernel mode',
  USER: 'user mode',
  SUPERVISOR: 'supervisor mode',
  BAD_MODE: 'bad mode',
  ERL: 'error level (ERL)',
  EXL: 'exception level (EXL)',
  IE: 'interrupts on (IE)',
  KUo: 'old user mode (KUo)',
  IEo: 'old interrupts on (IEo)',
  KUp: 'previous user mode (KUp)',
  IEp: 'previous interrupts on (IEp)',
  KUc: 'user mode (KUc)',
  IEc: 'interrupts on (IEc)',
}

function statusForm(known: RegisterWidths): LineForm {
  return {
    starts: 'Status:',
    read(line, _at, from) {
      const row = readPairs(line, from, known)
      if (!row) return undefined
      const names = line
        .slice(row.end, row.end + 80)
        .split(/\s+/)
        .filter(name => name in statusNames)
      const found: ArchLine = { registers: row.registers }
      if (names.length === 0) return found
      found.words = { Status: names.map(name => statusNames[name]!) }
      // R3000 keeps the interrupted mode in the "previous" pair.
      found.mode = names.includes('USER') || names.includes('KUp') ? 'user' : 'kernel'
      return found
    },
  }
}

// CPU 0 Unable to handle kernel paging request at virtual address 0000000000000050, epc == ffffffffc00022bc, ra == …
// Unable to handle kernel paging request at virtual address 00000000, epc == 80123456, ra == 80123400          2.4
const unable = /^Unable to handle kernel paging request at virtual address ([0-9a-f]{8,16}), epc == ([0-9a-f]{8,16})/
function readUnable(line: string, at: number): ArchLine | undefined {
  const match = unable.exec(line.slice(at, at + 140))
  if (!match) return undefined
  return { fault: { address: hex(match[1]!), mode: 'kernel' }, pc: { address: hex(match[2]!) } }
}

const cpuUnable: LineForm = {
  starts: 'CPU ',
  read(line, at) {
    const cpu = /^(\d{1,5}) /.exec(line.slice(at, at + 6))
    const found = cpu && readUnable(line, at + cpu[0].length)
    return found ? { ...found, task: { cpu: Number(cpu[1]) } } : undefined
  },
}

// Data bus error, epc == 80123456, ra == 80123400          Instruction bus error, …
function busError(starts: string): LineForm {
  return {
    starts,
    read(line, at) {
      const start = skipSpaces(line, at)
      const end = endOfHex(line, start)
      return end - start === 8 || end - start === 16
        ? { pc: { address: hex(line.slice(start, end)) }, fault: { decoded: [starts.split(',')[0]!.toLowerCase()] } }
        : undefined
    },
  }
}

// do_page_fault(): sending SIGSEGV to app-exec for invalid read access from 000000fff32da000
// do_page_fault() #2: sending SIGSEGV to foo for invalid write access to 00000000                          until 3.x
const userFault =
  /^(?: #\d{1,9})?: sending SIG[A-Z]{3,5} to (.{1,15}) for invalid (read|write) access (?:from|to)\s{1,4}([0-9a-f]{8,16})\s*$/
const userFaultForm: LineForm = {
  starts: 'do_page_fault()',
  read(line, at) {
    const match = userFault.exec(line.slice(at, at + 140))
    if (!match) return undefined
    const access = match[2] === 'write' ? 'write' : 'read'
    return { fault: { address: hex(match[3]!), access, mode: 'user' }, task: { comm: match[1]! } }
  },
}

const faultForms: readonly LineForm[] = [
  { starts: 'Unable to handle ', read: (line, _at, from) => readUnable(line, from) },
  cpuUnable,
  busError('Data bus error, epc =='),
  busError('Instruction bus error, epc =='),
  userFaultForm,
]
