// Which instructions the code of a report is made of.

import type { ArchName, Report } from '../model.ts'

export interface InstructionSet {
  name: 'x86' | 'arm' | 'thumb' | 'arm64' | 'powerpc' | 'mips' | 'riscv' | 's390x' | 'sparc' | 'm68k' | 'loongarch'
  bits: 32 | 64
  /** in which bytes of a printed unit are given to the disassembler */
  order: 'little' | 'big'
  /** what every instruction's length is a multiple of */
  align: 1 | 2 | 4
  /** all have the same length */
  fixed: boolean
}

const set = (
  name: InstructionSet['name'],
  bits: InstructionSet['bits'],
  order: InstructionSet['order'],
  align: InstructionSet['align'],
): InstructionSet => ({ name, bits, order, align, fixed: align === 4 })

/** Words of machines with both byte orders are printed as numbers: one order serves for both. */
const sets: Partial<Record<ArchName, InstructionSet>> = {
  x86_64: set('x86', 64, 'little', 1),
  i386: set('x86', 32, 'little', 1),
  arm: set('arm', 32, 'little', 4),
  arm64: set('arm64', 64, 'little', 4),
  powerpc: set('powerpc', 32, 'little', 4),
  powerpc64: set('powerpc', 64, 'little', 4),
  mips: set('mips', 32, 'little', 4),
  mips64: set('mips', 64, 'little', 4),
  riscv32: set('riscv', 32, 'little', 2),
  riscv64: set('riscv', 64, 'little', 2),
  s390x: set('s390x', 64, 'big', 2),
  sparc: set('sparc', 32, 'big', 4),
  sparc64: set('sparc', 64, 'big', 4),
  m68k: set('m68k', 32, 'big', 2),
  loongarch64: set('loongarch', 64, 'little', 4),
}

/**
 * e_machine (elf.h, EM_…) → architectures of 32 and of 64 bits. The records of arch/ have it too, and all that they know of
 * logs: a look-up of lines does without.
 */
const machines: Readonly<Record<number, readonly [ArchName | undefined, ArchName | undefined]>> = {
  2: ['sparc', undefined],
  3: ['i386', undefined],
  4: ['m68k', undefined],
  8: ['mips', 'mips64'],
  20: ['powerpc', undefined],
  21: [undefined, 'powerpc64'],
  22: [undefined, 's390x'],
  40: ['arm', undefined],
  43: [undefined, 'sparc64'],
  62: [undefined, 'x86_64'],
  183: [undefined, 'arm64'],
  243: ['riscv32', 'riscv64'],
  258: [undefined, 'loongarch64'],
}

/** Which architecture an ELF file is of, where its instructions can be read. */
export const archOfElf = (machine: number, wordBytes: 4 | 8): ArchName | undefined =>
  machines[machine]?.[wordBytes === 4 ? 0 : 1]

/** Of an architecture by its name. */
export const instructionSetOfArch = (arch: ArchName): InstructionSet | undefined => sets[arch]

const thumb = set('thumb', 32, 'little', 2)

export function instructionSetOf({ arch, code, registers }: Report): InstructionSet | undefined {
  if (arch === undefined) return undefined
  // ARM prints halfwords in Thumb state (arch/arm/kernel/traps.c, dump_instr()).
  if (arch === 'arm' && code?.unitBytes === 2) return thumb
  // A 32-bit program on a 64-bit kernel: arch/x86/include/asm/segment.h, __USER32_CS.
  if (arch === 'x86_64' && /^0x0*23$/.test(registers?.['CS'] ?? '')) return sets.i386
  return sets[arch]
}
