// What an architecture's ABI fixes about frames: registers by their DWARF numbers, who saves which, how frames are
// chained on the stack.
//
// How to add an architecture: a record below under the document that fixes it, a line in `abis`; where its functions can
// be read from their first instructions, a reader in prologue/.

import type { ArchName, Report } from '../../model.ts'
import { say } from '../../say.ts'

/** A frame pointer or back chain that is kept on the stack. */
export interface ChainLayout {
  /** as the label of its words says it */
  name: string
  /** DWARF number of the register that points to the frame */
  register: number
  /** where, from what the register holds, the next frame's value stands */
  link: number
  /** where the return address stands: from the register, or for back chains from the next frame */
  returnAddress: number
  from: 'frame' | 'next frame'
  /** the caller's stack pointer: so far above the frame register; 'next frame' where the link is the stack pointer itself */
  callerStack: number | 'next frame'
}

export interface Abi {
  wordBytes: 4 | 8
  /** register names as the kernel prints them, by DWARF number; several spellings where it has several */
  registers: readonly (readonly string[])[]
  stackPointer: number
  /** of a call, where a register holds it first */
  returnAddress?: number
  /** name of the program counter in the register dump, beside report.pc */
  programCounter: readonly string[]
  calleeSaved: readonly number[]
  /** registers of the first arguments */
  arguments: readonly number[]
  /** possible layouts of a chain; the first that fits the stack is taken */
  chains: readonly ChainLayout[]
  /** how far the frame's address of call frame information (CFA) lies above the caller's stack pointer */
  frameAddressBias?: number
  /** so far behind a call's address its return address points, at least: the shortest call */
  callBytes: number
  /** an address of code as it is meant: without a mode bit or authentication code */
  strip(address: bigint): bigint
}

const same = (address: bigint): bigint => address
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const single = (...names: string[]): string[][] => names.map(name => [name])

/** System V ABI, AMD64 supplement §3.6.2 (numbers), §3.2.1 (registers), §3.2.2 (frame). */
const x86_64: Abi = {
  wordBytes: 8,
  registers: [
    ...single('RAX', 'RDX', 'RCX', 'RBX', 'RSI', 'RDI', 'RBP', 'RSP'),
    ['R08', 'R8'],
    ['R09', 'R9'],
    ...single('R10', 'R11', 'R12', 'R13', 'R14', 'R15'),
  ],
  stackPointer: 7,
  programCounter: ['RIP'],
  calleeSaved: [3, 6, 12, 13, 14, 15],
  arguments: [5, 4, 1, 2, 8, 9],
  chains: [{ name: say`frame pointer`, register: 6, link: 0, returnAddress: 8, from: 'frame', callerStack: 16 }],
  callBytes: 2,
  strip: same,
}

/** System V ABI, Intel386 supplement; the kernel passes three arguments in registers (-mregparm=3). */
const i386: Abi = {
  wordBytes: 4,
  registers: ['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI'].map(name => [name, name.toLowerCase()]),
  stackPointer: 4,
  programCounter: ['EIP'],
  calleeSaved: [3, 5, 6, 7],
  arguments: [0, 2, 1],
  chains: [{ name: say`frame pointer`, register: 5, link: 0, returnAddress: 4, from: 'frame', callerStack: 8 }],
  callBytes: 2,
  strip: same,
}

/** AAPCS64 §6.4.6: the frame record, x29 and x30 at the place that x29 points to. Numbers: DWARF for the Arm 64-bit Architecture. */
const arm64: Abi = {
  wordBytes: 8,
  registers: [...range(0, 29).map(i => [`x${i}`]), ['lr', 'x30'], ['sp']],
  stackPointer: 31,
  returnAddress: 30,
  programCounter: ['pc'],
  calleeSaved: range(19, 29),
  arguments: range(0, 7),
  // Where the record is in its frame is the function's own choice.
  chains: [{ name: say`frame record`, register: 29, link: 0, returnAddress: 8, from: 'frame', callerStack: 16 }],
  callBytes: 4,
  // Pointer authentication puts its code into the bits above the address; bit 55 says which half it is of.
  strip: address =>
    (address >> 55n) & 1n ? address | 0xffff000000000000n : address >> 48n === 0n ? address : address & 0xffffffffffffn,
}

/** AAPCS32; DWARF for the Arm Architecture. Frames: arch/arm/kernel/stacktrace.c, unwind_frame(). */
const arm: Abi = {
  wordBytes: 4,
  registers: [
    ...range(0, 10).map(i => [`r${i}`]),
    ['fp', 'r11'],
    ['ip', 'r12'],
    ['sp', 'r13'],
    ['lr', 'r14'],
    ['pc', 'r15'],
  ],
  stackPointer: 13,
  returnAddress: 14,
  programCounter: ['pc'],
  calleeSaved: range(4, 11),
  arguments: range(0, 3),
  chains: [
    // GCC, -mapcs-frame: mov ip, sp; push {fp, ip, lr, pc}; sub fp, ip, #4
    { name: say`APCS frame`, register: 11, link: -12, returnAddress: -4, from: 'frame', callerStack: 4 },
    // clang: push {fp, lr}; mov fp, sp
    { name: say`clang frame`, register: 11, link: 0, returnAddress: 4, from: 'frame', callerStack: 8 },
    // GCC without it: push {fp, lr}; add fp, sp, #4
    { name: say`GCC frame`, register: 11, link: -4, returnAddress: 0, from: 'frame', callerStack: 4 },
  ],
  callBytes: 2,
  // Bit 0 is the Thumb state.
  strip: address => address & ~1n,
}

