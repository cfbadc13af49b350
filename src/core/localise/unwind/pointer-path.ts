// By which expression of the source a register holds a pointer: the variable that the debug information puts into it, or
// what the instructions before loaded it from, member by member.

import { FormatError } from '../../bytes/cursor.ts'
import type { Entry } from '../../formats/dwarf/entry.ts'
import { type ExpressionFrame, evaluate } from '../../formats/dwarf/expression.ts'
import { locationAt } from '../../formats/dwarf/locations.ts'
import { type DwarfMember, TypeReader } from '../../formats/dwarf/types.ts'
import { type ScopedVariable, variablesAt } from '../../formats/dwarf/variables.ts'
import type { Abi } from './abi.ts'
import { stackPointerAt } from './cfi.ts'
import type { FoundVariable, FrameScope } from './variables.ts'

export interface PointerPath {
  /** "first->next" */
  text: string
  type: Entry | undefined
  /** variables and members passed through; 0 for a variable itself */
  loads: number
}

/** An instruction before the fault, as far as it moves pointers. */
export interface Move {
  /** bytes from the faulting instruction, negative before it */
  offset: number
  /** register that it writes, by DWARF number; undefined for none, or one that is not known */
  writes: number | undefined
  /** what it writes there */
  from?: { load: { base: number; displacement: number } } | { register: number }
}

/** Where expressions are looked for: the frame, the instructions before its fault, the variables that the frame has. */
export interface PointerSearch {
  scope: FrameScope
  moves: readonly Move[]
  variables: readonly FoundVariable[]
  abi: Abi
  /** where the first of the moves is the function's first instruction: its symbol */
  entered?: { symbol: string }
}

/** A chain of pointers in one line of source is no longer. */
const MAX_LOADS = 6

/**
 * The expression of what a register holds before `moves[at]`, where `at` counts as the fault when it is their number.
 * `through`: the offsets at which the pointer and what is loaded through it are used, the fault's last.
 */
export async function pointerPath(
  search: PointerSearch,
  register: number,
  through: readonly number[],
  at = search.moves.length,
): Promise<PointerPath | undefined> {
  const { scope, moves } = search
  const place = scope.code.place + (moves[at]?.offset ?? 0)
  const named = await variableIn(scope, register, place)
  if (named !== undefined) return { ...named, loads: 0 }
  if (through.length > MAX_LOADS) return undefined
  for (let index = at - 1; index >= 0; index--) {
    const move = moves[index]!
    if (move.writes !== register) continue
    if (move.from === undefined) return undefined
    if ('register' in move.from) return pointerPath(search, move.from.register, through, index)
    const { base, displacement } = move.from.load
    const kept = await variableAt(search, base, displacement, index)
    if (kept !== undefined) return { ...kept, loads: 1 }
    const outer = await pointerPath(search, base, [displacement, ...through], index)
    const [member] = outer === undefined ? [] : await membersThrough(scope, outer, displacement)
    if (outer === undefined || member === undefined || member.rest !== 0) return undefined
    return { text: `${outer.text}->${member.path}`, type: member.type, loads: outer.loads + 1 }
  }
  return passedMember(search, register, through)
}

/**
 * GCC takes arguments apart that a function only reads through, and passes what it reads (-fipa-sra; the symbol ends in
 * .isra.N); the debug information does not say what is in their registers. What is meant is found where of all pointers in
 * what such arguments point to only one leads to members at the offsets that are used.
 */
async function passedMember(
  { scope, moves, abi, entered }: PointerSearch,
  register: number,
  through: readonly number[],
): Promise<PointerPath | undefined> {
  if (entered === undefined || !/[.]isra[.]/.test(entered.symbol) || !abi.arguments.includes(register)) return undefined
  const types = new TypeReader(scope.info.names)
  const fits: PointerPath[] = []
  for (const argument of await unplacedArguments(scope, scope.code.place + (moves[0]?.offset ?? 0))) {
    const struct = await types.target(argument.type)
    for (const { path, type } of struct === undefined ? [] : await types.pointersIn(struct)) {
      const pointer = { text: `${argument.text}->${path}`, type, loads: 1 }
      if (await leads(scope, pointer, through)) fits.push(pointer)
    }
  }
  return fits.length === 1 ? fits[0] : undefined
}

