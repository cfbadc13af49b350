// From the registers of a dump outwards, frame by frame: at each the surest way that leads to a caller.

import type { Address, ArchName } from '../../model.ts'
import type { Abi } from './abi.ts'
import { CALL_BYTES, callBefore, knowsCalls } from './calls.ts'
import { stepByFrameInformation } from './cfi.ts'
import type { CodeSpace } from './code-space.ts'
import { stepByException } from './exceptions.ts'
import type { Memory, Registers, Step, WalkedFrame } from './frame.ts'
import { calledAt, functionAt, leadsTo } from './jumps.ts'
import { type StepInput, stepByArmTable, stepByChain, stepByOrc, stepByPrologue } from './steps.ts'

export interface WalkInput {
  arch: ArchName
  abi: Abi
  registers: Registers
  pc: Address | undefined
  memory: Memory
  space: CodeSpace
  printedCode?: StepInput['printedCode']
  /** "symbol+offset" of the frames that the kernel printed as sure */
  traced?: ReadonlySet<string>
  /** ARM's shorter instructions, whose prologues are not read */
  thumb?: boolean
}

/** A stack is no deeper than this many frames. */
const MAX_FRAMES = 512

/** A frame may end above what was printed, but not above any stack. */
const MAX_BEYOND = 256n * 1024n

/** At most `limit` frames; the innermost alone needs no memory. */
export async function walk(input: WalkInput, limit = MAX_FRAMES): Promise<WalkedFrame[]> {
  const { abi, registers } = input
  const sp = registers.get(abi.stackPointer)
  if (sp === undefined) return []
  const frames: WalkedFrame[] = []
  let frame: WalkedFrame = {
    pc: input.pc === undefined ? undefined : abi.strip(input.pc),
    exact: true,
    bottom: sp,
    top: undefined,
    registers,
    passed: registers,
    by: 'registers',
    step: undefined,
  }
  while (frames.length < limit) {
    frames.push(frame)
    if (limit === 1) break
    const step = await stepFrom(input, frame, frames.length === 1)
    if (step === undefined) break
    frame.step = step
    frame.top = step.top
    if (step.last || step.returnTo === undefined) break
    frame = {
      pc: abi.strip(step.returnTo),
      exact: step.interrupted === true,
      bottom: step.top,
      top: undefined,
      registers: step.registers,
      passed: new Map([...frame.passed, ...step.registers]),
      by: step.by,
      step: undefined,
    }
    const { low, high } = input.memory
    if (frame.bottom < low || frame.bottom >= high) {
      frames.push(frame)
      break
    }
  }
  return frames
}

async function stepFrom(input: WalkInput, frame: WalkedFrame, innermost: boolean): Promise<Step | undefined> {
  const { arch, abi, memory, space } = input
  const { pc, exact, registers } = frame
  if (pc !== undefined && innermost && !space.isCode(pc)) return afterBadJump(input, registers)
  const code = pc === undefined ? undefined : space.at(pc - (exact ? 0n : 1n))
  const asked: StepInput = { arch, abi, registers, memory, code }
  const prologue: StepInput = {
    ...asked,
    ...(innermost && input.printedCode !== undefined && { printedCode: input.printedCode }),
  }
  const fits = (step: Step | undefined): step is Step => step !== undefined && isSound(input, frame, step, innermost)
  const exception = stepByException({
    arch,
    abi,
    registers,
    memory,
    bottom: frame.bottom,
    isCode: address => space.isCode(address),
  })
  if (fits(exception)) return exception
  for (const way of [
    () => stepByFrameInformation(asked),
    () => stepByOrc(asked),
    () => stepByTable(asked, prologue, exact, input.thumb === true),
    () => (input.thumb === true ? Promise.resolve(undefined) : stepByPrologue(prologue)),
  ]) {
    const step = await way()
    if (fits(step)) return step
  }
  const chained = stepByChain(asked, returnTo => space.isCode(returnTo))
  if (fits(chained)) {
    const leaf = innermost ? await leafStep(input, frame, chained) : undefined
    return leaf ?? chained
  }
  const leaf = innermost ? ((await leafStep(input, frame, undefined)) ?? leafWithFrame(input, asked)) : undefined
  return leaf ?? (await scan(input, frame))
}

/**
 * ARM's tables say what holds where a function calls others. Where it was interrupted before its frame was whole, its own
 * first instructions are believed.
 */
async function stepByTable(
  asked: StepInput,
  prologue: StepInput,
  exact: boolean,
  thumb: boolean,
): Promise<Step | undefined> {
  const step = await stepByArmTable(asked)
  if (step === undefined || !exact || thumb) return step
  const read = await stepByPrologue(prologue)
  return read !== undefined && read.top !== step.top ? read : step
}

/** Upwards on the stack, to a place in code. */
function isSound({ memory, space }: WalkInput, frame: WalkedFrame, step: Step, innermost: boolean): boolean {
  const { top, returnTo } = step
  if (top < frame.bottom || top > memory.high + MAX_BEYOND) return false
  if (top === frame.bottom && !innermost && !step.interrupted) return false
  if (step.last) return true
  if (returnTo === undefined) return step.returnAt !== undefined && step.returnAt >= memory.high
  // An interrupted program is not code of the kernel; nothing of it is walked.
  return space.isCode(returnTo)
}

