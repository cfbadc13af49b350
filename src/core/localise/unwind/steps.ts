// The ways from a frame to its caller. Each says undefined where it knows nothing, or where what it would need was not
// printed.

import { FormatError } from '../../bytes/cursor.ts'
import { unwindArm } from '../../formats/arm-unwind.ts'
import type { OrcEntry } from '../../formats/orc.ts'
import type { ArchName } from '../../model.ts'
import type { Abi, ChainLayout } from './abi.ts'
import type { CodeAt } from './code-space.ts'
import type { Memory, Registers, SavedRegister, Step } from './frame.ts'
import { prologueReaders } from './prologue/index.ts'
import { MAX_FUNCTION_BYTES, readPrologue } from './prologue/prologue.ts'

export interface StepInput {
  arch: ArchName
  abi: Abi
  registers: Registers
  memory: Memory
  /** of the frame's address, a byte before it where that is a return address */
  code: CodeAt | undefined
  /** bytes of the function before the address that the log itself shows */
  printedCode?: { bytes: Uint8Array; littleEndian: boolean }
}

export const mask = (abi: Abi, value: bigint): bigint => BigInt.asUintN(abi.wordBytes * 8, value)

/** The caller's registers before anything is restored: what it must save itself is lost, the stack pointer is known. */
export function callerRegisters(abi: Abi, registers: Registers, top: bigint): Map<number, bigint> {
  const kept = new Map<number, bigint>()
  for (const number of abi.calleeSaved) {
    const value = registers.get(number)
    if (value !== undefined) kept.set(number, value)
  }
  kept.set(abi.stackPointer, top)
  return kept
}

/** Damage in one function's data leaves the others. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

const DX = 1
const DI = 5
const BP = 6
const SP = 7
const R10 = 10
const R13 = 13

/** struct pt_regs of x86-64 by DWARF number, in words. arch/x86/include/asm/ptrace.h */
const savedByEntry = [15, 14, 13, 12, 6, 3, 11, 10, 9, 8, 0, 2, 1, 4, 5] as const
const IP_WORD = 16
const SP_WORD = 19

/** ORC of x86-64: arch/x86/kernel/unwind_orc.c, unwind_next_frame(). */
export async function stepByOrc({ abi, registers, memory, code }: StepInput): Promise<Step | undefined> {
  if (code === undefined) return undefined
  const orc = await code.object.orc()
  const entry = orc?.at(code.object.base + BigInt(Math.trunc(code.place)))
  if (entry === undefined || entry.type === 'undefined') return undefined
  if (entry.type === 'end of stack') {
    const top = registers.get(SP)
    return top === undefined
      ? undefined
      : { by: 'orc', top, returnTo: undefined, registers: new Map(), saved: [], last: true }
  }
  const top = orcStackPointer(entry, registers, memory)
  if (top === undefined) return undefined
  if (entry.type === 'call') return orcCall(abi, entry, registers, memory, top)
  return orcEntry(entry.type === 'registers', registers, memory, top)
}

function orcStackPointer({ stackPointer }: OrcEntry, registers: Registers, memory: Memory): bigint | undefined {
  if (stackPointer === undefined) return undefined
  const { register, offset } = stackPointer
  const of = (number: number): bigint | undefined => registers.get(number)
  const plus = (value: bigint | undefined): bigint | undefined =>
    value === undefined ? undefined : mask64(value + BigInt(offset))
  switch (register) {
    case 'sp':
      return plus(of(SP))
    case 'bp':
      return plus(of(BP))
    case 'r10':
      return plus(of(R10))
    case 'r13':
      return plus(of(R13))
    case 'di':
      return plus(of(DI))
    case 'dx':
      return plus(of(DX))
    case 'sp, indirect': {
      // The word at the stack pointer is a stack pointer; the offset is added to what is read.
      const value = of(SP)
      return plus(value === undefined ? undefined : memory.read(value))
    }
    case 'bp, indirect': {
      const at = plus(of(BP))
      return at === undefined ? undefined : memory.read(at)
    }
  }
  return undefined
}

