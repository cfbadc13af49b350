import type { Arch } from './arch.ts'
import { describeFault, kindOfTrap } from './powerpc-fault.ts'
import { decodePowerpc } from './powerpc-flags.ts'
import { powerpcReader } from './powerpc-lines.ts'

const read = powerpcReader(16)

export const powerpc64: Arch = {
  name: 'powerpc64',
  elfMachine: 21, // EM_PPC64
  wordBytes: 8,
  byteOrder: 'either',
  roles: { programCounter: 'NIP', stackPointer: 'GPR1', returnAddress: 'LR', faultAddress: 'DAR' },
  signatures: [
    /^\s*(?:NIP: +[0-9A-Fa-f]{16} |NIP \[[0-9a-f]{16}\]|LR \[[0-9a-f]{16}\]|REGS: [0-9a-f]{16} TRAP: |MSR: +[0-9a-f]{16} |GPR\d\d: [0-9A-Fa-f]{16}|TASK = [0-9a-f]{16}\[|CFAR: [0-9a-f]{16}|\[[0-9a-f]{16}\] \[[0-9a-f]{16}\] |LE PAGE_SIZE=|.{1,16}\[\d{1,10}\]: (?:code: [0-9a-f]{8} |.{3,60} nip [0-9a-f]{8,16} lr ))/,
  ],
  read,
  starts: read.starts,
  decodeRegister: decodePowerpc,
  describeFault,
  kindOfTrap,
}
