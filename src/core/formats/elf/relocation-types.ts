// The relocations that stand in debug, note and table sections of relocatable files, for each machine. Those of code are
// not among them: nothing here runs the code.
//
// How to add a machine: a row in `machines`, from <elf.h> or the processor's ABI supplement.

/** S symbol, A addend, P place, V what stands there */
export interface RelocationType {
  /** bytes written; 0: as many as the LEB128 number there has */
  bytes: 0 | 1 | 2 | 4 | 8
  /** set: S+A · relative: S+A-P, relative31: in the low 31 bits · add: V+S+A · subtract: V-S-A · low6: the same in the low six bits of a byte */
  does: 'set' | 'relative' | 'relative31' | 'add' | 'subtract' | 'set6' | 'subtract6' | 'nothing'
}

const set = (bytes: 1 | 2 | 4 | 8): RelocationType => ({ bytes, does: 'set' })
const relative = (bytes: 4 | 8): RelocationType => ({ bytes, does: 'relative' })
const add = (bytes: 0 | 1 | 2 | 4 | 8): RelocationType => ({ bytes, does: 'add' })
const subtract = (bytes: 0 | 1 | 2 | 4 | 8): RelocationType => ({ bytes, does: 'subtract' })
const nothing: RelocationType = { bytes: 1, does: 'nothing' }

export type RelocationTypes = Readonly<Record<number, RelocationType>>

const sparc: RelocationTypes = { 3: set(4), 6: relative(4), 23: set(4), 32: set(8), 54: set(8), 55: set(2) }

/** e_machine → r_type → what it does; R_*_NONE, 0 everywhere, is not listed. */
const machines: Readonly<Record<number, RelocationTypes>> = {
  2: sparc,
  3: { 1: set(4), 2: relative(4) }, // R_386_32, PC32
  4: { 1: set(4), 4: relative(4) }, // R_68K_32, PC32
  8: { 2: set(4), 18: set(8), 248: relative(4) }, // R_MIPS_32, 64, PC32
  15: { 1: set(4), 9: relative(4), 72: relative(8), 80: set(8) }, // R_PARISC_DIR32, PCREL32, PCREL64, DIR64
  18: sparc,
  20: { 1: set(4), 24: set(4), 26: relative(4) }, // R_PPC_ADDR32, UADDR32, REL32
  21: { 1: set(4), 24: set(4), 26: relative(4), 38: set(8), 43: set(8), 44: relative(8) }, // R_PPC64_*
  22: { 3: set(2), 4: set(4), 5: relative(4), 22: set(8), 23: relative(8) }, // R_390_16, 32, PC32, 64, PC64
  // R_ARM_ABS32, REL32, PREL31, ABS32_NOI
  40: { 2: set(4), 3: relative(4), 42: { bytes: 4, does: 'relative31' }, 55: set(4) },
  42: { 1: set(4), 2: relative(4) }, // R_SH_DIR32, REL32
  43: sparc,
  62: { 1: set(8), 2: relative(4), 10: set(4), 11: set(4), 12: set(2), 24: relative(8) }, // R_X86_64_64, PC32, 32, 32S, 16, PC64
  92: { 1: set(4), 9: relative(4) }, // R_OR1K_32, 32_PCREL
  93: { 4: set(4) }, // R_ARC_32
  94: { 1: set(4), 14: relative(4), 17: nothing, 18: nothing, 19: nothing }, // R_XTENSA_32, 32_PCREL, DIFF*: there already
  183: { 257: set(8), 258: set(4), 259: set(2), 260: relative(8), 261: relative(4) }, // R_AARCH64_ABS*, PREL*
  189: { 1: set(4), 2: relative(4) }, // R_MICROBLAZE_32, 32_PCREL
  195: { 4: set(4), 50: relative(4) }, // R_ARC_32, 32_PCREL
  // R_RISCV_32, 64, ADD*, SUB*, SUB6, SET6, SET*, 32_PCREL, SET_ULEB128, SUB_ULEB128
  243: {
    1: set(4),
    2: set(8),
    33: add(1),
    34: add(2),
    35: add(4),
    36: add(8),
    37: subtract(1),
    38: subtract(2),
    39: subtract(4),
    40: subtract(8),
    52: { bytes: 1, does: 'subtract6' },
    53: { bytes: 1, does: 'set6' },
    54: set(1),
    55: set(2),
    56: set(4),
    57: relative(4),
    60: { bytes: 0, does: 'set' },
    61: subtract(0),
  },
  // R_LARCH_32, 64, ADD*, SUB*, 32_PCREL, ADD6, SUB6, ADD_ULEB128, SUB_ULEB128, 64_PCREL
  258: {
    1: set(4),
    2: set(8),
    47: add(1),
    48: add(2),
    50: add(4),
    51: add(8),
    52: subtract(1),
    53: subtract(2),
    55: subtract(4),
    56: subtract(8),
    99: relative(4),
    105: { bytes: 1, does: 'set6' },
    106: { bytes: 1, does: 'subtract6' },
    107: add(0),
    108: subtract(0),
    109: relative(8),
  },
  36902: { 1: set(4), 2: set(8), 10: relative(4), 11: relative(8) }, // R_ALPHA_REFLONG, REFQUAD, SREL32, SREL64
}

export const relocationTypesOf = (machine: number): RelocationTypes => machines[machine] ?? {}