const mask64 = (value: bigint): bigint => BigInt.asUintN(64, value)

function orcCall(abi: Abi, entry: OrcEntry, registers: Registers, memory: Memory, top: bigint): Step {
  const restored = callerRegisters(abi, registers, top)
  const saved: SavedRegister[] = []
  const { framePointer } = entry
  if (framePointer !== undefined) {
    const from = framePointer.register === 'previous sp' ? top : registers.get(BP)
    const at = from === undefined ? undefined : mask64(from + BigInt(framePointer.offset))
    const value = at === undefined ? undefined : memory.read(at)
    if (at !== undefined) saved.push({ register: BP, at })
    if (value === undefined) restored.delete(BP)
    else restored.set(BP, value)
  }
  // ORC keeps the frame pointer only; what other registers hold in the caller is not known.
  for (const number of abi.calleeSaved) if (number !== BP) restored.delete(number)
  const returnAt = top - 8n
  return { by: 'orc', top, returnTo: memory.read(returnAt), returnAt, registers: restored, saved }
}

/** Registers that an exception's entry saved: all of them, or only what the processor itself does. */
function orcEntry(all: boolean, registers: Registers, memory: Memory, at: bigint): Step {
  const ip = at + (all ? BigInt(IP_WORD * 8) : 0n)
  const stack = memory.read(at + (all ? BigInt(SP_WORD * 8) : 24n))
  const restored = all ? new Map<number, bigint>() : new Map(registers)
  const saved: SavedRegister[] = []
  if (all) {
    for (const [word, register] of savedByEntry.entries()) {
      const place = at + BigInt(word * 8)
      const value = memory.read(place)
      saved.push({ register, at: place })
      if (value !== undefined) restored.set(register, value)
    }
  }
  if (stack !== undefined) restored.set(SP, stack)
  // A program's stack is another one: the frame ends behind what the processor pushed.
  const top = stack !== undefined && stack > at ? stack : ip + 40n
  return { by: 'orc', top, returnTo: memory.read(ip), returnAt: ip, registers: restored, saved, interrupted: true }
}

/** Unwinding tables of ARM. */
export async function stepByArmTable({ abi, registers, memory, code }: StepInput): Promise<Step | undefined> {
  if (code === undefined) return undefined
  const table = await code.object.armTable()
  const entry = readable(() => table?.find(code.place))
  if (entry === undefined || entry.cannot) return undefined
  const unwound = readable(() => unwindArm(entry.code, registers, address => memory.read(address)))
  if (unwound === undefined) return undefined
  const { stackPointer, returnTo, saved } = unwound
  const restored = callerRegisters(abi, unwound.registers, stackPointer)
  const returned = saved.find(({ register }) => register === 15) ?? saved.find(({ register }) => register === 14)
  return {
    by: 'unwind-table',
    top: stackPointer,
    returnTo,
    ...(returned !== undefined && { returnAt: returned.at }),
    registers: restored,
    saved: saved.filter(each => each !== returned && each.register !== abi.stackPointer),
    // Only an exception's entry keeps stack pointer and program counter both (entry-armv.S, svc_entry).
    ...([13, 15].every(number => saved.some(({ register }) => register === number)) && { interrupted: true as const }),
  }
}

