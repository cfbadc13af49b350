import type { Arch } from './arch.ts'
import { decodeRiscv, describeFault, kindOfTrap } from './riscv-flags.ts'
import { riscvReader } from './riscv-lines.ts'

const read = riscvReader(16)

export const riscv64: Arch = {
  name: 'riscv64',
  elfMachine: 243, // EM_RISCV
  wordBytes: 8,
  byteOrder: 'little',
  roles: {
    programCounter: 'epc',
    stackPointer: 'sp',
    returnAddress: 'ra',
    framePointer: 's0',
    faultAddress: 'badaddr',
  },
  signatures: [
    /^\s*(?:s?epc ?: [0-9a-f]{16} ra : |gp : [0-9a-f]{16} |[ast]\d ?: [0-9a-f]{16} [ast]\d|s1[01]: [0-9a-f]{16}|s?status: [0-9a-f]{16} s?badaddr: )/,
    /^\s*(?:\[<ffffffe0[0-9a-f]{8}>\] |(?:\[<[0-9a-f]{16}>\] )?(?:do_trap_ecall_u|ret_from_exception|handle_exception|do_trap_break|__riscv_sys_|riscv_intc_irq)\+0x)/,
  ],
  read,
  starts: read.starts,
  decodeRegister: decodeRiscv,
  describeFault,
  kindOfTrap,
}
