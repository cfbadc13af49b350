// By which expression of the source a register holds a pointer: the variable that the debug information puts into it, or
// what the instructions before loaded it from, member by member.

import { FormatError } from '../../bytes/cursor.ts'
import type { Entry } from '../../formats/dwarf/entry.ts'
import { type ExpressionFrame, evaluate } from '../../formats/dwarf/expression.ts'
import { locationAt } from '../../formats/dwarf/locations.ts'
import { type DwarfMember, TypeReader } from '../../formats/dwarf/types.ts'
import { variablesAt } from '../../formats/dwarf/variables.ts'
import type { FrameScope } from './variables.ts'

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

/** A chain of pointers in one line of source is no longer. */
const MAX_LOADS = 6

/** The expression of what a register holds before `moves[at]`, where `at` counts as the fault when it is their number. */
export async function pointerPath(
  scope: FrameScope,
  register: number,
  moves: readonly Move[],
  at = moves.length,
  loads = 0,
): Promise<PointerPath | undefined> {
  const place = scope.code.place + (moves[at]?.offset ?? 0)
  const named = await variableIn(scope, register, place)
  if (named !== undefined) return { ...named, loads: 0 }
  if (loads > MAX_LOADS) return undefined
  for (let index = at - 1; index >= 0; index--) {
    const move = moves[index]!
    if (move.writes !== register) continue
    if (move.from === undefined) return undefined
    if ('register' in move.from) return pointerPath(scope, move.from.register, moves, index, loads)
    const { base, displacement } = move.from.load
    const outer = await pointerPath(scope, base, moves, index, loads + 1)
    const [member] = outer === undefined ? [] : await membersThrough(scope, outer, displacement)
    if (outer === undefined || member === undefined || member.rest !== 0) return undefined
    return { text: `${outer.text}->${member.path}`, type: member.type, loads: outer.loads + 1 }
  }
  return undefined
}

/** Members of what the pointer points to at an offset. */
export async function membersThrough(scope: FrameScope, { type }: PointerPath, offset: number): Promise<DwarfMember[]> {
  const types = new TypeReader(scope.info.names)
  const struct = await types.target(type)
  return struct === undefined || offset < 0 ? [] : types.membersAt(struct, offset)
}

export const typeText = ({ info }: FrameScope, type: Entry | undefined): Promise<string> =>
  new TypeReader(info.names).text(type)

/** The variable that is in a register at a place: the innermost inlined one, whose names the line has. */
async function variableIn(
  { owner, loaded, info }: FrameScope,
  register: number,
  place: number,
): Promise<{ text: string; type: Entry | undefined } | undefined> {
  const types = new TypeReader(info.names)
  const asked: ExpressionFrame = {
    wordBytes: loaded.unit.header.addressBytes,
    register: () => undefined,
    read: () => undefined,
  }
  for (const { entry, location } of variablesAt(owner, place).reverse()) {
    if (location === undefined) continue
    try {
      const expression = await locationAt(loaded.unit, location, place)
      const found = expression && evaluate(expression, asked)
      if (found?.is !== 'register' || found.register !== register) continue
      const text = await info.names.nameAt(loaded.unit, entry.position)
      const ABSTRACT_ORIGIN = 0x31
      const origin = await types.referred(entry, ABSTRACT_ORIGIN)
      const type = (await types.typeOf(entry)) ?? (origin && (await types.typeOf(origin)))
      if (text !== undefined && (await types.target(type)) !== undefined) return { text, type }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
  return undefined
}
