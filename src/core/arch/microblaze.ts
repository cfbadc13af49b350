import type { FaultInfo, KindName } from '../model.ts'
import type { Arch, ArchLine } from './arch.ts'
import { type Bit, describeBits, field, isSet } from './bits.ts'
import { formReader, type LineForm, pairForms } from './forms.ts'
import { numberOf } from './printed.ts'
import { numbered, readPairs, widths } from './registers.ts'

// arch/microblaze/kernel/process.c, show_regs(); capital digits:
//    Registers dump: mode=1
//    r1=CF1C1F00, r2=00000000, r3=00000000, r4=00001234
//    r29=00000000, r30=00000000, r31=CF12A000, rPC=C0012345
//    msr=000046A2, ear=00000000, esr=00000892, fsr=00000000
const known = new Map(widths(8, [...numbered('r', 31, 1), 'rPC', 'msr', 'ear', 'esr', 'fsr']))

function readRow(line: string, _at: number, from: number): ArchLine | undefined {
  const row = readPairs(line, from, known)
  if (!row) return undefined
  const found: ArchLine = { registers: row.registers }
  const address = row.registers['rPC']
  if (address !== undefined) found.pc = { address }
  const fault = describeFault(row.registers)
  if (fault) found.fault = fault
  return found
}

const modeForm: LineForm = {
  starts: 'Registers dump: mode=',
  read(line, at) {
    const match = /^([0-9A-F]{1,8})\s*$/.exec(line.slice(at, at + 12))
    if (!match) return undefined
    // pt_mode is PT_MODE_KERNEL (1), PT_MODE_USER (0), or rubbish where the regs were never saved
    const found: ArchLine = { begins: true }
    if (match[1] === '1' || match[1] === '0') found.mode = match[1] === '1' ? 'kernel' : 'user'
    return found
  },
}

const read = formReader([modeForm, ...pairForms(known).map(form => ({ ...form, read: readRow }))])

// MicroBlaze processor reference guide (UG984), table "Exception Status Register (ESR)"
const causes: Readonly<Record<number, string>> = {
  0: 'stream',
  1: 'unaligned access',
  2: 'illegal instruction',
  3: 'instruction bus error',
  4: 'data bus error',
  5: 'division',
  6: 'floating point',
  7: 'privileged instruction',
  16: 'data storage',
  17: 'instruction storage',
  18: 'data TLB miss',
  19: 'instruction TLB miss',
}

const msr: readonly Bit[] = [
  { bit: 1, set: 'interrupts on (IE)', clear: 'interrupts off' },
  { bit: 8, set: 'exceptions on (EE)' },
  { bit: 9, set: 'exception in progress (EIP)' },
  { bit: 11, set: 'user mode (UM)', clear: 'kernel mode' },
  { bit: 13, set: 'translation on (VM)' },
]

function decodeRegister(name: string, value: bigint): string[] | undefined {
  if (name === 'msr') return describeBits(msr, value)
  if (name !== 'esr') return undefined
  const cause = field(value, 0, 4)
  return [causes[cause] ?? `cause ${cause}`]
}

/** What esr and ear say; bit 10 of esr is set for a store. */
function describeFault(registers: Readonly<Record<string, string>>): FaultInfo | undefined {
  const esr = numberOf(registers['esr'])
  if (esr === undefined) return undefined
  const cause = field(esr, 0, 4)
  const fault: FaultInfo = { code: registers['esr']!, decoded: decodeRegister('esr', esr)! }
  if ([1, 4, 16, 17, 18, 19].includes(cause)) {
    if (registers['ear'] !== undefined) fault.address = registers['ear']
    if (cause === 17 || cause === 19) fault.access = 'execute'
    else if (cause !== 4) fault.access = isSet(esr, 10) ? 'write' : 'read'
  }
  return fault
}

function kindOfTrap(registers: Readonly<Record<string, string>>): KindName | undefined {
  const esr = numberOf(registers['esr'])
  const kinds: Readonly<Record<number, KindName>> = {
    1: 'unaligned',
    2: 'illegal-instruction',
    3: 'bus-error',
    4: 'bus-error',
    5: 'divide-error',
    7: 'illegal-instruction',
    16: 'page-fault',
    17: 'page-fault',
    18: 'page-fault',
    19: 'page-fault',
  }
  return esr === undefined ? undefined : kinds[field(esr, 0, 4)]
}

export const microblaze: Arch = {
  name: 'microblaze',
  elfMachine: 189, // EM_MICROBLAZE
  wordBytes: 4,
  byteOrder: 'either',
  roles: { programCounter: 'rPC', stackPointer: 'r1', returnAddress: 'r15', faultAddress: 'ear' },
  signatures: [/^\s*(?:Registers dump: mode=|r\d{1,2}=[0-9A-F]{8}, r|msr=[0-9A-F]{8}, ear=)/],
  read,
  starts: read.starts,
  decodeRegister,
  describeFault,
  kindOfTrap,
}
