import type { FaultInfo, KindName } from '../model.ts'
import type { Arch, ArchLine } from './arch.ts'
import { type Bit, describeBits, field, isSet } from './bits.ts'
import { formReader, type LineForm, pairForms } from './forms.ts'
import { endOfHex, hex, numberOf, readSymbol } from './printed.ts'
import { readPairs, widths } from './registers.ts'

// arch/arc/kernel/troubleshoot.c, show_regs():
//   ECR: 0x00050200 EFA: 0x00000000 ERET: 0x90123456                       5.1+
//   STAT: 0x80080802 [IE K     ]   BTA: 0x90123450
//    SP: 0x9f1c1f00  FP: 0x00000000 BLK: fl_run+0x40/0x600
//   LPS: 0x90123400	LPE: 0x90123410	LPC: 0x00000000
//   r00: 0x00000000	r01: 0x00000001	r02: 0x00001234
// until 5.0:
//   [ECR   ]: 0x00050200 => Invalid Write @ 0x00000000 by insn @ 0x90123456
//   [EFA   ]: 0x00000000
//   [BLINK ]: fl_run+0x40/0x600
//   [ERET  ]: fl_null_write+0x14/0x20
//   [STAT32]: 0x80080802 : IE K
const registerNames = Array.from({ length: 26 }, (_, index) => `r${String(index).padStart(2, '0')}`)
const known = new Map(
  widths(8, ['ECR', 'EFA', 'ERET', 'STAT', 'STAT32', 'BTA', 'SP', 'FP', 'LPS', 'LPE', 'LPC', ...registerNames]),
)

// The cause and vector numbers of both instruction sets do not collide: arcregs.h
const vectors: Readonly<Record<number, string>> = {
  1: 'memory error',
  2: 'illegal instruction',
  3: 'machine check',
  4: 'instruction TLB miss',
  5: 'data TLB miss',
  6: 'protection violation',
  7: 'privilege violation',
  8: 'software interrupt',
  9: 'trap',
  10: 'extension instruction',
  11: 'division by zero',
  13: 'misaligned access',
  32: 'machine check',
  33: 'instruction TLB miss',
  34: 'data TLB miss',
  35: 'protection violation',
  36: 'privilege violation',
  37: 'trap',
}
const dataVectors = new Set([5, 6, 34, 35])
const fetchVectors = new Set([4, 33])

const status: readonly Bit[] = [
  { bit: 31, set: 'interrupts on (IE)' },
  { bit: 11, set: 'zero (Z)' },
  { bit: 10, set: 'negative (N)' },
  { bit: 9, set: 'carry (C)' },
  { bit: 8, set: 'overflow (V)' },
  { bit: 7, set: 'user mode (U)', clear: 'kernel mode' },
  { bit: 6, set: 'delay slot pending (DE)' },
  { bit: 5, set: 'in an exception (AE)' },
]

function decodeRegister(name: string, value: bigint): string[] | undefined {
  if (name === 'STAT' || name === 'STAT32') return describeBits(status, value)
  if (name !== 'ECR') return undefined
  const vector = field(value, 16, 23)
  return [vectors[vector] ?? `vector ${vector}`]
}

function describeFault(registers: Readonly<Record<string, string>>): FaultInfo | undefined {
  const ecr = numberOf(registers['ECR'])
  if (ecr === undefined) return undefined
  const vector = field(ecr, 16, 23)
  const cause = field(ecr, 8, 15)
  const fault: FaultInfo = { code: registers['ECR']!, decoded: decodeRegister('ECR', ecr)! }
  if (registers['EFA'] !== undefined) fault.address = registers['EFA']
  if (fetchVectors.has(vector)) fault.access = 'execute'
  else if (dataVectors.has(vector) && cause <= 2)
    fault.access = cause === 0 ? 'execute' : cause === 1 ? 'read' : 'write'
  const mode = numberOf(registers['STAT'] ?? registers['STAT32'])
  if (mode !== undefined) fault.mode = isSet(mode, 7) ? 'user' : 'kernel'
  return fault
}

const causeForm: LineForm = {
  starts: 'ECR:',
  read(line, _at, from) {
    const row = readPairs(line, from, known, '0x')
    if (!row) return undefined
    const found: ArchLine = { begins: true, registers: row.registers }
    if (row.registers['ERET'] !== undefined) found.pc = { address: row.registers['ERET'] }
    const fault = describeFault(row.registers)
    if (fault) found.fault = fault
    return found
  },
}

