// The lines that both widths of x86 print: what the fault was, in the words of arch/x86/mm/fault.c and kernel/dumpstack.c.

import type { FaultInfo } from '../model.ts'
import type { ArchLine } from './arch.ts'
import { readCode } from './code.ts'
import { type LineForm, processForm } from './forms.ts'
import { hex, readSymbol } from './printed.ts'
import { describePageFault, describeSelector, pageFaultAccess } from './x86-flags.ts'

// #PF: supervisor write access in kernel mode          show_fault_oops(), 5.1+
// #PF: user instruction fetch in user mode
const access = /^ (?:supervisor|user) (read access|write access|instruction fetch) in (kernel|user) mode/
// #PF: error_code(0x0002) - not-present page
const errorCode = /^ error_code\(0x([0-9a-f]{4,16})\)/

const pageFaultForm: LineForm = {
  starts: '#PF:',
  read(line, at) {
    const rest = line.slice(at, at + 120)
    const who = access.exec(rest)
    if (who) {
      const kind = who[1] === 'read access' ? 'read' : who[1] === 'write access' ? 'write' : 'execute'
      return { fault: { access: kind, mode: who[2] === 'user' ? 'user' : 'kernel' } }
    }
    const code = errorCode.exec(rest)
    return code ? { fault: pageFault(code[1]!) } : undefined
  },
}

// #PF error: [PROT] [WRITE]                              4.21 and 5.0 only
// #PF error: [normal kernel read fault]
const namedBits: Readonly<Record<string, bigint>> = { PROT: 1n, WRITE: 2n, USER: 4n, RSVD: 8n, INSTR: 16n, PK: 32n }
const namedError: LineForm = {
  starts: '#PF error: [',
  read(line, at) {
    const close = line.indexOf(']', at)
    if (line.slice(at, close) === 'normal kernel read fault') return { fault: { access: 'read', mode: 'kernel' } }
    let code = 0n
    for (const [, name] of line.slice(at - 1, at + 80).matchAll(/\[([A-Z]{2,5})\]/g)) code |= namedBits[name!] ?? 0n
    if (code === 0n) return undefined
    return { fault: { access: pageFaultAccess(code), decoded: describePageFault(code) } }
  },
}

function pageFault(digits: string): FaultInfo {
  const code = BigInt(`0x${digits}`)
  return { code: hex(digits), access: pageFaultAccess(code), decoded: describePageFault(code) }
}

