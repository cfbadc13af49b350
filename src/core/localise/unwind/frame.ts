// What a step of unwinding knows and finds.

import type { Address } from '../../model.ts'
import type { CodeAt } from './code-space.ts'

/** Values of registers by DWARF number, as far as they are known. */
export type Registers = ReadonlyMap<number, bigint>

/** How a frame was found, the surest first. */
export type UnwindMethod =
  | 'registers'
  | 'cfi'
  | 'orc'
  | 'unwind-table'
  | 'prologue'
  | 'chain'
  | 'link-register'
  | 'scan'

/** Words of the stack that were printed. */
export interface Memory {
  /** one word of the machine; undefined outside of what was printed */
  read(address: Address): bigint | undefined
  /** the printed words' bounds, [low, high) */
  readonly low: Address
  readonly high: Address
}

export interface SavedRegister {
  register: number
  at: Address
}

/** From a frame to its caller. */
export interface Step {
  by: UnwindMethod
  /** the caller's stack pointer at the call: the top of the frame */
  top: Address
  /** where the frame returns to; undefined when that word was not printed */
  returnTo: Address | undefined
  /** where the return address stands, when it is on the stack */
  returnAt?: Address
  /** registers of the caller */
  registers: Map<number, bigint>
  saved: SavedRegister[]
  /** the caller was interrupted: its address is that of an instruction that did not finish */
  interrupted?: true
  /** this is the last frame */
  last?: true
}

export interface WalkedFrame {
  pc: Address | undefined
  /** its place in a file, where the log tells that by name and nothing tells the address */
  code?: CodeAt
  /** the address is that of an instruction, not one behind a call */
  exact: boolean
  /** the lowest address of the frame: its stack pointer */
  bottom: Address
  /** its caller's stack pointer; undefined when nothing says how large it is */
  top: Address | undefined
  registers: Registers
  /** the same, and what the frames above it had in registers that nobody must save */
  passed: Registers
  /** how this frame was found */
  by: UnwindMethod
  /** how its caller was found */
  step: Step | undefined
}
