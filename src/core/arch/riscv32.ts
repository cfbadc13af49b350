import type { Arch } from './arch.ts'
import { decodeRiscv, describeFault, kindOfTrap } from './riscv-flags.ts'
import { riscvReader } from './riscv-lines.ts'

const read = riscvReader(8)

export const riscv32: Arch = {
  name: 'riscv32',
  elfMachine: 243, // EM_RISCV, class 32
  wordBytes: 4,
  byteOrder: 'little',
  roles: {
    programCounter: 'epc',
    stackPointer: 'sp',
    returnAddress: 'ra',
    framePointer: 's0',
    faultAddress: 'badaddr',
  },
  signatures: [
    /^\s*(?:s?epc ?: [0-9a-f]{8} ra : |gp : [0-9a-f]{8} |[ast]\d ?: [0-9a-f]{8} [ast]\d|s1[01]: [0-9a-f]{8}|s?status: [0-9a-f]{8} s?badaddr: )/,
  ],
  read,
  starts: read.starts,
  decodeRegister: decodeRiscv,
  describeFault,
  kindOfTrap,
}
