// One record for each architecture. What it lacks is an absent field; general code never names one.
//
// How to add an architecture:
//   1. write arch/<name>.ts with one exported record of type Arch: a table of line forms (forms.ts) under a sample of each
//      line, printk formats cited by kernel file and function; flags in words in <name>-flags.ts where there are many;
//   2. add it to the list in arch/index.ts (and its name to archNames in vocabulary.ts);
//   3. add a real dump as fixtures/arch/<name>/<kernel>-<what>.log and what it says beside it (README there) - the tests
//      over the list pick it up.

import type { ArchName, FaultInfo, Frame, KindName, Located } from '../model.ts'

/** Where a register's value can be looked up for the roles that every machine has. */
export interface Roles {
  programCounter: string
  stackPointer: string
  returnAddress?: string
  framePointer?: string
  faultAddress?: string
}

/** The code bytes of one `Code:`, `Instruction dump:` or `Krnl Code:` line. */
export interface CodeLine {
  /** the printed units as hex digits, `<>` and `()` marks removed */
  units: string[]
  unitBytes: 1 | 2 | 4
  faultIndex?: number
  /** what stands there instead of code: "Bad RIP value.", "bad PC value", "Unable to access opcode bytes at 0x…." */
  raw?: string
  /** address of the first unit, where the dump gives it (s390 prints one line an instruction) */
  address?: string
  /** the instruction before the program counter, where the kernel marks that one as well (s390's '#') */
  previous?: true
  /** disassembly printed by the kernel itself (s390) */
  text?: string
}

/** What one line of an architecture's register dump says; every field as far as it is on that line. */
export interface ArchLine {
  /** name as printed (case kept) → '0x' + digits, full printed width */
  registers?: Record<string, string>
  /** the line is the first of a register set */
  begins?: true
  pc?: Frame
  mode?: 'kernel' | 'user'
  /** the return-address register, symbolised by the kernel */
  link?: Frame
  /** a symboliser's line for a function that was inlined into that of the program counter, which follows */
  inlined?: Located
  code?: CodeLine
  fault?: FaultInfo
  task?: { comm?: string; pid?: number; cpu?: number }
  /** words for flags that are printed as words on this line (ARM "Flags: nZCv  IRQs on", MSR <EE,ME,IR,DR>) */
  words?: Record<string, string[]>
  /** values that continue the register row above and have no names of their own (s390 GPRs); `reader` names them */
  continues?: string[]
  /** the page-table entries of the fault address: name as printed (PGD, p4d, *pde, AS…) → '0x' + digits */
  pageTable?: Record<string, string>
}

export interface Arch {
  name: ArchName
  /** e_machine of ELF, elf.h */
  elfMachine: number
  wordBytes: 4 | 8
  byteOrder: 'little' | 'big' | 'either'
  roles: Roles
  /** Lines that only this architecture prints; used to tell it from the others. Anchored, linear. */
  signatures: readonly RegExp[]
  /** Reads one line of this architecture's dump; undefined when it is none of its lines. Never throws. */
  read(line: string): ArchLine | undefined
  /** what its lines start with, leading spaces removed; others are not worth a `read` */
  starts: readonly string[]
  /**
   * A reader with a memory for one report, where some lines only mean something after others (s390 names the registers
   * of a row that continues). To be fed the report's lines in order; otherwise as `read`.
   */
  reader?(): (line: string) => ArchLine | undefined
  /**
   * Flags of one register in words; undefined when the register has none. Value as printed. Besides registers: the codes
   * that a header line prints (x86 'error_code', arm 'FSR', arm64 'ESR', s390 'PIC', powerpc 'TRAP').
   */
  decodeRegister?(name: string, value: bigint): string[] | undefined
  /** What the registers alone say of the fault (trap number, cause, syndrome, fault address). */
  describeFault?(registers: Readonly<Record<string, string>>): FaultInfo | undefined
  /** Which kind a trap or exception code stands for, where the header line does not say. */
  kindOfTrap?(registers: Readonly<Record<string, string>>): KindName | undefined
}
