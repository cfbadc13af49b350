// What failed, as PowerPC kernels say it: mm/fault.c, bad_page_fault(); kernel/traps.c, die(); and what the registers tell.

import type { FaultInfo, KindName } from '../model.ts'
import type { LineForm } from './forms.ts'
import {
  decodePowerpc,
  describeFetchReason,
  describeProgramReason,
  describeTrap,
  isBookeStore,
  isProblemState,
  isStore,
  trapVector,
} from './powerpc-flags.ts'
import { hex, numberOf } from './printed.ts'

type Registers = Readonly<Record<string, string>>

const accesses: Readonly<Record<string, 'read' | 'write' | 'execute'>> = {
  read: 'read',
  write: 'write',
  execute: 'execute',
}

// Oops: Kernel access of bad area, sig: 11 [#2]
const signals: Readonly<Record<string, string>> = {
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  11: 'SIGSEGV',
}

function form(starts: string, pattern: RegExp, fault: (match: RegExpExecArray) => FaultInfo): LineForm {
  return {
    starts,
    read(line, at) {
      const match = pattern.exec(line.slice(at, at + 160))
      return match ? { fault: fault(match) } : undefined
    },
  }
}

export const faultForms: readonly LineForm[] = [
  form('Oops: ', /^[A-Za-z][\w ,()-]{3,80}, sig: (\d{1,2}) \[#\d{1,9}\]/, match => ({
    decoded: [`signal ${match[1]}${signals[match[1]!] === undefined ? '' : ` (${signals[match[1]!]})`}`],
  })),
  // BUG: Kernel NULL pointer dereference on write at 0x00000000                        5.3+; without "on write" 5.1, 5.2
  // BUG: Unable to handle kernel data access on read at 0xc00800000e8c0028
  // BUG: Unable to handle kernel unaligned access at 0x…
  form(
    'BUG: ',
    /^(?:Kernel NULL pointer dereference|Unable to handle kernel (?:data|unaligned) access)(?: on (read|write))? at (0x[0-9a-f]{8,16})/,
    match => ({
      address: match[2]!,
      mode: 'kernel',
      ...(match[1] !== undefined && { access: accesses[match[1]]! }),
    }),
  ),
  form('BUG: ', /^Unable to handle kernel instruction fetch/, () => ({ access: 'execute', mode: 'kernel' })),
  // Unable to handle kernel paging request for data at address 0x00000000                  until 5.0
  // Unable to handle kernel paging request for instruction fetch
  form(
    'Unable to handle kernel paging request for ',
    /^(?:data|unaligned access) at address (0x[0-9a-f]{8,16})/,
    match => ({
      address: match[1]!,
      mode: 'kernel',
    }),
  ),
  form('Unable to handle kernel paging request for ', /^instruction fetch/, () => ({
    access: 'execute',
    mode: 'kernel',
  })),
  // The address in brackets has no fixed width and comes again below.
  // Kernel attempted to write user page (0) - exploit attempt? (uid: 0)
  form('Kernel attempted to ', /^(read|write|execute) user page \([0-9a-f]{1,16}\)/, match => ({
    access: accesses[match[1]!]!,
    mode: 'kernel',
  })),
  // kernel tried to execute user page (0) - exploit attempt? (uid: 0)              exec-protected page
  form('kernel tried to ', /^(execute) (?:user|exec-protected|NX-protected) page \([0-9a-f]{1,16}\)/, match => ({
    access: accesses[match[1]!]!,
    mode: 'kernel',
  })),
  // Faulting instruction address: 0xc008000000330028
  {
    starts: 'Faulting instruction address: ',
    read(line, at) {
      const match = /^0x([0-9a-f]{8,16})\b/.exec(line.slice(at, at + 20))
      return match ? { pc: { address: hex(match[1]!) } } : undefined
    },
  },
]

/** These are how a task came into the kernel and no fault: system call, system call vectored. */
const systemCalls: ReadonlySet<number> = new Set([0xc00, 0x3000])

/** What TRAP, DAR, DSISR (or DEAR, ESR) and the reason bits that SRR1 leaves in MSR say together. */
export function describeFault(registers: Registers): FaultInfo | undefined {
  const trap = numberOf(registers['TRAP'])
  if (trap === undefined || systemCalls.has(trapVector(trap))) return undefined
  const fault: FaultInfo = { code: registers['TRAP']! }
  const decoded = describeTrap(trap)
  const msr = numberOf(registers['MSR'])
  if (msr !== undefined) fault.mode = isProblemState(msr) ? 'user' : 'kernel'
  switch (trapVector(trap)) {
    case 0x200:
    case 0x300:
    case 0x600:
    case 0xe00: {
      const status = numberOf(registers['DSISR'])
      const syndrome = numberOf(registers['ESR'])
      const address = registers['DAR'] ?? registers['DEAR']
      if (address !== undefined) fault.address = address
      // On an alignment interrupt DSISR holds pieces of the instruction, not reasons.
      if (status !== undefined && trapVector(trap) !== 0x600) {
        decoded.push(...(decodePowerpc('DSISR', status) ?? []))
        fault.access = isStore(status) ? 'write' : 'read'
      } else if (syndrome !== undefined) {
        decoded.push(...(decodePowerpc('ESR', syndrome) ?? []))
        fault.access = isBookeStore(syndrome) ? 'write' : 'read'
      }
      break
    }
    case 0x380:
      if (registers['DAR'] !== undefined) fault.address = registers['DAR']
      break
    case 0x400:
    case 0x480:
      fault.access = 'execute'
      if (registers['NIP'] !== undefined) fault.address = registers['NIP']
      if (msr !== undefined && trapVector(trap) === 0x400) decoded.push(...describeFetchReason(msr))
      break
    case 0x700:
      if (msr !== undefined) decoded.push(...describeProgramReason(msr))
      break
  }
  if (decoded.length > 0) fault.decoded = decoded
  return fault
}

/** The kind behind the trap number. A program check with the trap reason is how BUG() and WARN() enter. */
export function kindOfTrap(registers: Registers): KindName | undefined {
  const trap = numberOf(registers['TRAP'])
  if (trap === undefined) return undefined
  switch (trapVector(trap)) {
    case 0x200:
      return 'machine-check'
    case 0x300:
    case 0x380:
    case 0x400:
    case 0x480:
      return 'page-fault'
    case 0x600:
      return 'unaligned'
    case 0x700: {
      const reasons = describeProgramReason(numberOf(registers['MSR']) ?? 0n)
      if (reasons.includes('trap instruction')) return 'bug-on'
      return reasons.some(reason => reason.endsWith(' instruction')) ? 'illegal-instruction' : undefined
    }
    case 0xe40:
      return 'illegal-instruction'
    default:
      return undefined
  }
}
