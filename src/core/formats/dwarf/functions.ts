// The functions of a unit, and what is inlined into each. DWARF 5 §3.3.

import type { Cursor } from '../../bytes/cursor.ts'
import { type Abbreviation, skipValues } from './abbreviations.ts'
import { tag } from './constants.ts'
import { Die, readDie } from './die.ts'
import { rangesOf } from './ranges.ts'
import type { Unit } from './unit.ts'

/** Entries nest in one another at most so deep; hostile ones would go on. */
const MAX_DEPTH = 4096

/** What may hold inlined calls besides functions: lexical, try and catch blocks. */
const isBlock = (kind: number): boolean => kind === tag.lexicalBlock || kind === 0x32 || kind === 0x25

/** Calls `visit` for every function of the unit that may have code; the entry is valid until it returns. */
function forEachFunction(unit: Unit, visit: (die: Die) => void): void {
  const { cursor, abbreviations, header } = unit
  const die = new Die()
  let depth = 0
  cursor.seek(header.root)
  while (!cursor.done) {
    const position = cursor.position
    const code = cursor.uleb()
    if (code === 0) {
      if (--depth <= 0) return
      continue
    }
    const abbreviation = abbreviations.get(code)
    if (abbreviation === undefined) throw cursor.error(`entry of the unknown abbreviation ${code}`, position)
    const kind = abbreviation.tag
    if (kind === tag.subprogram) {
      readDie(unit, abbreviation, position, die)
      const { sibling } = die
      const next = cursor.position
      if (die.lowForm !== 0 || die.rangesForm !== 0) visit(die)
      cursor.seek(next)
      if (!abbreviation.hasChildren) {
        if (depth === 0) return
      } else if (sibling !== 0) forward(cursor, sibling, position)
      else depth++
      continue
    }
    const enters = depth === 0 || kind === tag.namespace || kind === tag.module
    if (!enters && skipSubtree(cursor, abbreviation, position)) continue
    skipValues(cursor, abbreviation, header)
    if (abbreviation.hasChildren) depth++
    else if (depth === 0) return
  }
}

/** Jumps behind an entry and all that it holds, when it says where that ends; the cursor stands at its values. */
function skipSubtree(
  cursor: Cursor,
  { hasChildren, siblingAt, siblingBytes }: Abbreviation,
  position: number,
): boolean {
  if (!hasChildren || siblingAt < 0) return false
  cursor.skip(siblingAt)
  forward(cursor, siblingBytes === 4 ? cursor.u32() : siblingBytes === 2 ? cursor.u16() : cursor.u8(), position)
  return true
}

function forward(cursor: Cursor, sibling: number, position: number): void {
  if (!(sibling > position)) throw cursor.error(`the entry at ${position} has its sibling before it`, position)
  cursor.seek(sibling)
}

/** Entries within one that is not entered. */
const SKIPPED = -1

/**
 * Calls `visit` for the inlined calls in the function at `position`, each before those within it. `depth` is the number
 * of inlined calls around it. What `visit` answers false to is passed over with all that it holds.
 */
export function forEachInline(unit: Unit, position: number, visit: (die: Die, depth: number) => boolean): void {
  const { cursor, abbreviations, header } = unit
  const die = new Die()
  /** for each open entry: the inlined calls around what it holds, or SKIPPED */
  const open: number[] = []
  cursor.seek(position)
  while (!cursor.done) {
    const at = cursor.position
    const code = cursor.uleb()
    if (code === 0) {
      open.pop()
      if (open.length === 0) return
      continue
    }
    const abbreviation = abbreviations.get(code)
    if (abbreviation === undefined) throw cursor.error(`entry of the unknown abbreviation ${code}`, at)
    const kind = abbreviation.tag
    const depth = open.at(-1) ?? 0
    let within = depth
    if (kind === tag.inlinedSubroutine && depth !== SKIPPED) {
      readDie(unit, abbreviation, at, die)
      const { sibling } = die
      const next = cursor.position
      within = visit(die, depth) ? depth + 1 : SKIPPED
      cursor.seek(next)
      if (within === SKIPPED && sibling !== 0 && abbreviation.hasChildren) {
        forward(cursor, sibling, at)
        continue
      }
    } else {
      if (open.length > 0 && !isBlock(kind)) {
        if (skipSubtree(cursor, abbreviation, at)) continue
        within = SKIPPED
      }
      skipValues(cursor, abbreviation, header)
    }
    if (!abbreviation.hasChildren) {
      if (open.length === 0) return
      continue
    }
    if (open.length >= MAX_DEPTH) throw cursor.error(`entries nested deeper than ${MAX_DEPTH}`, at)
    open.push(within)
  }
}

/** Addresses [low, high) of the function whose entry is at `position`. */
export interface FunctionPiece {
  low: number
  high: number
  position: number
}

/** The functions of a unit by address. */
export class FunctionTable {
  readonly #lows: Float64Array
  readonly #highs: Float64Array
  readonly #positions: Uint32Array

  constructor(unit: Unit) {
    const pairs: number[] = []
    const positions: number[] = []
    forEachFunction(unit, die => {
      const before = pairs.length
      rangesOf(unit, die, pairs)
      for (let count = before; count < pairs.length; count += 2) positions.push(die.position)
    })
    const order = Uint32Array.from(positions.keys()).sort((a, b) => pairs[2 * a]! - pairs[2 * b]! || a - b)
    this.#lows = Float64Array.from(order, index => pairs[2 * index]!)
    this.#highs = Float64Array.from(order, index => pairs[2 * index + 1]!)
    this.#positions = Uint32Array.from(order, index => positions[index]!)
  }

  /** All pieces of functions, ascending. */
  *[Symbol.iterator](): Generator<FunctionPiece> {
    for (let index = 0; index < this.#lows.length; index++) {
      yield { low: this.#lows[index]!, high: this.#highs[index]!, position: this.#positions[index]! }
    }
  }

  /** Position of the function's entry; the one that begins last where several hold the address. */
  find(address: number): number | undefined {
    let low = 0
    let high = this.#lows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#lows[middle]! <= address) low = middle + 1
      else high = middle
    }
    // Functions hardly overlap; one that goes on behind the next is looked for a few places back.
    for (let index = low - 1; index >= 0 && index >= low - 16; index--) {
      if (address < this.#highs[index]!) return this.#positions[index]
    }
    return undefined
  }
}

export interface InlinedCall {
  /** position of the inlined call's entry */
  position: number
  originForm: number
  origin: number
  callFile: number
  callLine: number
  callColumn: number
}

/** The inlined calls around an address in the function at `position`, outermost first. */
export function inlinedCallsAt(unit: Unit, position: number, address: number): InlinedCall[] {
  const calls: InlinedCall[] = []
  const ranges: number[] = []
  forEachInline(unit, position, (die, depth) => {
    // A call beside one that was found cannot hold the address as well.
    if (depth < calls.length) return false
    ranges.length = 0
    rangesOf(unit, die, ranges)
    for (let index = 0; index < ranges.length; index += 2) {
      if (address < ranges[index]! || address >= ranges[index + 1]!) continue
      const { originForm, origin, callFile, callLine, callColumn } = die
      calls.push({ position: die.position, originForm, origin, callFile, callLine, callColumn })
      return true
    }
    return false
  })
  return calls
}