// The die line, __die_header(): what: error code [#count] PREEMPT SMP …
//   Oops: 0002 [#1] PREEMPT SMP NOPTI                       a page fault until 6.9, any 2.4-2.6 die() with "Oops"
//   Oops: Oops: 0002 [#1] SMP PTI                           6.10+
//   general protection fault: 0000 [#1] SMP
//   general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP
//   Oops: general protection fault, probably for non-canonical address 0x…: 0000 [#1]
//   stack segment: 0000 [1] SMP                             x86_64 until 2.6.2x, and i386 without "[#1]" in 2.4
const dieLine =
  /^(Oops|[a-z][a-zA-Z -]{2,40})(, (?:probably|maybe) for (?:non-canonical )?address 0x([0-9a-f]{8,16}))?: ([0-9a-f]{4,16})(?: \[#?\d{1,9}\]|\s*$)/
const withSelector = new Set(['general protection fault', 'stack segment', 'segment not present', 'invalid TSS'])
const exceptions = new Set([
  ...withSelector,
  'divide error',
  'invalid opcode',
  'double fault',
  'int3',
  'debug',
  'overflow',
  'bounds',
  'alignment check',
  'coprocessor segment overrun',
  'device not available',
  'simd exception',
  'fpu exception',
  'control protection fault',
  'kernel stack overflow',
  'exception',
  'stack guard page was hit',
  'unknown exception',
  'spurious interrupt bug',
  'machine check',
  'nmi',
])

function readDie(line: string, from: number): ArchLine | undefined {
  const start =
    line.startsWith('Oops: ', from) && !/^[0-9a-f]{4}/.test(line.slice(from + 6, from + 10)) ? from + 6 : from
  const match = dieLine.exec(line.slice(start, start + 200))
  if (!match) return undefined
  const [, what, , address, digits] = match
  if (what === 'Oops') return { fault: pageFault(digits!) }
  if (!exceptions.has(what!)) return undefined
  const fault: FaultInfo = { code: hex(digits!) }
  if (address !== undefined) fault.address = hex(address)
  const words = withSelector.has(what!) ? describeSelector(BigInt(`0x${digits}`)) : []
  fault.decoded = [what!, ...words]
  return { fault }
}

const dieForms: LineForm[] = ['Oops:', ...exceptions].map(starts => ({
  starts,
  read: (line, _at, from) => readDie(line, from),
}))

// BUG: unable to handle page fault for address: ffffffff12345678        BUG: kernel NULL pointer dereference, address: …   5.1+
// BUG: unable to handle kernel NULL pointer dereference at 0000001c     "at           (null)" 2.6.25 – 5.0
// Unable to handle kernel paging request at virtual address 6b6b6b6b    i386 until 2.6.24
// Unable to handle kernel NULL pointer dereference at 0000000000000010 RIP:     x86_64 until 2.6.24
const headline = new RegExp(
  '^(?:BUG: kernel NULL pointer dereference, address: |BUG: unable to handle page fault for address: |' +
    '(?:BUG: unable|Unable) to handle kernel (?:NULL pointer dereference|paging request) at (?:virtual address )?) {0,16}' +
    '(?:([0-9a-f]{8}|[0-9a-f]{16})|\\(null\\))(?: RIP:.*)?\\s*$',
)
const headlineForms: LineForm[] = ['BUG: ', 'Unable to handle '].map(starts => ({
  starts,
  read(line, _at, from) {
    const match = headline.exec(line.slice(from, from + 200))
    return match ? { fault: { address: match[1] === undefined ? '0x0' : hex(match[1]), mode: 'kernel' } } : undefined
  },
}))

// PGD 5eb8067 P4D 5eb8067 PUD 5e79067 PMD 0            x86_64, dump_pagetable()
// *pdpt = 0000000001cac001 *pde = 0000000000000000     i386 with PAE
// *pde = 00000000                                      i386
function readPageTable(line: string, from: number): ArchLine | undefined {
  const pageTable: Record<string, string> = {}
  let count = 0
  const entry = /(PML4|PGD|P4D|PUD|PMD|PTE|\*pdpt|\*pde|\*pte|\*pmd)(?: =)? ([0-9a-f]{1,16}|BAD)(?![0-9a-zA-Z]) {0,2}/y
  entry.lastIndex = from
  for (let match = entry.exec(line); match; match = entry.exec(line)) {
    if (match[2] !== 'BAD') pageTable[match[1]!] = hex(match[2]!)
    count++
  }
  return count === 0 ? undefined : { pageTable }
}

const pageTableForms: LineForm[] = ['PML4 ', 'PGD ', '*pdpt = ', '*pde = ', '*pmd = ', '*pte = '].map(starts => ({
  starts,
  read: (line, _at, from) => readPageTable(line, from),
}))

// IP: [<ffffffff81234567>] foo+0x1/0x2 [mod]      show_fault_oops() 2.6.25 – 4.18; also " IP: [<c0123456>] foo+…"
// IP: foo+0x1/0x2
const faultIp: LineForm = {
  starts: 'IP: ',
  read(line, at) {
    const symbol = readSymbol(line, at)
    return symbol && { pc: symbol.frame }
  },
}

// CR2: 0000000000000050
// Alone on its line it is the address of a page fault, page_fault_oops() "executive summary"; in the dump other registers
// follow it, and then it may be stale.
const lastFault = /^ {1,4}([0-9a-f]{8}|[0-9a-f]{16})\s*$/
const faultAddress: LineForm = {
  starts: 'CR2:',
  read(line, at) {
    const match = lastFault.exec(line.slice(at, at + 40))
    return match ? { registers: { CR2: hex(match[1]!) }, fault: { address: hex(match[1]!) } } : undefined
  },
}

// CPU:    0                      i386 until 2.6.24
// CPU 1                          x86_64 until 2.6.3x
const cpuLine = /^:?\s{1,8}(\d{1,5})\s*$/
const cpuForm: LineForm = {
  starts: 'CPU',
  read(line, at) {
    const match = cpuLine.exec(line.slice(at, at + 20))
    return match ? { task: { cpu: Number(match[1]) } } : undefined
  },
}

// Code: 8b 50 10 89 d0 5d c3 …
// 2.4, and x86_64 until 2.6.2x, print twenty bytes from the program counter on and mark none.
const unmarkedBytes = 20
const x86Code: LineForm = {
  starts: 'Code:',
  read(line, at) {
    const code = readCode(line, at)
    if (!code) return undefined
    if (code.faultIndex === undefined && code.units.length === unmarkedBytes) code.faultIndex = 0
    return { code }
  },
}

/** Lines that do not depend on the width. */
export const x86Forms: readonly LineForm[] = [
  x86Code,
  faultAddress,
  pageFaultForm,
  namedError,
  ...headlineForms,
  ...dieForms,
  ...pageTableForms,
  faultIp,
  cpuForm,
  processForm,
]

/** The mode that a code selector tells: its two low bits are the privilege level, 3 in user mode. */
export function modeOf(selector: string): 'kernel' | 'user' {
  return (Number.parseInt(selector, 16) & 3) === 3 ? 'user' : 'kernel'
}
