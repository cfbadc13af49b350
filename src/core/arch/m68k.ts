import type { FaultInfo } from '../model.ts'
import type { Arch, ArchLine } from './arch.ts'
import { type Bit, describeBits, isSet } from './bits.ts'
import { codeForm, formReader, type LineForm, pairForms, processForm } from './forms.ts'
import { endOfHex, hex, numberOf, readSymbol } from './printed.ts'
import { numbered, readPairs, widths } from './registers.ts'

// arch/m68k/kernel/traps.c, show_registers():
//   PC: [<00012345>] fl_null_write+0x14/0x20
//   SR: 2000  SP: 01f2ff40  a2: 01f45a14
//   d0: 00000000    d1: 00000001    d2: 00001234    d3: 00000000
//   d4: 00000000    d5: 00000000    a0: 00000000    a1: 01f2ff90
//   Process sh (pid: 90, task=01c0b5c0)
//   Frame format=7 eff addr=00000000 ssw=0505 faddr=00000000
const known = new Map([
  ...widths(8, ['PC', 'SP', 'USP', ...numbered('d', 8), ...numbered('a', 7)]),
  ...widths(4, ['SR']),
])

// MC68040 user's manual §1.4.2 "Status register"
const status: readonly Bit[] = [
  { bit: 15, set: 'trace (T1)' },
  { bit: 14, set: 'trace on branches (T0)' },
  { bit: 13, set: 'supervisor (S)', clear: 'user mode' },
  { bit: 12, set: 'master stack (M)' },
  { low: 8, high: 10, values: { 0: 'interrupts on' }, otherwise: level => `interrupts masked to level ${level}` },
  { bit: 4, set: 'extend (X)' },
  { bit: 3, set: 'negative (N)' },
  { bit: 2, set: 'zero (Z)' },
  { bit: 1, set: 'overflow (V)' },
  { bit: 0, set: 'carry (C)' },
]

const pcForm: LineForm = {
  starts: 'PC: [<',
  read(line, at) {
    const end = endOfHex(line, at)
    if (end - at !== 8) return undefined
    const address = hex(line.slice(at, end))
    return { begins: true, registers: { PC: address }, pc: { ...readSymbol(line, end + 2)?.frame, address } }
  },
}

const srForm: LineForm = {
  starts: 'SR: ',
  read(line, _at, from) {
    const row = readPairs(line, from, known)
    const value = numberOf(row?.registers['SR'])
    if (!row || value === undefined) return undefined
    return { registers: row.registers, mode: isSet(value, 13) ? 'kernel' : 'user' }
  },
}

// Frame format=7 eff addr=00000000 ssw=0505 faddr=00000000                68040
// Frame format=4 fault addr=00000000 fslw=01051000                        68060
// Frame format=B ssw=074d isc=2f0b isb=f2ff daddr=00000000 dobuf=…        68030; "format=A" is the short one
// The special status word says what the access was: bit 8 (68040, RW) or 6 (68020/30, RW) set is a read.
const frameForm: LineForm = {
  starts: 'Frame format=',
  read(line, at) {
    const format = line[at]!
    const rest = line.slice(at + 1, at + 120)
    const address = / (?:faddr|fault addr|daddr)=([0-9a-f]{8})/.exec(rest)?.[1]
    if (address === undefined) return undefined
    const fault: FaultInfo = { address: hex(address) }
    const ssw = / ssw=([0-9a-f]{4})/.exec(rest)?.[1]
    const fslw = / fslw=([0-9a-f]{8})/.exec(rest)?.[1]
    if (ssw !== undefined) {
      fault.code = hex(ssw)
      fault.access = isSet(BigInt(fault.code), format === '7' ? 8 : 6) ? 'read' : 'write'
    } else if (fslw !== undefined) {
      fault.code = hex(fslw)
      // Fault status long word, bits 24:23, arch/m68k/include/asm/traps.h: 01 is a write, 10 a read, 11 both.
      const direction = Number((BigInt(fault.code) >> 23n) & 3n)
      if (direction !== 0) fault.access = direction === 2 ? 'read' : 'write'
    }
    return { fault }
  },
}

// Unable to handle kernel NULL pointer dereference at virtual address 00000000
// Unable to handle kernel access at virtual address 01234567
const unableForm: LineForm = {
  starts: 'Unable to handle kernel ',
  read(line, at) {
    const match = /^[\w ]{4,40}? at virtual address (?:0x)?([0-9a-f]{8})\s*$/.exec(line.slice(at, at + 90))
    return match ? { fault: { address: hex(match[1]!), mode: 'kernel' } } : undefined
  },
}

const read = formReader([pcForm, srForm, frameForm, codeForm, unableForm, processForm, ...pairForms(known)])

function describeFault(registers: Readonly<Record<string, string>>): ArchLine['fault'] {
  const value = numberOf(registers['SR'])
  return value === undefined ? undefined : { mode: isSet(value, 13) ? 'kernel' : 'user' }
}

export const m68k: Arch = {
  name: 'm68k',
  elfMachine: 4, // EM_68K
  wordBytes: 4,
  byteOrder: 'big',
  roles: { programCounter: 'PC', stackPointer: 'SP', framePointer: 'a6' },
  signatures: [
    /^\s*(?:PC: \[<[0-9a-f]{8}>\]|SR: [0-9a-f]{4} {2}SP: |d[04]: [0-9a-f]{8} {4}d[15]: |Frame format=[0-9A-F] )/,
  ],
  read,
  starts: read.starts,
  decodeRegister: (name, value) => (name === 'SR' ? describeBits(status, value) : undefined),
  describeFault,
}
