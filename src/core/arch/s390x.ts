import type { Arch, ArchLine } from './arch.ts'
import { readCode } from './code.ts'
import { formReader, type LineForm, processForm } from './forms.ts'
import { endOfHex, hex, readSymbol, skipSpaces } from './printed.ts'
import { nameValues, readValues } from './registers.ts'
import { describeFault, faultForms, kindOfTrap } from './s390x-fault.ts'
import { decodePsw, describeInterruption, describeTeid } from './s390x-flags.ts'

// arch/s390/kernel/dumpstack.c, show_registers():
//   Krnl PSW : 0704c00180000000 000003ff7fd0271a (fl_null_write+0x12/0x20 [fltrig])
//              R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3
//   User PSW : 0705200180000000 000003ffb2a8f6c4
//   Krnl PSW : 070c1000 801234ae (foo+0x1e/0x40)                                31-bit kernels, until 4.0
const pswForms: LineForm[] = (['Krnl', 'User'] as const).map(space => ({
  starts: `${space} PSW :`,
  read(line, at) {
    const start = skipSpaces(line, at)
    const middle = endOfHex(line, start)
    const address = skipSpaces(line, middle)
    const end = endOfHex(line, address)
    const digits = middle - start
    if ((digits !== 8 && digits !== 16) || end - address !== digits) return undefined
    const pc = hex(line.slice(address, end))
    const mask = hex(line.slice(start, middle))
    const open = skipSpaces(line, end)
    const symbol = line[open] === '(' ? readSymbol(line, open + 1) : undefined
    const found: ArchLine = {
      begins: true,
      mode: space === 'User' ? 'user' : 'kernel',
      pc: { ...symbol?.frame, address: pc },
      registers: { 'PSW mask': mask, 'PSW address': pc },
    }
    if (digits === 16) found.words = { 'PSW mask': decodePsw(BigInt(mask)) }
    return found
  },
}))

// The fields of the mask, each on the place that it has there
const fields: Readonly<Record<string, number>> = {
  R: 62,
  T: 58,
  IO: 57,
  EX: 56,
  Key: 52,
  M: 50,
  W: 49,
  P: 48,
  AS: 46,
  CC: 44,
  PM: 40,
  RI: 39,
  EA: 31,
}
const fieldsForm: LineForm = {
  starts: 'R:',
  read(line, _at, from) {
    let mask = 0n
    let count = 0
    const entry = /([A-Za-z]{1,3}):([0-9a-f])(?: |\s*$)/y
    entry.lastIndex = from
    for (let match = entry.exec(line); match; match = entry.exec(line)) {
      const place = fields[match[1]!]
      if (place === undefined) break
      mask |= BigInt(`0x${match[2]}`) << BigInt(place)
      count++
    }
    return count > 4 ? { words: { 'PSW mask': decodePsw(mask) } } : undefined
  },
}

//   Krnl GPRS: 0000000000000000 0000000000000000 0000037ffff57a78 0000000000e63e38
//              000003ff7fd03208 0000037ffff577d8 000000000278d480 0000037ffff57c10
const rowDigits = [16, 8]
const generalForms: LineForm[] = ['Krnl', 'User'].map(space => ({
  starts: `${space} GPRS:`,
  read(line, at) {
    const values = readRow(line, at)
    return values && { registers: nameValues('GPR', 0, values) }
  },
}))

function readRow(line: string, at: number): string[] | undefined {
  for (const digits of rowDigits) {
    const values = readValues(line, at, digits, 4)
    if (values.length > 0) return values
  }
  return undefined
}

/** A row of nothing but register values. */
function readContinuation(line: string): ArchLine | undefined {
  const from = skipSpaces(line, 0)
  const digits = endOfHex(line, from) - from
  if (digits !== 16 && digits !== 8) return undefined
  const values = readValues(line, from, digits, 4)
  return from + values.length * (digits + 1) >= line.trimEnd().length ? { continues: values } : undefined
}

// arch/s390/kernel/dis.c, show_code(); the title is on the first row only:
//   Krnl Code: 000003ff7fd02708: c0040000547c	brcl	0,000003ff7fd0d000
//             #000003ff7fd02714: e31010000004	lg	%r1,0(%r1)
//             >000003ff7fd0271a: e54c10001234	mvhi	0(%r1),4660
// '>' marks the address in the PSW, '#' the instruction before it, which is the one that failed where the machine
// completes or suppresses it before it interrupts (illegal operation, monitor call).
//   User Code: Bad PSW.
const codeTitles = ['Krnl Code:', 'User Code:']

