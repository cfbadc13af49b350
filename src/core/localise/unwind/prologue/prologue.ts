// What a function's first instructions do to the stack, read up to an address in it: where the caller's stack pointer is,
// and where registers were saved. What a kernel without unwinding data has left, and often the only thing there is.
//
// How to add an architecture: a reader in a file beside this one, a line in index.ts.

/** What one instruction does, as far as it concerns frames. Offsets count from the stack pointer at that point. */
export type Effect =
  | { is: 'grow'; bytes: number }
  | { is: 'shrink'; bytes: number | 'all' }
  | { is: 'save'; register: number; at: number }
  /** a register is set to the stack pointer plus an offset */
  | { is: 'point'; register: number; offset: number }
  /** … to another register that points into the frame, plus an offset */
  | { is: 'repoint'; register: number; from: number; offset: number }
  /** a register is set to another one */
  | { is: 'copy'; register: number; from: number }
  /** the stack pointer moves by what only the running program knows */
  | { is: 'lost' }
  /** control never goes on behind it; `delayed` when the next instruction still runs */
  | { is: 'leave'; delayed?: true }

export interface Instruction {
  bytes: number
  effects: readonly Effect[]
}

export interface PrologueReader {
  /** The instruction at a place; undefined where the code ends before it. */
  read(code: DataView, at: number, little: boolean): Instruction | undefined
  /** bytes that a call itself puts on the stack */
  pushedByCall?: number
}

/** Offsets count from the stack pointer that the caller had at the call. */
export interface Prologue {
  /** of the stack pointer, negative; undefined when the program moved it by an unknown amount */
  stackPointer: number | undefined
  saved: ReadonlyMap<number, number>
  /** registers that point into the frame */
  pointers: ReadonlyMap<number, number>
}

interface State {
  depth: number | undefined
  saved: Map<number, number>
  pointers: Map<number, number>
  copies: Map<number, number>
}

const copyOf = ({ depth, saved, pointers, copies }: State): State => ({
  depth,
  saved: new Map(saved),
  pointers: new Map(pointers),
  copies: new Map(copies),
})

/** Functions are read no further; the few that are longer have their frames long before. */
export const MAX_FUNCTION_BYTES = 64 * 1024

/**
 * Reads a function's code from its start up to, and not including, the instruction at `end`. Branches are not followed:
 * an epilogue in the middle is undone at its return, since what follows is reached from elsewhere.
 */
export function readPrologue(reader: PrologueReader, code: Uint8Array, end: number, little: boolean): Prologue {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength)
  const pushed = reader.pushedByCall ?? 0
  let state: State = { depth: pushed, saved: new Map(), pointers: new Map(), copies: new Map() }
  /** before the epilogue that is being read */
  let before: State | undefined
  let leaving = false
  const stop = Math.min(end, code.length, MAX_FUNCTION_BYTES)
  for (let at = 0; at < stop; ) {
    const instruction = reader.read(view, at, little)
    if (instruction === undefined) break
    let left = leaving
    leaving = false
    for (const effect of instruction.effects) {
      if (effect.is === 'leave') {
        if (effect.delayed) leaving = true
        else left = true
        continue
      }
      if (effect.is === 'shrink') before ??= copyOf(state)
      // What grows again was no epilogue (ARM's mcount pushes lr and pops it).
      if (effect.is === 'grow') before = undefined
      apply(effect, state)
    }
    if (left && before !== undefined) {
      state = before
      before = undefined
    }
    at += instruction.bytes
  }
  return {
    stackPointer: state.depth === undefined ? undefined : -state.depth,
    saved: state.saved,
    pointers: state.pointers,
  }
}

function apply(effect: Exclude<Effect, { is: 'leave' }>, state: State): void {
  switch (effect.is) {
    case 'grow':
      if (state.depth !== undefined) state.depth += effect.bytes
      return
    case 'shrink':
      if (effect.bytes === 'all') state.depth = 0
      else if (state.depth !== undefined) state.depth = Math.max(0, state.depth - effect.bytes)
      // What stood below the stack pointer is there no more.
      for (const [register, at] of state.saved) if (at < -(state.depth ?? 0)) state.saved.delete(register)
      return
    case 'save': {
      const register = state.copies.get(effect.register) ?? effect.register
      // A later store to the stack of a register that was saved already is a local.
      if (state.depth !== undefined && !state.saved.has(register)) state.saved.set(register, effect.at - state.depth)
      return
    }
    case 'point':
      if (state.depth !== undefined) state.pointers.set(effect.register, effect.offset - state.depth)
      return
    case 'repoint': {
      const from = state.pointers.get(effect.from)
      if (from !== undefined) state.pointers.set(effect.register, from + effect.offset)
      return
    }
    case 'copy':
      state.copies.set(effect.register, effect.from)
      return
    case 'lost':
      state.depth = undefined
  }
}

export const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits)

const nothing: readonly Effect[] = []

/** A reader of instructions that all have four bytes. */
export const fixed = (effectsOf: (word: number) => readonly Effect[] | undefined): PrologueReader => ({
  read: (code, at, little) =>
    at + 4 > code.byteLength ? undefined : { bytes: 4, effects: effectsOf(code.getUint32(at, little)) ?? nothing },
})
