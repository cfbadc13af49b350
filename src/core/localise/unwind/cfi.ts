// From a frame to its caller by call frame information: .debug_frame and .eh_frame, DWARF 5 §6.4.

import { addressOfExpression, type ExpressionFrame } from '../../formats/dwarf/expression.ts'
import type { FrameRow, RegisterRule } from '../../formats/dwarf/frame-rows.ts'
import type { ArchName } from '../../model.ts'
import type { Abi } from './abi.ts'
import type { CodeAt } from './code-space.ts'
import type { Memory, Registers, SavedRegister, Step } from './frame.ts'
import { callerRegisters, mask, readable, type StepInput } from './steps.ts'

/** PowerPC's link register is 108 in .debug_frame of some compilers and 65 in all others. */
const columnOf = (arch: ArchName, column: number): number =>
  column === 108 && (arch === 'powerpc' || arch === 'powerpc64') ? 65 : column

interface FrameInformation {
  row: FrameRow
  /** the frame's address, and the caller's stack pointer */
  top: bigint
  stack: bigint
  within: ExpressionFrame
}

async function frameInformation(input: StepInput): Promise<FrameInformation | undefined> {
  const { abi, registers, code } = input
  if (code === undefined) return undefined
  const table = await code.object.frames()
  const row = readable(() => table?.at(code.place))
  if (row?.frame === undefined) return undefined
  const asked = expressionFrame(input, undefined)
  const top = readable(() => frameAddress(row, registers, asked))
  if (top === undefined) return undefined
  const stack = mask(abi, top - BigInt(abi.frameAddressBias ?? 0))
  return { row, top, stack, within: { ...asked, callFrame: () => top } }
}

/** Where the frame ends by .debug_frame or .eh_frame, for which no word of the stack need be known. */
export const topByFrameInformation = async (input: StepInput): Promise<bigint | undefined> =>
  (await frameInformation(input))?.stack

/** What the stack pointer is at a place of a function whose frame ends at `top`, the same all along. */
export async function stackPointerAt(abi: Abi, top: bigint, { object, place }: CodeAt): Promise<bigint | undefined> {
  const table = await object.frames()
  const rule = readable(() => table?.at(place))?.frame
  if (rule === undefined || 'expression' in rule || rule.register !== abi.stackPointer) return undefined
  return mask(abi, top + BigInt((abi.frameAddressBias ?? 0) - rule.offset))
}

/** .debug_frame and .eh_frame. */
export async function stepByFrameInformation(input: StepInput): Promise<Step | undefined> {
  const { arch, abi, registers, memory } = input
  const information = await frameInformation(input)
  if (information === undefined) return undefined
  const { row, top, stack, within } = information
  const restored = callerRegisters(abi, registers, stack)
  const saved: SavedRegister[] = []
  let returnTo: bigint | undefined
  let returnAt: bigint | undefined
  const column = columnOf(arch, row.returnRegister)
  for (const [number, rule] of row.registers) {
    const register = columnOf(arch, number)
    const at = placeOf(rule, top, within)
    const value = at === undefined ? ruleValue(rule, top, registers, within) : memory.read(mask(abi, at))
    if (register === abi.stackPointer) continue
    if (at !== undefined && register !== column) saved.push({ register, at: mask(abi, at) })
    if (register === column) {
      returnTo = value
      if (at !== undefined) returnAt = mask(abi, at)
      continue
    }
    if (value === undefined) restored.delete(register)
    else restored.set(register, value)
  }
  const rule = row.registers.get(row.returnRegister) ?? row.registers.get(column)
  // Without a rule the return address is still in its register.
  if (rule === undefined || rule.is === 'same') returnTo = registers.get(column)
  const last = rule?.is === 'undefined'
  return {
    by: 'cfi',
    top: stack,
    returnTo,
    ...(returnAt !== undefined && { returnAt }),
    registers: restored,
    saved,
    ...(row.signal && { interrupted: true as const }),
    ...(last && { last: true as const }),
  }
}

function frameAddress(row: FrameRow, registers: Registers, frame: ExpressionFrame): bigint | undefined {
  const { frame: rule } = row
  if (rule === undefined) return undefined
  if ('expression' in rule) return addressOfExpression(rule.expression, frame)
  const value = registers.get(rule.register)
  return value === undefined ? undefined : BigInt.asUintN(frame.wordBytes * 8, value + BigInt(rule.offset))
}

function placeOf(rule: RegisterRule, top: bigint, frame: ExpressionFrame): bigint | undefined {
  if (rule.is === 'at') return top + BigInt(rule.offset)
  return rule.is === 'at expression' ? readable(() => addressOfExpression(rule.expression, frame, top)) : undefined
}

function ruleValue(rule: RegisterRule, top: bigint, registers: Registers, frame: ExpressionFrame): bigint | undefined {
  switch (rule.is) {
    case 'value':
      return top + BigInt(rule.offset)
    case 'register':
      return registers.get(rule.register)
    case 'value expression':
      return readable(() => addressOfExpression(rule.expression, frame, top))
  }
  return undefined
}

/** What expressions may ask of a frame. */
export function expressionFrame(
  { abi, registers, memory, code }: Pick<StepInput, 'abi' | 'registers' | 'memory' | 'code'>,
  top: bigint | undefined,
  passed?: Registers,
): ExpressionFrame {
  return {
    wordBytes: abi.wordBytes,
    register: number => registers.get(number) ?? passed?.get(number),
    read: (address, bytes) =>
      memory.read(address) === undefined
        ? undefined
        : partOf(memory, abi, code?.object.littleEndian ?? true, address, bytes),
    ...(top !== undefined && { callFrame: () => top }),
  }
}

/** Fewer bytes of a word, or of the word that holds them. */
export function partOf(
  memory: Memory,
  abi: Abi,
  littleEndian: boolean,
  address: bigint,
  bytes: number,
): bigint | undefined {
  const width = BigInt(abi.wordBytes)
  const within = address % width
  const word = memory.read(address - within)
  if (word === undefined || within + BigInt(bytes) > width) return undefined
  const shift = littleEndian ? within * 8n : (width - within - BigInt(bytes)) * 8n
  return BigInt.asUintN(bytes * 8, word >> shift)
}
