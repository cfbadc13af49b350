// Frames that an exception's entry left on the stack: all registers of what was interrupted, where the kernel marks them.

import type { ArchName } from '../../model.ts'
import type { Abi } from './abi.ts'
import type { Memory, Registers, SavedRegister, Step } from './frame.ts'

export interface ExceptionInput {
  arch: ArchName
  abi: Abi
  registers: Registers
  memory: Memory
  /** the frame's stack pointer */
  bottom: bigint
  isCode(address: bigint): boolean
}

/** The step across an exception; undefined where the frame holds none. */
export function stepByException(input: ExceptionInput): Step | undefined {
  if (input.arch === 'arm64') return byFrameMetadata(input)
  return input.arch === 'powerpc' || input.arch === 'powerpc64' ? byMarker(input) : undefined
}

const FINAL = 1n
const PT_REGS = 2n

/**
 * arm64 since v6.13, c2c6b27b5aa1 ("arm64: stacktrace: unwind exception boundaries"): a frame record of zeros, and behind
 * it what it stands for. In struct pt_regs it is at 296, with permission overlays (POE) 16 further on.
 */
const RECORD_PLACES = [296n, 312n]
const FRAME_POINTER = 29
const SP_PLACE = 248n
const PC_PLACE = 256n

function byFrameMetadata({ abi, registers, memory, bottom, isCode }: ExceptionInput): Step | undefined {
  const record = registers.get(FRAME_POINTER)
  if (record === undefined || memory.read(record) !== 0n || memory.read(record + 8n) !== 0n) return undefined
  const type = memory.read(record + 16n)
  const after = record + 24n
  if (type === FINAL) {
    const top = after > bottom ? after : bottom
    return { by: 'chain', top, returnTo: undefined, registers: new Map(), saved: [], last: true }
  }
  if (type !== PT_REGS) return undefined
  for (const place of RECORD_PLACES) {
    const saved = record - place
    const pc = memory.read(saved + PC_PLACE)
    if (pc === undefined || !isCode(pc)) continue
    const at = (number: number): bigint => saved + (number === abi.stackPointer ? SP_PLACE : BigInt(number * 8))
    return restored({ abi, memory, pc, pcAt: saved + PC_PLACE, numbers: [...Array(32).keys()], at, after })
  }
  return undefined
}

/** arch/powerpc/include/asm/ptrace.h, STACK_FRAME_REGS_MARKER: "regshere", "regs" on 32-bit machines. */
const MARKERS = { 4: 0x72656773n, 8: 0x7265677368657265n } as const
/** Between the frame's start and the marker lies what the ABI asks of a frame: 8 to 112 bytes. */
const MARKER_REACH = 128n
const NIP_WORD = 32
const LINK_WORD = 36
const LINK = 65

function byMarker({ abi, memory, bottom, isCode }: ExceptionInput): Step | undefined {
  const width = BigInt(abi.wordBytes)
  for (let place = bottom; place <= bottom + MARKER_REACH; place += width) {
    if (memory.read(place) !== MARKERS[abi.wordBytes]) continue
    const saved = place + 2n * width
    const pcAt = saved + BigInt(NIP_WORD) * width
    const pc = memory.read(pcAt)
    if (pc === undefined || !isCode(pc)) return undefined
    const at = (number: number): bigint => saved + BigInt(number === LINK ? LINK_WORD : number) * width
    const numbers = [...Array(32).keys(), LINK]
    return restored({ abi, memory, pc, pcAt, numbers, at, after: saved + 44n * width })
  }
  return undefined
}

interface SavedState {
  abi: Abi
  memory: Memory
  pc: bigint
  pcAt: bigint
  numbers: readonly number[]
  at(number: number): bigint
  /** the first address behind them */
  after: bigint
}

function restored({ abi, memory, pc, pcAt, numbers, at, after }: SavedState): Step {
  const registers = new Map<number, bigint>()
  const saved: SavedRegister[] = []
  for (const number of numbers) {
    const value = memory.read(at(number))
    if (value !== undefined) registers.set(number, value)
    saved.push({ register: number, at: at(number) })
  }
  const stack = registers.get(abi.stackPointer)
  // An exception may have a stack of its own: then the frame ends behind the registers.
  const top = stack !== undefined && stack >= after - 64n ? stack : after
  return { by: 'chain', top, returnTo: pc, returnAt: pcAt, registers, saved, interrupted: true }
}
