import type { Arch, ArchLine } from './arch.ts'
import { describeFault, faultForms, kindOfTrap } from './arm64-fault.ts'
import { decodeEsr, decodePstate, isUserMode } from './arm64-flags.ts'
import { codeForm, formReader, type LineForm, memoryTitles, pairForms, processForm, symbolForm } from './forms.ts'
import { endOfHex, hex, numberOf, readSymbol, skipSpaces } from './printed.ts'
import { numbered, readPairs, widths } from './registers.ts'

// arch/arm64/kernel/process.c, __show_regs():
//   pstate: 60400005 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)
//   pc : fl_null_write+0x1c/0x24 [fltrig]
//   lr : fl_run+0x5c/0x584 [fltrig]
//   sp : ffff800008223990
//   pmr: 000000e0                                              pmr_save: until 6.10
//   x29: ffff800008223990 x28: ffff2263c85bc100 x27: 0000000000000000
// until 4.15:
//   PC is at foo+0x1c/0x24
//   pc : [<ffffff8008081234>] lr : [<ffffff8008081230>] pstate: 60000145
//   sp : ffffffc000123456
const known = new Map([
  ...widths(16, ['pc', 'lr', 'sp', ...numbered('x', 31), 'FAR']),
  ...widths(8, ['pstate', 'pmr_save', 'pmr']),
])

function withStatus(line: ArchLine, digits: string | undefined): ArchLine {
  const status = numberOf(digits)
  if (status !== undefined) line.mode = isUserMode(status) ? 'user' : 'kernel'
  return line
}

const pstateForm: LineForm = {
  starts: 'pstate:',
  read(line, at) {
    const start = skipSpaces(line, at)
    const end = endOfHex(line, start)
    if (end - start !== 8) return undefined
    const value = hex(line.slice(start, end))
    return withStatus({ begins: true, registers: { pstate: value } }, value)
  },
}

// A symbol in kernel mode, 16 digits in user mode, both in brackets on one row until 4.15.
function codePlace(starts: string, name: 'pc' | 'lr'): LineForm {
  return {
    starts,
    read(line, at, from) {
      const start = skipSpaces(line, at)
      if (line.startsWith('[<', start)) {
        const row = readPairs(line, from, known)
        if (!row) return undefined
        const found: ArchLine = { registers: row.registers }
        if (row.registers['pc'] !== undefined) found.pc = { address: row.registers['pc'] }
        return withStatus(found, row.registers['pstate'])
      }
      const end = endOfHex(line, start)
      if (end - start === 16 && line.slice(end).trim() === '') {
        const address = hex(line.slice(start, end))
        return { registers: { [name]: address }, [name === 'pc' ? 'pc' : 'link']: { address } }
      }
      const symbol = readSymbol(line, start)
      if (!symbol) return undefined
      const found: ArchLine = { [name === 'pc' ? 'pc' : 'link']: symbol.frame }
      if (symbol.frame.address !== undefined) found.registers = { [name]: symbol.frame.address }
      return found
    },
  }
}

const read = formReader([
  pstateForm,
  codePlace('pc :', 'pc'),
  codePlace('lr :', 'lr'),
  symbolForm('PC is at ', 'pc', { begins: true }),
  symbolForm('LR is at ', 'link'),
  codeForm,
  ...faultForms,
  processForm,
  ...memoryTitles,
  ...pairForms(known),
])

export const arm64: Arch = {
  name: 'arm64',
  elfMachine: 183, // EM_AARCH64
  wordBytes: 8,
  byteOrder: 'either',
  roles: { programCounter: 'pc', stackPointer: 'sp', returnAddress: 'lr', framePointer: 'x29', faultAddress: 'FAR' },
  signatures: [
    /^\s*(?:x(?:29|2[0-8]|1\d|\d ?): [0-9a-f]{16}(?: x|\s*$)|pstate: [0-9a-f]{8}|sp : [0-9a-f]{16}|pc : \[<[0-9a-f]{16}>\]|Mem abort info:|ESR = 0x|EC = 0x[0-9a-f]+: |(?:user|swapper) pgtable: \d+k pages|\[[0-9a-f]{16}\] (?:\*?pgd|address between)|SError Interrupt on CPU)/,
    /^\s*(?:\[<ffff(?:ff[8c]0|0000|2000)[0-9a-f]{8}>\] |el[01]t?_|el[01]h?_(?:64|32)|__arm64_sys_|invoke_syscall\+|el0_svc|__primary_switched|el1_irq)/,
  ],
  read,
  starts: read.starts,
  decodeRegister(name, value) {
    if (name === 'pstate') return decodePstate(value)
    return name === 'ESR' ? decodeEsr(value) : undefined
  },
  describeFault,
  kindOfTrap,
}
