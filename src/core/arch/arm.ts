import type { FaultInfo, KindName } from '../model.ts'
import type { Arch, ArchLine } from './arch.ts'
import { decodeFsr, decodePsr, fsrAccess } from './arm-flags.ts'
import { codeForm, formReader, type LineForm, memoryTitles, pairForms, processForm, symbolForm } from './forms.ts'
import { pageTableForm, pgdForm } from './page-table.ts'
import { hex, numberOf } from './printed.ts'
import { numbered, readPairs, widths } from './registers.ts'

// arch/arm/kernel/process.c, __show_regs():
//   PC is at lkdtm_EXCEPTION+0xc/0x14 [lkdtm]
//   LR is at direct_entry+0x11c/0x13c [lkdtm]
//   pc : [<bf000580>]    lr : [<bf0002a0>]    psr: a0010013         2.4: "    Not tainted" in psr's stead; v7-M: xPSR:
//   sp : e0991ec8  ip : ffffefff  fp : 01f281e0
//   r10: c1962c00  r9 : e0991f80  r8 : bf00a750
//   Flags: NzCv  IRQs on  FIQs on  Mode SVC_32  ISA ARM  Segment none
//   Control: 10c5387d  Table: 41ca006a  DAC: 00000051
const known = new Map([
  ...widths(8, ['pc', 'lr', 'sp', 'ip', 'fp', 'psr', 'xPSR', 'Table', 'DAC', ...numbered('r', 13)]),
  // "Control: 5317F" has as many digits as there are until 2.6.24
  ...widths(0, ['Control']),
])

const userStop = 'USER'

// Flags: nZCv  IRQs on  FIQs on  Mode SVC_32  ISA ARM  Segment kernel
// Flags: Nzcv  IRQs on  FIQs off  Mode SVC_32  Segment user               until 2.6.16
// xPSR of v7-M has no such line.
const flagLine =
  /^\s{0,4}([nN][zZ][cC][vV])\s{1,4}IRQs (on|off)\s{1,4}FIQs (on|off)\s{1,4}Mode ([A-Za-z0-9_]{2,12})(?:\s{1,4}(?:ISA ([A-Za-z0-9]{2,10})|\(T\)))?(?:\s{1,4}Segment (\w{2,10}))?/
const conditions = ['negative (N)', 'zero (Z)', 'carry (C)', 'overflow (V)']

const flagsForm: LineForm = {
  starts: 'Flags:',
  read(line, at) {
    const match = flagLine.exec(line.slice(at, at + 120))
    if (!match) return undefined
    const [, flags, irqs, fiqs, mode, isa] = match
    const words = conditions.filter((_, index) => flags![index]! < 'a')
    words.push(`IRQs ${irqs}`, `FIQs ${fiqs}`, `mode ${mode}`)
    if (isa !== undefined) words.push(`${isa} instructions`)
    return { words: { psr: words }, mode: mode!.startsWith(userStop) ? 'user' : 'kernel' }
  },
}

// Register r0 information: 13-page vmalloc region starting at 0xbf000000 allocated at load_module+0xa90/0x21c8     5.12+
const pointsTo: LineForm = {
  starts: 'Register ',
  read(line, at) {
    const match = /^([a-z]\w{1,3}) information: (.{1,300})/.exec(line.slice(at))
    return match ? { words: { [match[1]!]: [match[2]!.trimEnd()] } } : undefined
  },
}

// arch/arm/mm/fault.c, die_kernel_fault() and do_DataAbort():
//   Unable to handle kernel NULL pointer dereference at virtual address 00000000 [when write]      [when …]: 6.1+
//   Unable to handle kernel paging request at virtual address 6b6b6b6b
//   Unable to handle kernel access to user memory outside uaccess routines at virtual address 00012345
const unable = /^kernel [\w ,-]{4,80}? at (?:virtual )?address ([0-9a-f]{8})(?: when (read|write|execute))?\s*$/
const unableForm: LineForm = {
  starts: 'Unable to handle ',
  read(line, at) {
    const match = unable.exec(line.slice(at, at + 160))
    if (!match) return undefined
    const fault: FaultInfo = { address: hex(match[1]!), mode: 'kernel' }
    if (match[2] !== undefined) fault.access = match[2] as 'read' | 'write' | 'execute'
    return { fault }
  },
}

