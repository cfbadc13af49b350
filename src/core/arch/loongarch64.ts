import type { FaultInfo, KindName } from '../model.ts'
import type { Arch, ArchLine } from './arch.ts'
import { type Bit, describeBits, field } from './bits.ts'
import { codeForm, formReader, type LineForm, pairForms, processForm } from './forms.ts'
import { endOfHex, hex, numberOf, readSymbol, skipSpaces } from './printed.ts'
import { numbered, type RegisterWidths, readPairs, widths } from './registers.ts'

// arch/loongarch/kernel/traps.c, __show_regs():
//   pc 9000000000223edc ra 9000000000224020 tp 9000000100d24000 sp 9000000100d27ad0
//   a0 0000000000000000 a1 9000000100d27b18 a2 0000000000000002 a3 0000000000000000
//   t8 … u0 … s9 … s0 …
//      ra: 9000000000224020 fl_run+0x5c/0x584
//     ERA: 9000000000223edc fl_null_write+0x1c/0x24
//    CRMD: 000000b0 (PLV0 -IE -DA +PG DACF=CC DACM=CC -WE)                    without the words until 6.0
//    PRMD: 00000004 (PPLV0 +PIE -PWE)
//    EUEN: 00000000 (-FPE -SXE -ASXE -BTE)
//    ECFG: 00071c1c (LIE=2-4,10-12 VS=7)
//   ESTAT: 00010000 [PIL] (IS= ECode=1 EsubCode=0)
//    BADV: 0000000000000000
//    PRID: 0014c011 (Loongson-64bit, Loongson-3A5000)
const general: RegisterWidths = new Map(
  widths(16, ['pc', 'ra', 'tp', 'sp', 'u0', 'fp', ...numbered('a', 8), ...numbered('t', 9), ...numbered('s', 10)]),
)
const control: RegisterWidths = new Map([
  ...widths(8, ['CRMD', 'PRMD', 'EUEN', 'ECFG', 'ESTAT', 'PRID', 'PrId']),
  ...widths(16, ['BADV', 'BadVA']),
])

// The pairs have no colon, so that only the whole form "name, blank, 16 digits" counts.
function readGeneral(line: string, _at: number, from: number): ArchLine | undefined {
  const row = readPairs(line, from, general)
  if (!row) return undefined
  const found: ArchLine = { registers: row.registers }
  const address = row.registers['pc']
  if (address !== undefined) {
    found.begins = true
    found.pc = { address }
  }
  return found
}

const generalForms: LineForm[] = [...general.keys()].map(name => ({ starts: `${name} `, read: readGeneral }))

function codePlace(starts: string, name: string, side: 'pc' | 'link'): LineForm {
  return {
    starts,
    read(line, at) {
      const start = skipSpaces(line, at)
      const end = endOfHex(line, start)
      if (end - start !== 16) return undefined
      const address = hex(line.slice(start, end))
      return { registers: { [name]: address }, [side]: { ...readSymbol(line, end)?.frame, address } }
    },
  }
}

