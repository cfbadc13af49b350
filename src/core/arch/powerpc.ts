import type { Arch } from './arch.ts'
import { describeFault, kindOfTrap } from './powerpc-fault.ts'
import { decodePowerpc } from './powerpc-flags.ts'
import { powerpcReader } from './powerpc-lines.ts'

const read = powerpcReader(8)

export const powerpc: Arch = {
  name: 'powerpc',
  elfMachine: 20, // EM_PPC
  wordBytes: 4,
  byteOrder: 'big',
  roles: { programCounter: 'NIP', stackPointer: 'GPR1', returnAddress: 'LR', faultAddress: 'DAR' },
  signatures: [
    /^\s*(?:NIP: +[0-9A-Fa-f]{8} |NIP \[[0-9a-f]{8}\]|LR \[[0-9a-f]{8}\]|REGS: [0-9a-f]{8} TRAP: |MSR: +[0-9a-f]{8} (?:<| *CR:|EE:)|GPR\d\d: [0-9A-Fa-f]{8} (?:[0-9A-Fa-f]{8}|$)|TASK = [0-9a-f]{8}\[|\[[0-9a-f]{8}\] \[[0-9a-f]{8}\] |.{1,16}\[\d{1,10}\]: (?:code: [0-9a-f]{8} |.{3,60} nip [0-9a-f]{8,16} lr ))/,
  ],
  read,
  starts: read.starts,
  decodeRegister: decodePowerpc,
  describeFault,
  kindOfTrap,
}