/** A call through a bad pointer: nothing was done to the stack but by the call itself. */
function afterBadJump({ abi, memory, space }: WalkInput, registers: Registers): Step | undefined {
  const sp = registers.get(abi.stackPointer)!
  const inRegister = abi.returnAddress === undefined ? undefined : registers.get(abi.returnAddress)
  const pushed = abi.returnAddress === undefined
  const returnTo = pushed ? memory.read(sp) : inRegister
  if (returnTo === undefined || !space.isCode(returnTo)) return undefined
  const top = pushed ? sp + BigInt(abi.wordBytes) : sp
  const kept = new Map(registers)
  kept.set(abi.stackPointer, top)
  return { by: 'link-register', top, returnTo, ...(pushed && { returnAt: sp }), registers: kept, saved: [] }
}

/**
 * A function without a frame of its own: it returns to what the link register holds, and the frame on the stack is its
 * caller's. Where nothing of the code is known, that is so when the register points into another function than the
 * chain does.
 */
async function leafStep(
  { abi, registers, space }: WalkInput,
  frame: WalkedFrame,
  chained: Step | undefined,
): Promise<Step | undefined> {
  if (abi.returnAddress === undefined) return undefined
  const link = registers.get(abi.returnAddress)
  if (link === undefined || frame.pc === undefined || !space.isCode(link)) return undefined
  const target = abi.strip(link)
  if (chained?.returnTo !== undefined && abi.strip(chained.returnTo) === target) return undefined
  const [own, other] = [await space.symbol(frame.pc, false), await space.symbol(target, true)]
  // A register that points into the function itself was left by its last call.
  if (own === undefined || other === undefined || own.name === other.name) return undefined
  const kept = new Map(frame.registers)
  kept.delete(abi.returnAddress)
  return { by: 'link-register', top: frame.bottom, returnTo: link, registers: kept, saved: [] }
}

/** A function with a frame that calls nobody: the frame is linked, and the return address was never stored. */
function leafWithFrame({ abi, space }: WalkInput, asked: StepInput): Step | undefined {
  const link = abi.returnAddress === undefined ? undefined : asked.registers.get(abi.returnAddress)
  const chained = stepByChain(asked, () => true)
  if (link === undefined || chained === undefined || chained.last || !space.isCode(link)) return undefined
  const { returnAt: _, ...step } = chained
  return { ...step, by: 'link-register', returnTo: link }
}

/**
 * The next word upwards that is an address behind a call: the first whose call goes to this frame's function, or to one
 * that jumps there; otherwise the first whose call goes through a pointer.
 */
async function scan({ arch, abi, memory, space, traced }: WalkInput, frame: WalkedFrame): Promise<Step | undefined> {
  const width = BigInt(abi.wordBytes)
  let first = frame.bottom
  if (first < memory.low) first = memory.low
  const found = (at: Address, returnTo: Address): Step => {
    const top = at + width
    return { by: 'scan', top, returnTo, returnAt: at, registers: new Map([[abi.stackPointer, top]]), saved: [] }
  }
  const own = frame.pc === undefined ? undefined : space.at(frame.pc - (frame.exact ? 0n : 1n))
  const goal = own && (await functionAt(own.object, own.place))
  let indirect: Step | undefined
  for (let at = first - (first % width); at < memory.high; at += width) {
    const value = memory.read(at)
    if (value === undefined || !space.isCode(value) || !(await isReturnAddress(space, arch, abi, value))) continue
    // Without the code of this frame the kernel's own trace says which of them is one.
    if (goal === undefined && traced !== undefined && traced.size > 0) {
      const symbol = await space.symbol(value, true)
      if (symbol !== undefined && traced.has(`${symbol.name}+${symbol.offset}`)) return found(at, value)
      continue
    }
    const code = space.at(abi.strip(value) - 1n)
    const target = code && (await calledAt({ object: code.object, place: code.place + 1 }, arch, space))
    if (target === undefined) {
      indirect ??= found(at, value)
      continue
    }
    const called = await functionAt(target.object, target.place)
    if (goal === undefined) indirect ??= found(at, value)
    else if (called !== undefined && (await leadsTo(called, goal, arch, space))) return found(at, value)
  }
  return indirect
}

/** Whether a call stands before an address; where the code is not at hand, whether the trace names it. */
export async function isReturnAddress(space: CodeSpace, arch: ArchName, abi: Abi, address: Address): Promise<boolean> {
  const target = abi.strip(address)
  const code = space.at(target - 1n)
  const bytes = code && (await code.object.bytes(code.place + 1 - CALL_BYTES, CALL_BYTES))
  const mode = isThumb(arch, address) ? 'thumb' : arch
  if (code === undefined || bytes === undefined || bytes.length < CALL_BYTES || !knowsCalls(mode)) {
    const found = await space.symbol(target, true)
    return found !== undefined && space.isNamed(target)
  }
  return callBefore(mode, bytes, code.object.littleEndian) !== undefined
}

/** Bit 0 of an address of ARM code says that it is Thumb. */
const isThumb = (arch: ArchName, address: Address): boolean => arch === 'arm' && (address & 1n) === 1n