/** The function's own first instructions. */
export async function stepByPrologue(input: StepInput): Promise<Step | undefined> {
  const { arch, abi, registers, memory } = input
  const reader = prologueReaders[arch]
  const found = reader && (await codeBefore(input))
  if (reader === undefined || found === undefined) return undefined
  const {
    stackPointer,
    saved: places,
    pointers,
  } = readPrologue(reader, found.bytes, found.bytes.length, found.littleEndian)
  const sp = registers.get(abi.stackPointer)
  let top = stackPointer === undefined || sp === undefined ? undefined : mask(abi, sp - BigInt(stackPointer))
  // Where the function has a frame pointer, that says it even if the stack pointer moved since.
  for (const chain of abi.chains) {
    const offset = pointers.get(chain.register)
    const value = registers.get(chain.register)
    if (offset === undefined || value === undefined || chain.register === abi.stackPointer) continue
    top = mask(abi, value - BigInt(offset))
    break
  }
  if (top === undefined) return undefined
  const backChain = abi.chains.find(({ from }) => from === 'next frame')
  if (backChain !== undefined && sp !== undefined && stackPointer !== 0) {
    const next = memory.read(sp)
    // The frame's own link is right where the constant of its size was not read.
    if (next !== undefined && next > sp && stackPointer === undefined) top = next
  }
  const restored = callerRegisters(abi, registers, top)
  const saved: SavedRegister[] = []
  let returnTo: bigint | undefined = abi.returnAddress === undefined ? undefined : registers.get(abi.returnAddress)
  let returnAt: bigint | undefined
  for (const [register, offset] of places) {
    const at = mask(abi, top + BigInt(offset))
    const value = memory.read(at)
    if (register === abi.returnAddress) {
      returnAt = at
      returnTo = value
    } else if (abi.calleeSaved.includes(register)) {
      saved.push({ register, at })
      if (value === undefined) restored.delete(register)
      else restored.set(register, value)
    }
  }
  if (reader.pushedByCall !== undefined) {
    returnAt = top - BigInt(reader.pushedByCall)
    returnTo = memory.read(returnAt)
  }
  if (returnTo === undefined && returnAt === undefined) return undefined
  return { by: 'prologue', top, returnTo, ...(returnAt !== undefined && { returnAt }), registers: restored, saved }
}

/** The code from the function's start to the address. */
async function codeBefore({ code, printedCode }: StepInput): Promise<StepInput['printedCode']> {
  const symbol = code && (await code.object.symbolAt(code.place))
  if (code === undefined || symbol === undefined || symbol.offset > MAX_FUNCTION_BYTES) return printedCode
  const bytes = await code.object.bytes(code.place - symbol.offset, symbol.offset)
  if (bytes === undefined || bytes.length < symbol.offset) return printedCode
  return { bytes, littleEndian: code.object.littleEndian }
}

/** The chain that the ABI keeps on the stack, in the first of its layouts that fits. */
export function stepByChain(
  { abi, registers, memory }: StepInput,
  fits: (returnTo: bigint) => boolean,
): Step | undefined {
  for (const chain of abi.chains) {
    const step = chainStep(abi, chain, registers, memory)
    if (step === undefined) continue
    if (step.last || step.returnTo === undefined || fits(step.returnTo)) return step
  }
  return undefined
}

/** The furthest that two frames of one stack are apart. */
const MAX_STACK_BYTES = 64n * 1024n

function chainStep(abi: Abi, chain: ChainLayout, registers: Registers, memory: Memory): Step | undefined {
  const frame = registers.get(chain.register)
  if (frame === undefined || frame % BigInt(abi.wordBytes) !== 0n) return undefined
  const linkAt = frame + BigInt(chain.link)
  const next = memory.read(linkAt)
  if (next === undefined) return undefined
  const last = next === 0n
  if (!last && (next <= frame || next - frame > MAX_STACK_BYTES)) return undefined
  const top = chain.callerStack === 'next frame' ? next : frame + BigInt(chain.callerStack)
  const returnAt = (chain.from === 'frame' ? frame : next) + BigInt(chain.returnAddress)
  const returnTo = last && chain.from === 'next frame' ? undefined : memory.read(returnAt)
  const restored = callerRegisters(abi, registers, last && chain.callerStack === 'next frame' ? frame : top)
  // What the function saved besides is not said by the chain.
  for (const number of abi.calleeSaved) if (number !== chain.register) restored.delete(number)
  if (!last) restored.set(chain.register, next)
  else restored.delete(chain.register)
  return {
    by: 'chain',
    top: last && chain.callerStack === 'next frame' ? frame : top,
    returnTo,
    ...(returnTo === undefined ? {} : { returnAt }),
    registers: restored,
    saved: [{ register: chain.register, at: linkAt }],
    ...(last && { last: true as const }),
  }
}
