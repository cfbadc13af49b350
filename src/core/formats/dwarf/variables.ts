// The variables and arguments that are in scope at an address, with where they are; the calls that a function makes.
// DWARF 5 §3.3, §3.4, §4.1.

import { attribute, tag } from './constants.ts'
import type { LoadedUnit } from './debug-info.ts'
import { Die, readDie } from './die.ts'
import { type Entry, entriesBelow, readEntryAt, type Value } from './entry.ts'
import { rangesOf } from './ranges.ts'
import type { Unit } from './unit.ts'

const FORMAL_PARAMETER = 0x05
const VARIABLE = 0x34
const CALL_SITE = 0x48
const CALL_SITE_PARAMETER = 0x49
const GNU_CALL_SITE = 0x4109
const GNU_CALL_SITE_PARAMETER = 0x410a

const LOCATION = 0x02
const CONST_VALUE = 0x1c
const FRAME_BASE = 0x40
const CALL_RETURN_PC = 0x7d
const CALL_VALUE = 0x7e
const CALL_ORIGIN = 0x7f
const CALL_TAIL = 0x82
const CALL_TARGET = 0x83
const GNU_CALL_VALUE = 0x2111
const GNU_TAIL_CALL = 0x2115
const GNU_CALL_TARGET = 0x2113

/** A function has hardly more in scope at one place; what is beyond is left out. */
const MAX_VARIABLES = 256

export interface ScopedVariable {
  entry: Entry
  isArgument: boolean
  /** where it is, or its constant value */
  location: Value | undefined
  constant: Value | undefined
  /** the inlined calls around it: 0 is the function's own */
  depth: number
  /** of the function or inlined call that it belongs to */
  owner: Entry
}

/** A call in a function, as the compiler noted it down. */
export interface CallSite {
  /** counted from the base; the address behind the call, or of what follows a jump */
  returnTo: number
  tail: boolean
  /** what is called, where that is fixed */
  origin: Value | undefined
  /** expression of the target, where it is not */
  target: Value | undefined
  /** registers of arguments, with expressions of their values in the caller */
  parameters: { register: number; value: Value }[]
  entry: Entry
}

export function functionEntry({ unit, functions }: LoadedUnit, address: number): Entry | undefined {
  const position = functions.find(address)
  return position === undefined ? undefined : readEntryAt(unit, position)
}

export const frameBaseOf = (entry: Entry): Value | undefined => entry.values.get(FRAME_BASE)

/** Arguments and variables in scope, those of inlined calls after those of what they are inlined into. */
export function variablesAt(owner: Entry, address: number): ScopedVariable[] {
  const found: ScopedVariable[] = []
  collect(owner, owner, address, 0, found)
  return found
}

function collect(scope: Entry, owner: Entry, address: number, depth: number, found: ScopedVariable[]): void {
  const inner: { scope: Entry; owner: Entry; depth: number }[] = []
  for (const entry of entriesBelow(scope, () => false)) {
    if (found.length >= MAX_VARIABLES) return
    if (entry.tag === FORMAL_PARAMETER || entry.tag === VARIABLE) {
      found.push({
        entry,
        owner,
        depth,
        isArgument: entry.tag === FORMAL_PARAMETER,
        location: entry.values.get(LOCATION),
        constant: entry.values.get(CONST_VALUE),
      })
    } else if (entry.tag === tag.lexicalBlock && holds(entry, address)) inner.push({ scope: entry, owner, depth })
    else if (entry.tag === tag.inlinedSubroutine && holds(entry, address)) {
      inner.push({ scope: entry, owner: entry, depth: depth + 1 })
    }
  }
  for (const { scope: each, owner: of, depth: at } of inner) collect(each, of, address, at, found)
}

/** Whether an entry covers an address; one that says nothing does not. */
function holds({ unit, position }: Entry, address: number): boolean {
  const pairs = rangesAt(unit, position)
  for (let index = 0; index < pairs.length; index += 2) {
    if (address >= pairs[index]! && address < pairs[index + 1]!) return true
  }
  return false
}

function rangesAt(unit: Unit, position: number): number[] {
  const code = unit.cursor.seek(position).uleb()
  const abbreviation = unit.abbreviations.get(code)
  const pairs: number[] = []
  if (abbreviation === undefined) return pairs
  const die = new Die()
  readDie(unit, abbreviation, position, die)
  rangesOf(unit, die, pairs)
  return pairs
}

/** All calls that a function makes, those of what is inlined into it too. */
export function* callSites(owner: Entry): Generator<CallSite> {
  const below = entriesBelow(owner, ({ tag: kind }) => kind === tag.lexicalBlock || kind === tag.inlinedSubroutine)
  for (const entry of below) {
    if (entry.tag !== CALL_SITE && entry.tag !== GNU_CALL_SITE) continue
    const { values, unit } = entry
    const place = values.get(CALL_RETURN_PC) ?? values.get(attribute.lowPc)
    if (place === undefined) continue
    yield {
      returnTo: unit.address(place.form, place.value),
      tail: values.has(CALL_TAIL) || values.has(GNU_TAIL_CALL),
      origin: values.get(CALL_ORIGIN) ?? values.get(attribute.abstractOrigin),
      target: values.get(CALL_TARGET) ?? values.get(GNU_CALL_TARGET),
      parameters: parametersOf(entry),
      entry,
    }
  }
}

function parametersOf(site: Entry): CallSite['parameters'] {
  const found: CallSite['parameters'] = []
  for (const { tag: kind, values } of entriesBelow(site, () => false)) {
    if (kind !== CALL_SITE_PARAMETER && kind !== GNU_CALL_SITE_PARAMETER) continue
    const where = values.get(LOCATION)?.block
    const value = values.get(CALL_VALUE) ?? values.get(GNU_CALL_VALUE)
    if (where === undefined || value === undefined || where.length === 0) continue
    const opcode = where.seek(0).u8()
    // A register, or a place on the stack, which the callee finds by itself.
    if (opcode >= 0x50 && opcode <= 0x6f) found.push({ register: opcode - 0x50, value })
    else if (opcode === 0x90) found.push({ register: where.uleb(), value })
  }
  return found
}