function readCodeRow(line: string, at: number): ArchLine | undefined {
  let start = skipSpaces(line, at)
  const mark = line[start]
  if (mark === '#' || mark === '>') start++
  const colon = endOfHex(line, start)
  if ((colon - start !== 16 && colon - start !== 8) || line[colon] !== ':') return undefined
  const bytes = skipSpaces(line, colon + 1)
  const end = endOfHex(line, bytes)
  if (end - bytes !== 4 && end - bytes !== 8 && end - bytes !== 12) return undefined
  const units: string[] = []
  for (let unit = bytes; unit < end; unit += 4) units.push(line.slice(unit, unit + 4))
  const code: NonNullable<ArchLine['code']> = { units, unitBytes: 2, address: hex(line.slice(start, colon)) }
  if (mark === '>') code.faultIndex = 0
  if (mark === '#') code.previous = true
  const text = line
    .slice(end, end + 160)
    .trim()
    .replace(/\s+/, ' ')
  if (text !== '') code.text = text
  return { code }
}

// Krnl Code: 50 10 20 00 98 9f f0 7c 07 fe          from the address in the PSW on, until 2.6.27
function readCodeBytes(line: string, at: number): ArchLine | undefined {
  const code = readCode(line, at)
  return code?.unitBytes === 1 && code.units.length > 1 ? { code: { ...code, faultIndex: 0 } } : undefined
}

// CPU:    0    Not tainted                           until 2.6.27; "CPU: 0 Tainted: P  2.6.32 #1" until 3.10
const cpuForm: LineForm = {
  starts: 'CPU:',
  read(line, at) {
    const match = /^\s{1,8}(\d{1,5})\s{1,4}(?:Not tainted|Tainted)/.exec(line.slice(at, at + 32))
    return match ? { task: { cpu: Number(match[1]) } } : undefined
  },
}

const codeForms: LineForm[] = [
  ...codeTitles.map(starts => ({
    starts,
    read(line: string, at: number): ArchLine | undefined {
      if (/^ {1,8}Bad PSW/.test(line.slice(at, at + 18))) return { code: { units: [], unitBytes: 2, raw: 'Bad PSW.' } }
      return readCodeRow(line, at) ?? readCodeBytes(line, at)
    },
  })),
  ...['>', '#'].map(starts => ({ starts, read: (line: string, _at: number, from: number) => readCodeRow(line, from) })),
  // A row without a mark has nothing to be known by but its instruction; a dump of memory has numbers there.
  {
    starts: '0',
    read(line, _at, from) {
      const found = readCodeRow(line, from)
      return found?.code?.text !== undefined && /^[a-z]{1,8}[a-z0-9]*(?: |$)/.test(found.code.text) ? found : undefined
    },
  },
]

// The instruction that last broke the sequence, under its title; the row is a stack frame in all but the title.
//   Last Breaking-Event-Address:
//    [<000003ff7fd03242>] fl_run+0x6a/0x6a0 [fltrig]
const readRegular = formReader([
  ...pswForms,
  fieldsForm,
  { starts: 'Last Breaking-Event-Address:', read: () => ({}) },
  ...generalForms,
  ...codeForms,
  ...faultForms,
  cpuForm,
  processForm,
])

function read(line: string): ArchLine | undefined {
  return readRegular(line) ?? readContinuation(line)
}

/** Names the registers of the rows under `Krnl GPRS:`. */
function reader(): (line: string) => ArchLine | undefined {
  let next = 0
  return line => {
    const found = read(line)
    if (!found) return undefined
    if (found.continues) {
      if (next === 0 || next > 15) return undefined
      const values = found.continues.slice(0, 16 - next)
      const registers = nameValues('GPR', next, values)
      next += values.length
      return { registers }
    }
    if (found.registers?.['GPR0'] !== undefined) next = Object.keys(found.registers).length
    else if (found.begins || found.code) next = 0
    return found
  }
}

export const s390x: Arch = {
  name: 's390x',
  elfMachine: 22, // EM_S390
  wordBytes: 8,
  byteOrder: 'big',
  roles: { programCounter: 'PSW address', stackPointer: 'GPR15', returnAddress: 'GPR14', framePointer: 'GPR11' },
  signatures: [
    /^\s*(?:(?:Krnl|User) (?:PSW :|GPRS:|Code:)|R:\d T:\d IO:\d EX:\d|Failing address: [0-9a-f]{8}|Fault in \w+ (?:space|register) mode|Last Breaking-Event-Address:|AS:[0-9a-f]{16} |[#>]?[0-9a-f]{16}: [0-9a-f]{4,12}\s|\(\[<0[0-9a-f]{15}>\] | ?\[<0[0-9a-f]{15}>\] (?:__do_syscall|system_call|sysc_\w+|__ret_from_fork|ret_from_fork(?!\+0x1c\/0x2c)|kernel_thread_starter|pgm_check_handler)\+0x|[\w ]{3,40}: [0-9a-f]{4} ilc:\d)/,
  ],
  read,
  starts: readRegular.starts,
  reader,
  decodeRegister(name, value) {
    if (name === 'PSW mask') return decodePsw(value)
    if (name === 'PIC') return describeInterruption(value)
    return name === 'TEID' ? describeTeid(value) : undefined
  },
  describeFault,
  kindOfTrap,
}
