// What failed, as s390 kernels say it: mm/fault.c, kernel/dumpstack.c.

import type { FaultInfo, KindName } from '../model.ts'
import type { LineForm } from './forms.ts'
import { hex, numberOf } from './printed.ts'
import { describeInterruption, describeTeid, isProblemState, teidAccess } from './s390x-flags.ts'

// Failing address: 0000000000000000 TEID: 0000000000000483               the TEID from 3.10 on
const failing: LineForm = {
  starts: 'Failing address: ',
  read(line, at) {
    const match = /^([0-9a-f]{8,16})(?: TEID: ([0-9a-f]{16}))?\s*$/.exec(line.slice(at, at + 48))
    if (!match) return undefined
    const fault: FaultInfo = { address: hex(match[1]!) }
    if (match[2] !== undefined) {
      const teid = BigInt(`0x${match[2]}`)
      const access = teidAccess(teid)
      if (access !== undefined) fault.access = access
      fault.decoded = describeTeid(teid)
    }
    return { fault }
  },
}

// Fault in home space mode while using kernel ASCE.          primary | secondary | access register; user | gmap
const faultMode =
  /^(?:home space|primary space|secondary space|access register) mode while using (kernel|user|gmap|vdso) ASCE/
const faultModeForm: LineForm = {
  starts: 'Fault in ',
  read(line, at) {
    const match = faultMode.exec(line.slice(at, at + 70))
    return match ? { fault: { decoded: [`${match[1]} address space`] } } : undefined
  },
}

// AS:0000000001290007 R3:0000000017ff0007 S:0000000017fff000 P:000000000000003d          dump_pagetable()
const tables: LineForm = {
  starts: 'AS:',
  read(line, _at, from) {
    const pageTable: Record<string, string> = {}
    const entry = /(AS|R[123]|S|P):([0-9a-f]{16}|BAD)(?: |$)/y
    entry.lastIndex = from
    for (let match = entry.exec(line); match; match = entry.exec(line)) {
      if (match[2] !== 'BAD') pageTable[match[1]!] = hex(match[2]!)
    }
    return Object.keys(pageTable).length > 0 ? { pageTable } : undefined
  },
}

// Unable to handle kernel pointer dereference in virtual kernel address space            2.6.25+
// Unable to handle kernel pointer dereference at virtual kernel address 0000000000000000 until then
const unable =
  /^kernel (?:pointer dereference|paging request) (?:in|at) virtual (kernel|user) address(?: space| ([0-9a-f]{8,16}))/
const unableForm: LineForm = {
  starts: 'Unable to handle ',
  read(line, at) {
    const match = unable.exec(line.slice(at, at + 110))
    if (!match) return undefined
    const fault: FaultInfo = { mode: 'kernel' }
    if (match[2] !== undefined) fault.address = hex(match[2])
    return { fault }
  },
}

// arch/s390/kernel/dumpstack.c, die(): "%s: %04x ilc:%d [#%d]", "ilc" from 4.1 on
//   Oops: 0004 ilc:3 [#1] SMP         monitor event: 0040 ilc:2 [#5] SMP       illegal operation: 0001 [#1]
const dieNames = (
  'Oops|monitor event|illegal operation|addressing exception|execute exception|fixpoint divide exception|' +
  'operand exception|privileged operation|special operation|special operation exception|specification exception|' +
  'translation exception|translation specification exception|data exception|space switch event|vector processing|' +
  'transaction constraint exception|HFP overflow exception|HFP underflow exception|HFP significance exception|' +
  'HFP divide exception|HFP sqrt exception|Unknown program exception|secure storage'
).split('|')
const dieRest = /^[\w ]{0,24}: ([0-9a-f]{4}) (?:ilc:(\d) )?\[#\d{1,9}\]/
const dieForms: LineForm[] = dieNames.map(starts => ({
  starts,
  read(line, at) {
    const match = dieRest.exec(line.slice(at, at + 60))
    if (!match) return undefined
    const decoded = describeInterruption(BigInt(`0x${match[1]}`))
    if (match[2] !== undefined) decoded.push(`instruction of ${Number(match[2]) * 2} bytes`)
    return { fault: { code: hex(match[1]!), decoded } }
  },
}))

// User process fault: interruption code 0004 ilc:1 in sh[1000000+8a000]             "code 0x10" until 3.x
const userForm: LineForm = {
  starts: 'User process fault: interruption code ',
  read(line, at) {
    const match = /^(?:0x)?([0-9a-f]{2,8})\b/.exec(line.slice(at, at + 14))
    if (!match) return undefined
    const decoded = describeInterruption(BigInt(`0x${match[1]}`) & 0xffffn)
    return { fault: { code: hex(match[1]!), mode: 'user', decoded } }
  },
}

export const faultForms: readonly LineForm[] = [userForm, failing, faultModeForm, tables, unableForm, ...dieForms]

export function describeFault(registers: Readonly<Record<string, string>>): FaultInfo | undefined {
  const mask = numberOf(registers['PSW mask'])
  return mask === undefined || registers['PSW mask']!.length !== 18
    ? undefined
    : { mode: isProblemState(mask) ? 'user' : 'kernel' }
}

export function kindOfTrap(registers: Readonly<Record<string, string>>): KindName | undefined {
  const code = numberOf(registers['PIC'])
  switch (code === undefined ? 0 : Number(code & 0x7fn)) {
    case 1:
    case 2:
    case 3:
      return 'illegal-instruction'
    case 4:
    case 5:
    case 16:
    case 17:
    case 56:
    case 57:
    case 58:
    case 59:
      return 'page-fault'
    case 6:
      return 'unaligned'
    case 9:
      return 'divide-error'
    case 64:
      return 'bug-on'
    default:
      return undefined
  }
}
