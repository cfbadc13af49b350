import type { FaultInfo } from '../model.ts'
import type { Arch, ArchLine } from './arch.ts'
import { formReader, type LineForm, pairForms, symbolForm } from './forms.ts'
import { endOfHex, hex, skipSpaces } from './printed.ts'
import { readPairs, readValues, widths } from './registers.ts'

// arch/parisc/kernel/traps.c, show_regs(); words of 8 or 16 digits:
//        YZrvWESTHLNXBCVMcbcbcbcbOGFRQPDI
//   PSW: 00001000000001101111111100001111 Not tainted
//   r00-03  000000ff0806ff0f 0000000040b8d000 0000000001f45a14 0000000041234000
//   IASQ: 0000000000000000 0000000000000000 IAOQ: 0000000001f45a14 0000000001f45a18
//    IIR: 0e801280    ISR: 0000000000000000  IOR: 0000000000000000
//    CPU:        1   CR30: 000000017cd5c000 CR31: ffffffffffffffff
//    ORIG_R28: 0000000000000000
//    IAOQ[0]: fl_null_write+0x14/0x20 [fltrig]
//    RP(r2): fl_run+0x40/0x600 [fltrig]
const known = new Map([...widths(8, ['IIR']), ...widths(0, ['ISR', 'IOR', 'CR30', 'CR31', 'ORIG_R28', 'FPER1'])])

/** Letter above each bit of the PSW line, bit 0 (the leftmost) first; PA-RISC 2.0 architecture, chapter 2. */
const pswWords: Readonly<Record<number, string>> = {
  4: '64-bit addresses (W)',
  5: 'little-endian (E)',
  6: 'secure interval timer (S)',
  7: 'taken branch trap (T)',
  8: 'higher-privilege transfer trap (H)',
  9: 'lower-privilege transfer trap (L)',
  10: 'nullify (N)',
  11: 'data memory break disable (X)',
  12: 'taken branch (B)',
  13: 'code translation (C)',
  14: 'divide step (V)',
  15: 'high-priority machine check mask (M)',
  24: 'ordered references (O)',
  25: 'debug trap (G)',
  26: 'performance monitor interrupt unmask (F)',
  27: 'recovery counter (R)',
  28: 'interruption state collection (Q)',
  29: 'protection identifiers on (P)',
  30: 'data translation (D)',
  31: 'interrupts on (I)',
}

const pswForm: LineForm = {
  starts: 'PSW: ',
  read(line, at) {
    const bits = line.slice(at, at + 32)
    if (!/^[01]{32}$/.test(bits)) return undefined
    return { begins: true, registers: { PSW: pswValue(bits) }, words: { PSW: describePsw(bits) } }
  },
}

function pswValue(bits: string): string {
  return `0x${Number.parseInt(bits, 2).toString(16).padStart(8, '0')}`
}

function describePsw(bits: string): string[] {
  const words: string[] = []
  for (let bit = 0; bit < 32; bit++) if (bits[bit] === '1' && pswWords[bit] !== undefined) words.push(pswWords[bit]!)
  return words
}

// r00-03  … four values; also sr00-03 and fr00-03
const rowForms: LineForm[] = ['r', 'sr', 'fr'].map(starts => ({
  starts,
  read(line, at) {
    const match = /^(\d\d)-(\d\d) /.exec(line.slice(at, at + 6))
    if (!match || Number(match[2]) !== Number(match[1]) + 3) return undefined
    const values = readAnyWidth(line, at + 6, 4)
    const registers: Record<string, string> = {}
    for (const [index, value] of values.entries()) {
      registers[starts + String(Number(match[1]) + index).padStart(2, '0')] = value
    }
    return values.length > 0 ? { registers } : undefined
  },
}))

function readAnyWidth(line: string, at: number, limit: number): string[] {
  const start = skipSpaces(line, at)
  const digits = endOfHex(line, start) - start
  return digits === 8 || digits === 16 ? readValues(line, start, digits, limit) : []
}

const queueForm: LineForm = {
  starts: 'IASQ:',
  read(line, at) {
    const spaces = readAnyWidth(line, at, 2)
    const label = line.indexOf('IAOQ:', at)
    const offsets = label < 0 || label - at > 60 ? [] : readAnyWidth(line, label + 5, 2)
    if (spaces.length === 0) return undefined
    const registers: Record<string, string> = {}
    for (const [index, value] of spaces.entries()) registers[`IASQ${index}`] = value
    for (const [index, value] of offsets.entries()) registers[`IAOQ${index}`] = value
    const found: ArchLine = { registers }
    const pc = offsets[0]
    if (pc !== undefined) {
      found.pc = { address: pc }
      // The low two bits are the privilege level.
      found.mode = (BigInt(pc) & 3n) === 0n ? 'kernel' : 'user'
    }
    return found
  },
}