//   Unhandled fault: page domain fault (0x81b) at 0x00000000
//   Unhandled prefetch abort: breakpoint debug exception (0x002) at 0xc0123456
const unhandled = /^(fault|prefetch abort): ([\w, ()-]{3,60}) \((0x[0-9a-f]{1,8})\) at (0x[0-9a-f]{8})/
const unhandledForm: LineForm = {
  starts: 'Unhandled ',
  read(line, at) {
    const match = unhandled.exec(line.slice(at, at + 140))
    if (!match) return undefined
    const [, what, , code, address] = match
    const value = BigInt(code!)
    const prefetch = what === 'prefetch abort'
    return {
      fault: {
        address: address!,
        code: code!,
        access: prefetch ? 'execute' : fsrAccess(value),
        decoded: decodeFsr(prefetch ? value | (1n << 31n) : value),
      },
    }
  },
}

// arch/arm/kernel/traps.c, __die(): "Internal error: %s: %x [#%d]", the code is the fault status where the name is that of
// a memory fault ("Oops", or empty), else 0:
//   Internal error: Oops: 817 [#1] PREEMPT SMP ARM        Internal error: : 81b [#1] SMP ARM
//   Internal error: Oops - BUG: 0 [#1] SMP ARM            Internal error: Oops - undefined instruction: 0 [#1]
const internal = /^ ?(Oops)?: ([0-9a-f]{1,8}) \[#\d{1,9}\]/
const dieForm: LineForm = {
  starts: 'Internal error:',
  read(line, at) {
    const match = internal.exec(line.slice(at, at + 40))
    if (!match) return undefined
    const value = BigInt(`0x${match[2]}`)
    return { fault: { code: hex(match[2]!), access: fsrAccess(value), decoded: decodeFsr(value) } }
  },
}

// The pc row is also the place of code when the kernel has no symbols or the mode is user.
const pcForm: LineForm = {
  starts: 'pc : [<',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    if (!row) return undefined
    const found: ArchLine = { registers: row.registers }
    const address = row.registers['pc']
    if (address !== undefined) found.pc = { address }
    const psr = numberOf(row.registers['psr'])
    if (psr !== undefined) found.mode = (psr & 0xfn) === 0n ? 'user' : 'kernel'
    return found
  },
}

function describeFault(registers: Readonly<Record<string, string>>): FaultInfo | undefined {
  const value = numberOf(registers['FSR'])
  return value === undefined
    ? undefined
    : { code: registers['FSR']!, access: fsrAccess(value), decoded: decodeFsr(value) }
}

function kindOfTrap(registers: Readonly<Record<string, string>>): KindName | undefined {
  const value = numberOf(registers['FSR'])
  if (value === undefined) return undefined
  const status = Number((value & 0xfn) | ((value >> 6n) & 0x10n))
  return status === 1 ? 'unaligned' : status === 8 || status === 22 || status === 6 ? 'bus-error' : 'page-fault'
}

const read = formReader([
  symbolForm('PC is at ', 'pc', { begins: true }),
  symbolForm('LR is at ', 'link'),
  pcForm,
  flagsForm,
  codeForm,
  unableForm,
  unhandledForm,
  dieForm,
  // pgd = e8a60000                                              until 5.0
  pgdForm(8),
  // [00000009] *pgd=00000000, *pte=00000000, *ppte=00000000     show_pte(); entries of 16 digits with LPAE
  pageTableForm([8], [8, 16]),
  pointsTo,
  processForm,
  ...memoryTitles,
  ...pairForms(known),
])

export const arm: Arch = {
  name: 'arm',
  elfMachine: 40, // EM_ARM
  wordBytes: 4,
  byteOrder: 'either',
  roles: { programCounter: 'pc', stackPointer: 'sp', returnAddress: 'lr', framePointer: 'fp' },
  signatures: [
    /^\s*(?:pc : \[<[0-9a-f]{8}>\]|sp : [0-9a-f]{8} +ip : |r10: [0-9a-f]{8} +r9 |r7 : [0-9a-f]{8} +r6 |r3 : [0-9a-f]{8} +r2 |Flags: [nN][zZ][cC][vV]|Control: [0-9A-Fa-f]{4,8}|\[[0-9a-f]{8}\] \*pgd=|Unhandled (?:fault|prefetch abort): .{3,60}\(0x|8<--- cut here ---|Register r\d+ information|Exception stack\(0x[0-9a-f]{8} to)/,
    /^\s*(?:\[<[0-9a-f]{8}>\] \([\w.$]+(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?\) from |Backtrace: ?$|[\w.$]+(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[\w+\])? from [\w.$]+\+0x|Internal error: .{0,60}\] .{0,40}\b(?:ARM|THUMB2)\b)/,
  ],
  read,
  starts: read.starts,
  decodeRegister(name, value) {
    if (name === 'psr' || name === 'xPSR') return decodePsr(value)
    return name === 'FSR' ? decodeFsr(value) : undefined
  },
  describeFault,
  kindOfTrap,
}