const powerpcRegisters = (): string[][] => {
  const general = range(0, 31).map(i => [`GPR${i}`, `GPR${String(i).padStart(2, '0')}`, `r${i}`])
  // 65: the link register (ELF ABI for the PowerPC, "DWARF Register Number Mapping"; GCC's rs6000.h)
  return [...general, ...range(32, 64).map(() => []), ['LR'], ['CTR']]
}

/** Power Architecture 32-bit ABI Supplement (EABI too): the back chain at 0(r1), LR save word at 4 of the caller's frame. */
const powerpc: Abi = {
  wordBytes: 4,
  registers: powerpcRegisters(),
  stackPointer: 1,
  returnAddress: 65,
  programCounter: ['NIP'],
  calleeSaved: range(14, 31),
  arguments: range(3, 10),
  chains: [
    { name: say`back chain`, register: 1, link: 0, returnAddress: 4, from: 'next frame', callerStack: 'next frame' },
  ],
  callBytes: 4,
  strip: same,
}

/** 64-bit ELF ABI v1 §3.2.2 and v2 §2.2.2: LR save doubleword at 16 of the caller's frame. */
const powerpc64: Abi = {
  ...powerpc,
  wordBytes: 8,
  chains: [
    { name: say`back chain`, register: 1, link: 0, returnAddress: 16, from: 'next frame', callerStack: 'next frame' },
  ],
}

const mipsRegisters = range(0, 31).map(i => [`$${i}`])

/** MIPS o32 and n64: no chain; frames are read from the code. */
const mips: Abi = {
  wordBytes: 4,
  registers: mipsRegisters,
  stackPointer: 29,
  returnAddress: 31,
  programCounter: ['epc'],
  calleeSaved: [...range(16, 23), 28, 30],
  arguments: range(4, 7),
  chains: [],
  // with its delay slot
  callBytes: 8,
  strip: same,
}

const mips64: Abi = { ...mips, wordBytes: 8, arguments: range(4, 11) }

/** RISC-V ELF psABI; arch/riscv/kernel/stacktrace.c: fp and ra below where s0 points to. */
const riscv64: Abi = {
  wordBytes: 8,
  registers: [
    [],
    ...single('ra', 'sp', 'gp', 'tp', 't0', 't1', 't2'),
    ['s0', 'fp'],
    ...single('s1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'),
    ...range(2, 11).map(i => [`s${i}`]),
    ...range(3, 6).map(i => [`t${i}`]),
  ],
  stackPointer: 2,
  returnAddress: 1,
  programCounter: ['epc', 'sepc'],
  calleeSaved: [8, 9, ...range(18, 27)],
  arguments: range(10, 17),
  chains: [{ name: say`frame pointer`, register: 8, link: -16, returnAddress: -8, from: 'frame', callerStack: 0 }],
  callBytes: 2,
  strip: same,
}

const riscv32: Abi = {
  ...riscv64,
  wordBytes: 4,
  chains: [{ name: say`frame pointer`, register: 8, link: -8, returnAddress: -4, from: 'frame', callerStack: 0 }],
}

/** ELF ABI s390x Supplement: the back chain at 0(r15); r14 at 112 of the caller's register save area. */
const s390x: Abi = {
  wordBytes: 8,
  registers: range(0, 15).map(i => [`GPR${i}`]),
  stackPointer: 15,
  returnAddress: 14,
  programCounter: ['PSW address'],
  calleeSaved: range(6, 13),
  arguments: range(2, 6),
  chains: [
    { name: say`back chain`, register: 15, link: 0, returnAddress: 112, from: 'next frame', callerStack: 'next frame' },
  ],
  frameAddressBias: 160,
  callBytes: 2,
  strip: same,
}

/** LoongArch ELF psABI: fp (r22) at the frame's top, ra and the caller's fp below it. */
const loongarch64: Abi = {
  wordBytes: 8,
  registers: [
    [],
    ...single('ra', 'tp', 'sp', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'),
    ...range(0, 8).map(i => [`t${i}`]),
    ['u0'],
    ['s9', 'fp'],
    ...range(0, 8).map(i => [`s${i}`]),
  ],
  stackPointer: 3,
  returnAddress: 1,
  programCounter: ['pc', 'ERA'],
  calleeSaved: range(22, 31),
  arguments: range(4, 11),
  chains: [{ name: say`frame pointer`, register: 22, link: -16, returnAddress: -8, from: 'frame', callerStack: 0 }],
  callBytes: 4,
  strip: same,
}

const abis: Partial<Record<ArchName, Abi>> = {
  x86_64,
  i386,
  arm64,
  arm,
  powerpc,
  powerpc64,
  mips,
  mips64,
  riscv64,
  riscv32,
  s390x,
  loongarch64,
}

export const abiOf = (arch: ArchName | undefined): Abi | undefined => (arch === undefined ? undefined : abis[arch])

/** The name of a register as this report prints it, otherwise as the kernel does by default. */
export function registerName(abi: Abi, number: number, report?: Report): string {
  const names = abi.registers[number] ?? []
  const printed = names.find(name => report?.registers?.[name] !== undefined)
  return printed ?? names[0] ?? `r${number}`
}