// The words in brackets behind a control register, as printed: "PLV0 -IE -DA +PG"
function readControl(line: string, _at: number, from: number): ArchLine | undefined {
  const row = readPairs(line, from, control)
  if (!row) return undefined
  const found: ArchLine = { registers: row.registers }
  const level = /^ \(P{1,2}LV([0-3])/.exec(line.slice(row.end, row.end + 10))
  if (level && row.registers['PRMD'] !== undefined) found.mode = level[1] === '0' ? 'kernel' : 'user'
  const fault = describeFault(row.registers)
  if (fault) found.fault = fault
  return found
}

const controlForms: LineForm[] = [...control.keys()].map(name => ({ starts: `${name}`, read: readControl }))

// CPU 0 Unable to handle kernel paging request at virtual address 0000000000000000, era == 9000000000223edc, ra == …
const unable =
  /^(\d{1,5}) Unable to handle kernel paging request at virtual address ([0-9a-f]{16}), era == ([0-9a-f]{16})/
const unableForm: LineForm = {
  starts: 'CPU ',
  read(line, at) {
    const match = unable.exec(line.slice(at, at + 140))
    if (!match) return undefined
    return {
      fault: { address: hex(match[2]!), mode: 'kernel' },
      pc: { address: hex(match[3]!) },
      task: { cpu: Number(match[1]) },
    }
  },
}

const read = formReader([
  codePlace('ERA:', 'ERA', 'pc'),
  codePlace('ERA   :', 'ERA', 'pc'),
  codePlace('ra:', 'ra', 'link'),
  ...generalForms,
  ...controlForms,
  ...pairForms(new Map(widths(16, ['BadVA']))),
  codeForm,
  unableForm,
  processForm,
])

// LoongArch reference manual, volume 1, table "Exception encoding"
const exceptions: Readonly<Record<number, string>> = {
  0: 'interrupt',
  1: 'page invalid on load (PIL)',
  2: 'page invalid on store (PIS)',
  3: 'page invalid on fetch (PIF)',
  4: 'page not writable (PME)',
  5: 'page not readable (PNR)',
  6: 'page not executable (PNX)',
  7: 'page privilege (PPI)',
  8: 'address error (ADE)',
  9: 'address misaligned (ALE)',
  10: 'bound check (BCE)',
  11: 'system call',
  12: 'breakpoint (BRK)',
  13: 'no such instruction (INE)',
  14: 'privileged instruction (IPE)',
  15: 'floating point disabled (FPD)',
  16: 'LSX disabled (SXD)',
  17: 'LASX disabled (ASXD)',
  18: 'floating point (FPE)',
  19: 'watchpoint (WPE)',
  20: 'binary translation disabled (BTD)',
  21: 'binary translation (BTE)',
  22: 'guest privilege (GSPR)',
  23: 'hypervisor call (HVC)',
  24: 'guest CSR modification (GCM)',
}

const exceptionCode = (estat: bigint): number => field(estat, 16, 21)

const mode: readonly Bit[] = [
  {
    low: 0,
    high: 1,
    values: { 0: 'privilege level 0', 1: 'privilege level 1', 2: 'privilege level 2', 3: 'privilege level 3' },
  },
  { bit: 2, set: 'interrupts on (IE)', clear: 'interrupts off' },
]
const crmd: readonly Bit[] = [
  ...mode,
  { bit: 3, set: 'direct addresses (DA)' },
  { bit: 4, set: 'paging (PG)' },
  { bit: 9, set: 'watchpoints on (WE)' },
]

function decodeRegister(name: string, value: bigint): string[] | undefined {
  if (name === 'CRMD') return describeBits(crmd, value)
  if (name === 'PRMD') return describeBits(mode, value)
  if (name !== 'ESTAT') return undefined
  const code = exceptionCode(value)
  const words = [exceptions[code] ?? `exception ${code}`]
  if (code === 8) words.push(field(value, 22, 30) === 0 ? 'on fetch' : 'on access')
  return words
}

const accesses: Readonly<Record<number, 'read' | 'write' | 'execute'>> = {
  1: 'read',
  2: 'write',
  3: 'execute',
  4: 'write',
  5: 'read',
  6: 'execute',
}

/** What ESTAT, BADV and PRMD say; BADV is printed only where it holds the address. */
function describeFault(registers: Readonly<Record<string, string>>): FaultInfo | undefined {
  const estat = numberOf(registers['ESTAT'])
  const address = registers['BADV'] ?? registers['BadVA']
  if (estat === undefined) return address === undefined ? undefined : { address }
  const fault: FaultInfo = { code: registers['ESTAT']!, decoded: decodeRegister('ESTAT', estat)! }
  const access = accesses[exceptionCode(estat)]
  if (access !== undefined) fault.access = access
  if (address !== undefined) fault.address = address
  const previous = numberOf(registers['PRMD'])
  if (previous !== undefined) fault.mode = field(previous, 0, 1) === 0 ? 'kernel' : 'user'
  return fault
}

function kindOfTrap(registers: Readonly<Record<string, string>>): KindName | undefined {
  const estat = numberOf(registers['ESTAT'])
  const code = estat === undefined ? 0 : exceptionCode(estat)
  if (code >= 1 && code <= 7) return 'page-fault'
  const kinds: Readonly<Record<number, KindName>> = {
    8: 'bus-error',
    9: 'unaligned',
    12: 'bug-on',
    13: 'illegal-instruction',
    14: 'illegal-instruction',
  }
  return kinds[code]
}

export const loongarch64: Arch = {
  name: 'loongarch64',
  elfMachine: 258, // EM_LOONGARCH
  wordBytes: 8,
  byteOrder: 'little',
  roles: {
    programCounter: 'pc',
    stackPointer: 'sp',
    returnAddress: 'ra',
    framePointer: 's9',
    faultAddress: 'BADV',
  },
  signatures: [
    /^\s*(?:(?:pc|a[04]|t[048]|s[15]) [0-9a-f]{16} [a-z]\d? ?[0-9a-f]?|ERA: [0-9a-f]{16}|ra: [0-9a-f]{16} |(?:CRMD|PRMD|EUEN|ECFG|ESTAT): [0-9a-f]{8}|BADV: [0-9a-f]{16}|PRID: [0-9a-f]{8} |CPU \d+ Unable to handle kernel paging request at virtual address [0-9a-f]{16}, era == )/,
  ],
  read,
  starts: read.starts,
  decodeRegister,
  describeFault,
  kindOfTrap,
}