const stackForm: LineForm = {
  starts: 'SP: 0x',
  read(line, _at, from) {
    const row = readPairs(line, from, known, '0x')
    if (!row) return undefined
    const label = line.indexOf('BLK: ', row.end)
    const link = label >= 0 && label - row.end < 4 ? readSymbol(line, label + 5) : undefined
    return { registers: row.registers, ...(link && { link: link.frame }) }
  },
}

const stateForm: LineForm = {
  starts: 'STAT:',
  read(line, _at, from) {
    const row = readPairs(line, from, known, '0x')
    const value = numberOf(row?.registers['STAT'])
    if (!row || value === undefined) return undefined
    const label = line.indexOf('BTA: ', row.end)
    if (label >= 0 && label - row.end < 32) Object.assign(row.registers, readPairs(line, label, known, '0x')?.registers)
    return { registers: row.registers, mode: isSet(value, 7) ? 'user' : 'kernel' }
  },
}

// Invalid Write @ 0x00000000 by insn @ fl_null_write+0x14/0x20            a raw address until 5.0
const invalid: LineForm = {
  starts: 'Invalid ',
  read(line, at) {
    const match = /^(Read|Write|EX) @ (0x[0-9a-f]{8}) by insn @ /.exec(line.slice(at, at + 50))
    if (!match) return undefined
    const access = match[1] === 'Read' ? 'read' : 'write'
    const symbol = readSymbol(line, at + match[0].length)
    return { fault: { address: match[2]!, access }, ...(symbol && { pc: symbol.frame }) }
  },
}

const boxed: LineForm = {
  starts: '[',
  read(line, at) {
    const match = /^(ECR|EFA|BLINK|ERET|STAT32) {0,3}\]: /.exec(line.slice(at, at + 10))
    if (!match) return undefined
    const name = match[1]!
    const start = at + match[0].length
    if (name === 'BLINK' || name === 'ERET') {
      const symbol = readSymbol(line, start)
      return symbol && (name === 'ERET' ? { pc: symbol.frame } : { link: symbol.frame })
    }
    const end = endOfHex(line, start + 2)
    if (!line.startsWith('0x', start) || end - start !== 10) return undefined
    const registers = { [name]: hex(line.slice(start + 2, end)) }
    const found: ArchLine = { registers }
    if (name === 'ECR') found.begins = true
    const fault = describeFault(registers)
    if (fault) found.fault = fault
    if (name === 'STAT32') found.mode = isSet(BigInt(registers[name]!), 7) ? 'user' : 'kernel'
    return found
  },
}

function kindOfTrap(registers: Readonly<Record<string, string>>): KindName | undefined {
  const ecr = numberOf(registers['ECR'])
  const kinds: Readonly<Record<number, KindName>> = {
    1: 'bus-error',
    2: 'illegal-instruction',
    3: 'machine-check',
    4: 'page-fault',
    5: 'page-fault',
    6: 'page-fault',
    7: 'illegal-instruction',
    9: 'bug-on',
    11: 'divide-error',
    13: 'unaligned',
    32: 'machine-check',
    33: 'page-fault',
    34: 'page-fault',
    35: 'page-fault',
    36: 'illegal-instruction',
    37: 'bug-on',
  }
  return ecr === undefined ? undefined : kinds[field(ecr, 16, 23)]
}

const read = formReader([causeForm, stateForm, stackForm, invalid, boxed, ...pairForms(known, '0x')])

export const arc: Arch = {
  name: 'arc',
  elfMachine: 195, // EM_ARCV2
  wordBytes: 4,
  byteOrder: 'either',
  roles: {
    programCounter: 'ERET',
    stackPointer: 'SP',
    framePointer: 'FP',
    faultAddress: 'EFA',
  },
  signatures: [
    /^\s*(?:ECR: 0x[0-9a-f]{8} EFA: |STAT: 0x[0-9a-f]{8} \[|LPS: 0x|BTA: 0x|SP: 0x[0-9a-f]{8} {2}FP: 0x|r\d\d: 0x[0-9a-f]{8}\s+r\d\d: 0x|\[(?:ECR {3}|EFA {3}|BLINK |ERET {2}|STAT32)\]: |Invalid (?:Read|Write|EX) @ 0x)/,
  ],
  read,
  starts: read.starts,
  decodeRegister,
  describeFault,
  kindOfTrap,
}
