// What failed, as arm64 kernels say it: mm/fault.c, kernel/traps.c.

import type { FaultInfo, KindName } from '../model.ts'
import type { ArchLine } from './arch.ts'
import { decodeEsr, describeClass, describeFaultStatus, esrAccess, exceptionClass } from './arm64-flags.ts'
import { field, isSet } from './bits.ts'
import type { LineForm } from './forms.ts'
import { pageTableForm, pgdForm } from './page-table.ts'
import { endOfHex, hex, numberOf } from './printed.ts'

// arch/arm64/mm/fault.c, mem_abort_decode() and data_abort_decode(), 4.15+:
//   ESR = 0x0000000096000046            ESR = 0x96000046 until 5.18
//   EC = 0x25: DABT (current EL), IL = 32 bits          Exception class = DABT (current EL), IL = 32 bits until 5.1
//   FSC = 0x06: level 2 translation fault
//   CM = 0, WnR = 1, TnD = 0, TagAccess = 0
//   ISV = 0, ISS = 0x00000046, ISS2 = 0x00000000
const esrForm: LineForm = {
  starts: 'ESR = 0x',
  read(line, at) {
    const end = endOfHex(line, at)
    return end - at === 8 || end - at === 16 ? { fault: syndrome(line.slice(at, end)) } : undefined
  },
}

function syndrome(digits: string): FaultInfo {
  const esr = BigInt(`0x${digits}`)
  const fault: FaultInfo = { code: hex(digits), decoded: decodeEsr(esr) }
  const access = esrAccess(esr)
  if (access !== undefined) fault.access = access
  return fault
}

const statusForm: LineForm = {
  starts: 'FSC = 0x',
  read(line, at) {
    const end = endOfHex(line, at)
    if (end === at || end - at > 4) return undefined
    return { fault: { decoded: [describeFaultStatus(Number.parseInt(line.slice(at, end), 16))] } }
  },
}

const writeForm: LineForm = {
  starts: 'CM = ',
  read(line, at) {
    const match = /^([01]), WnR = ([01])/.exec(line.slice(at, at + 16))
    if (!match) return undefined
    return { fault: { access: match[2] === '1' && match[1] === '0' ? 'write' : 'read' } }
  },
}

//   Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000
//   Unable to handle kernel paging request at virtual address dfff800000000000
//   Unable to handle kernel execution of user memory at virtual address 0000aaaa12345678
const unable = /^kernel [\w ,-]{4,80}? at (?:virtual )?address ([0-9a-f]{8,16})\s*$/
const unableForm: LineForm = {
  starts: 'Unable to handle ',
  read(line, at) {
    const match = unable.exec(line.slice(at, at + 160))
    if (!match) return undefined
    const fault: FaultInfo = { address: hex(match[1]!), mode: 'kernel' }
    if (line.startsWith('kernel execut', at)) fault.access = 'execute'
    else if (line.startsWith('kernel write', at)) fault.access = 'write'
    else if (line.startsWith('kernel read', at)) fault.access = 'read'
    return { fault }
  },
}