/** Whether there are members at these offsets, each but the last a pointer to a struct. */
async function leads(scope: FrameScope, pointer: PointerPath, through: readonly number[]): Promise<boolean> {
  let from: PointerPath = pointer
  for (const [index, offset] of through.entries()) {
    const members = await membersThrough(scope, from, offset)
    const [member] = members
    if (member === undefined || (index < through.length - 1 && member.rest !== 0)) return false
    from = { ...from, type: member.type }
  }
  return true
}

/** The variable that is kept in memory where `moves[at]` loads from, as far as it is known what its base was there. */
async function variableAt(
  search: PointerSearch,
  base: number,
  displacement: number,
  at: number,
): Promise<Named | undefined> {
  const { scope, variables } = search
  const value = await registerAt(search, base, at)
  if (value === undefined) return undefined
  const address = value + BigInt(displacement)
  const types = new TypeReader(scope.info.names)
  for (const { name, typeEntry, address: its } of variables) {
    if (its === address && (await types.target(typeEntry)) !== undefined) return { text: name, type: typeEntry }
  }
  return undefined
}

/** What a register was before `moves[at]`: what it is still, or how far from its frame's end the stack pointer was then. */
async function registerAt(
  { scope, moves, abi }: PointerSearch,
  register: number,
  at: number,
): Promise<bigint | undefined> {
  const { frame, code } = scope
  if (!moves.slice(at).some(({ writes }) => writes === register)) return frame.registers.get(register)
  if (register !== abi.stackPointer || frame.top === undefined) return undefined
  return stackPointerAt(abi, frame.top, { ...code, place: code.place + moves[at]!.offset })
}

/** Members of what the pointer points to at an offset. */
export async function membersThrough(scope: FrameScope, { type }: PointerPath, offset: number): Promise<DwarfMember[]> {
  const types = new TypeReader(scope.info.names)
  const struct = await types.target(type)
  return struct === undefined || offset < 0 ? [] : types.membersAt(struct, offset)
}

export const typeText = ({ info }: FrameScope, type: Entry | undefined): Promise<string> =>
  new TypeReader(info.names).text(type)

interface Named {
  text: string
  type: Entry | undefined
}

/** The variable that is in a register at a place: the innermost inlined one, whose names the line has. */
async function variableIn(scope: FrameScope, register: number, place: number): Promise<Named | undefined> {
  for (const variable of variablesAt(scope.owner, place).reverse()) {
    if ((await registerOf(scope, variable, place)) !== register) continue
    const named = await pointerOf(scope, variable)
    if (named !== undefined) return named
  }
  return undefined
}

/** Pointers that the function is called with but in no register, when it begins. */
async function unplacedArguments(scope: FrameScope, begins: number): Promise<Named[]> {
  const found: Named[] = []
  for (const variable of variablesAt(scope.owner, begins)) {
    if (!variable.isArgument || variable.depth > 0) continue
    const named = await pointerOf(scope, variable)
    if (named !== undefined && (await registerOf(scope, variable, begins)) === undefined) found.push(named)
  }
  return found
}

async function registerOf(
  { loaded }: FrameScope,
  variable: ScopedVariable,
  place: number,
): Promise<number | undefined> {
  if (variable.location === undefined) return undefined
  const asked: ExpressionFrame = {
    wordBytes: loaded.unit.header.addressBytes,
    register: () => undefined,
    read: () => undefined,
  }
  try {
    const expression = await locationAt(loaded.unit, variable.location, place)
    const found = expression && evaluate(expression, asked)
    return found?.is === 'register' ? found.register : undefined
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return undefined
  }
}

/** Its name and type, where it is a pointer to a struct. */
async function pointerOf({ loaded, info }: FrameScope, { entry }: ScopedVariable): Promise<Named | undefined> {
  const types = new TypeReader(info.names)
  try {
    const text = await info.names.nameAt(loaded.unit, entry.position)
    const ABSTRACT_ORIGIN = 0x31
    const origin = await types.referred(entry, ABSTRACT_ORIGIN)
    const type = (await types.typeOf(entry)) ?? (origin && (await types.typeOf(origin)))
    return text !== undefined && (await types.target(type)) !== undefined ? { text, type } : undefined
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return undefined
  }
}