const cpuForm: LineForm = {
  starts: 'CPU: ',
  read(line, at) {
    const match = /^ {0,8}(\d{1,8}) {3}CR30: /.exec(line.slice(at, at + 28))
    if (!match) return undefined
    const row = readPairs(line, at + match[0].length - 6, known)
    return { ...(row && { registers: row.registers }), task: { cpu: Number(match[1]) } }
  },
}

const iirForm: LineForm = {
  starts: 'IIR: ',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    return row && { registers: row.registers }
  },
}

// arch/parisc/kernel/traps.c, trap_name()
const traps: Readonly<Record<number, string>> = {
  1: 'high-priority machine check',
  2: 'power failure',
  3: 'recovery counter',
  5: 'low-priority machine check',
  6: 'instruction TLB miss or page fault',
  7: 'instruction access rights or protection',
  8: 'illegal instruction',
  9: 'break instruction',
  10: 'privileged operation',
  11: 'privileged register',
  12: 'overflow',
  13: 'conditional',
  14: 'assist exception',
  15: 'data TLB miss or page fault',
  16: 'non-access instruction TLB miss',
  17: 'non-access data TLB miss or page fault',
  18: 'data access rights or unaligned data reference',
  19: 'data memory break',
  20: 'TLB dirty bit',
  21: 'page reference',
  22: 'assist emulation',
  26: 'data memory access rights',
  27: 'data memory protection',
  28: 'unaligned data reference',
}

// Kernel Fault: Code=15 (Data TLB miss fault) at addr 0000000000000000                      5.x
// Kernel Fault: Code=15 regs=000000017cd5c000 (Addr=0000000000000000)                       until then
// Bad Address (null pointer deref?): Code=15 regs=… (Addr=0000000000000000)
const codeLine =
  /: Code=(\d{1,2}) (?:regs=[0-9a-f]{8,16} \(Addr=([0-9a-f]{8,16})\)|\([\w /-]{3,60}\) at addr ([0-9a-f]{8,16}))/
function readFault(line: string, _at: number, from: number): ArchLine | undefined {
  const match = codeLine.exec(line.slice(from, from + 160))
  if (!match) return undefined
  const code = Number(match[1])
  const fault: FaultInfo = { code: match[1]!, address: hex(match[2] ?? match[3]!), mode: 'kernel' }
  if (code === 6 || code === 7) fault.access = 'execute'
  if (traps[code] !== undefined) fault.decoded = [traps[code]]
  return { fault }
}

const faultTitles = ['Kernel Fault', 'Bad Address', 'Page fault', 'High Priority Machine Check', 'Kernel bad']

const read = formReader([
  pswForm,
  ...rowForms,
  queueForm,
  iirForm,
  cpuForm,
  symbolForm('IAOQ[0]: ', 'pc'),
  symbolForm('RP(r2): ', 'link'),
  // The second entry is the instruction after; nothing to keep but that it was read.
  { starts: 'IAOQ[1]: ', read: () => ({}) },
  { starts: 'YZrvWESTHLNXBCVM', read: () => ({}) },
  ...faultTitles.map(starts => ({ starts, read: readFault })),
  ...pairForms(known),
])

export const parisc: Arch = {
  name: 'parisc',
  elfMachine: 15, // EM_PARISC
  wordBytes: 4,
  byteOrder: 'big',
  roles: {
    programCounter: 'IAOQ0',
    stackPointer: 'r30',
    returnAddress: 'r02',
    framePointer: 'r03',
    faultAddress: 'IOR',
  },
  signatures: [
    /^\s*(?:YZrvWESTHLNXBCVM|PSW: [01]{32}|s?r\d\d-\d\d {2}[0-9a-f]{8}|IASQ: [0-9a-f]{8}|IAOQ\[[01]\]: |RP\(r2\): |IIR: [0-9a-f]{8} +ISR: |[\w ()?-]{4,60}: Code=\d+ )/,
    // The kernel's text: PAGE_OFFSET is 0x10000000 there, and in the lower half nowhere else.
    /^ \[<10[1-7][0-9a-f]{5}>\] [\w.$]+\+0x/,
  ],
  read,
  starts: read.starts,
  decodeRegister(name, value) {
    return name === 'PSW' ? describePsw((value & 0xffffffffn).toString(2).padStart(32, '0')) : undefined
  },
}