// arch/arm64/kernel/traps.c, __die(): "Internal error: %s: %016lx [#%d]", %x until 5.18
//   Internal error: Oops: 0000000096000046 [#2] SMP       Internal error: Oops - BUG: 00000000f2000800 [#5] SMP
//   Internal error: synchronous external abort: 96000210 [#1] SMP         Internal error: Oops - BUG: 0 [#1] SMP
const internal = /^ ([\w/ -]{2,60}): ([0-9a-f]{1,16}) \[#\d{1,9}\]/
const dieForm: LineForm = {
  starts: 'Internal error:',
  read(line, at) {
    const match = internal.exec(line.slice(at, at + 100))
    if (!match) return undefined
    const digits = match[2]!
    if (digits.length !== 8 && digits.length !== 16) return digits === '0' ? { fault: { code: '0x0' } } : undefined
    // Each syndrome that gets here has the IL bit; a fault status of 32-bit ARM (80000005) has not.
    return isSet(BigInt(`0x${digits}`), 25) ? { fault: syndrome(digits) } : undefined
  },
}

// Unhandled fault: synchronous external abort (0x96000210) at 0xffffff8008123456            until 4.18
// Unhandled prefetch abort / Unhandled exception …
const unhandledForm: LineForm = {
  starts: 'Unhandled ',
  read(line, at) {
    const match = /^[\w ]{3,24}: [\w, ()-]{3,60} \(0x([0-9a-f]{8})\) at 0x([0-9a-f]{16})/.exec(line.slice(at, at + 140))
    return match ? { fault: { ...syndrome(match[1]!), address: hex(match[2]!) } } : undefined
  },
}

// SError Interrupt on CPU0, code 0x00000000bf000002 -- SError                              panic follows
// Bad mode in Error handler detected on CPU0, code 0xbf000000 -- SError                    until 4.15
const badMode = /^(?:Bad mode in [\w ]{4,24} detected|SError Interrupt) on CPU(\d{1,5}), code 0x([0-9a-f]{8,16}) -- /
function readBadMode(line: string, _at: number, from: number): ArchLine | undefined {
  const match = badMode.exec(line.slice(from, from + 120))
  return match ? { fault: syndrome(match[2]!), task: { cpu: Number(match[1]) } } : undefined
}

// user pgtable: 4k pages, 48-bit VAs, pgdp=0000000048108000        swapper pgtable: …
const pgdForms: LineForm[] = ['user pgtable: ', 'swapper pgtable: '].map(starts => ({
  starts,
  read(line, at) {
    const match = /^(\d{1,3}k) pages, \d{1,2}-bit VAs, pgdp? ?= ?([0-9a-f]{8,16})(?![\w])/.exec(line.slice(at, at + 70))
    return match ? { pageTable: { pgdp: hex(match[2]!) } } : undefined
  },
}))

// The rest of the decoded syndrome repeats the bits that were read above; the lines belong to the dump all the same.
//   Mem abort info:          SET = 0, FnV = 0          EA = 0, S1PTW = 0          ISV = 0, ISS = 0x00000046
const repeats: LineForm[] = [
  ...[
    'Mem abort info:',
    'Data abort info:',
    'SET = ',
    'EA = ',
    'ISV = ',
    'Access size = ',
    'SSE = ',
    'SF = ',
    'GCS = ',
  ],
].map(starts => ({ starts, read: () => ({}) }))

// EC = 0x25: DABT (current EL), IL = 32 bits
const classForm: LineForm = {
  starts: 'EC = 0x',
  read(line, at) {
    const end = endOfHex(line, at)
    if (end === at || end - at > 2) return undefined
    return { fault: { decoded: [describeClass(Number.parseInt(line.slice(at, end), 16))] } }
  },
}

export const faultForms: readonly LineForm[] = [
  esrForm,
  classForm,
  statusForm,
  writeForm,
  ...repeats,
  unableForm,
  dieForm,
  unhandledForm,
  { starts: 'SError Interrupt ', read: readBadMode },
  { starts: 'Bad mode in ', read: readBadMode },
  // [0000000000000000] pgd=08000000480f6003, p4d=08000000480f6003, pud=08000000480e2003, pmd=0000000000000000
  // [00000050] *pgd=0000000000000000                                                    until 4.15
  pageTableForm([8, 16], [16]),
  pgdForm(16),
  ...pgdForms,
]

export function describeFault(registers: Readonly<Record<string, string>>): FaultInfo | undefined {
  const code = registers['ESR']
  if (numberOf(code) === undefined) return undefined
  const fault = syndrome(code!.slice(2))
  if (registers['FAR'] !== undefined) fault.address = registers['FAR']
  return fault
}

export function kindOfTrap(registers: Readonly<Record<string, string>>): KindName | undefined {
  const esr = numberOf(registers['ESR'])
  if (esr === undefined) return undefined
  switch (exceptionClass(esr)) {
    case 0x00:
    case 0x0e:
      return 'illegal-instruction'
    case 0x0d:
    case 0x1c:
    case 0x2d:
      return 'control-flow'
    case 0x22:
    case 0x26:
      return 'unaligned'
    case 0x2f:
      return 'hardware-error'
    case 0x3c:
      return 'bug-on'
    case 0x20:
    case 0x21:
    case 0x24:
    case 0x25: {
      const status = field(esr, 0, 5)
      return status === 0x21 ? 'unaligned' : status >= 0x10 && status < 0x20 ? 'bus-error' : 'page-fault'
    }
    default:
      return undefined
  }
}
