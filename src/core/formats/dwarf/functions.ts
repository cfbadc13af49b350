// The functions of a unit, and what is inlined into each. DWARF 5 §3.3.

import { skipValues, step } from './abbreviations.ts'
import { Die, readDie } from './die.ts'
import { rangesOf } from './ranges.ts'
import type { Unit } from './unit.ts'

/** Entries nest in one another at most so deep; hostile ones would go on. */
const MAX_DEPTH = 4096

/**
 * Calls `visit` for every function of the unit that may have code; the entry is valid until it returns. A look-up walks
 * over thousands of entries for one that it wants, so the walk is one loop that calls nothing for most of them.
 */
function forEachFunction(unit: Unit, visit: (die: Die) => void): void {
  const { cursor, abbreviations, header } = unit
  const { bytes } = cursor
  const { steps, valueBytes } = abbreviations
  const end = bytes.length
  const die = new Die()
  let depth = 0
  let at = header.root
  while (at < end) {
    const position = at
    let code = bytes[at]!
    if (code < 0x80) at++
    else {
      code = cursor.seek(at).uleb()
      at = cursor.position
    }
    if (code === 0) {
      if (--depth <= 0) return
      continue
    }
    const what = steps[code]
    if (what === step.leaf && depth !== 0) {
      at += valueBytes[code]!
      continue
    }
    if (what === step.sibling && depth !== 0) {
      at = siblingOf(unit, code, at, position)
      continue
    }
    const abbreviation = abbreviations.get(code)
    if (abbreviation === undefined) throw cursor.error(`entry of the unknown abbreviation ${code}`, position)
    cursor.seek(at)
    if (what === step.function) {
      readDie(unit, abbreviation, position, die)
      const { sibling } = die
      at = cursor.position
      if (die.lowForm !== 0 || die.rangesForm !== 0) visit(die)
      if (abbreviation.hasChildren && sibling !== 0) at = forward(unit, sibling, position)
      else if (abbreviation.hasChildren) depth++
      else if (depth === 0) return
      continue
    }
    skipValues(cursor, abbreviation, header)
    at = cursor.position
    if (abbreviation.hasChildren) depth++
    else if (depth === 0) return
  }
  // The last entry's values are not all there.
  if (at > end) cursor.seek(end).skip(1)
}

/** Where the entry goes on that is beside one whose values begin at `at`. */
function siblingOf({ cursor, abbreviations }: Unit, code: number, at: number, position: number): number {
  const { bytes, order } = cursor
  const place = at + abbreviations.siblingAt[code]!
  const size = abbreviations.siblingBytes[code]!
  if (place + size > bytes.length) throw cursor.seek(Math.min(place, bytes.length)).error('no room for its sibling')
  let sibling = bytes[place]!
  if (size === 4) {
    sibling =
      order === 'little'
        ? (bytes[place]! | (bytes[place + 1]! << 8) | (bytes[place + 2]! << 16) | (bytes[place + 3]! << 24)) >>> 0
        : ((bytes[place]! << 24) | (bytes[place + 1]! << 16) | (bytes[place + 2]! << 8) | bytes[place + 3]!) >>> 0
  } else if (size === 2) {
    sibling = order === 'little' ? bytes[place]! | (bytes[place + 1]! << 8) : (bytes[place]! << 8) | bytes[place + 1]!
  }
  if (!(sibling > position && sibling <= bytes.length)) forward({ cursor }, sibling, position)
  return sibling
}

/** A place that an entry names as that of the one beside it. */
function forward({ cursor }: Pick<Unit, 'cursor'>, sibling: number, position: number): number {
  if (!(sibling > position)) throw cursor.error(`the entry at ${position} has its sibling before it`, position)
  return cursor.seek(sibling).position
}

/** Entries within one that is not entered. */
const SKIPPED = -1

/**
 * Calls `visit` for the inlined calls in the function at `position`, each before those within it. `depth` is the number
 * of inlined calls around it. What `visit` answers false to is passed over with all that it holds.
 */
export function forEachInline(unit: Unit, position: number, visit: (die: Die, depth: number) => boolean): void {
  const { cursor, abbreviations, header } = unit
  const { bytes } = cursor
  const { steps, valueBytes } = abbreviations
  const end = bytes.length
  const die = new Die()
  /** for each open entry: the inlined calls around what it holds, or SKIPPED */
  const open: number[] = []
  let at = cursor.seek(position).position
  while (at < end) {
    const entry = at
    let code = bytes[at]!
    if (code < 0x80) at++
    else {
      code = cursor.seek(at).uleb()
      at = cursor.position
    }
    if (code === 0) {
      open.pop()
      if (open.length === 0) return
      continue
    }
    const what = steps[code]
    if (what === step.leaf && open.length > 0) {
      at += valueBytes[code]!
      continue
    }
    if (what === step.sibling && open.length > 0) {
      at = siblingOf(unit, code, at, entry)
      continue
    }
    const abbreviation = abbreviations.get(code)
    if (abbreviation === undefined) throw cursor.error(`entry of the unknown abbreviation ${code}`, entry)
    cursor.seek(at)
    const depth = open.length === 0 ? 0 : open[open.length - 1]!
    let within = depth
    if (what === step.inlined && depth !== SKIPPED) {
      readDie(unit, abbreviation, entry, die)
      const { sibling } = die
      at = cursor.position
      within = visit(die, depth) ? depth + 1 : SKIPPED
      if (within === SKIPPED && sibling !== 0 && abbreviation.hasChildren) {
        at = forward(unit, sibling, entry)
        continue
      }
    } else {
      if (open.length > 0 && what !== step.block) {
        if (abbreviation.hasChildren && abbreviations.siblingAt[code]! >= 0) {
          at = siblingOf(unit, code, at, entry)
          continue
        }
        within = SKIPPED
      }
      skipValues(cursor, abbreviation, header)
      at = cursor.position
    }
    if (!abbreviation.hasChildren) {
      if (open.length === 0) return
      continue
    }
    if (open.length >= MAX_DEPTH) throw cursor.error(`entries nested deeper than ${MAX_DEPTH}`, entry)
    open.push(within)
  }
  if (at > end) cursor.seek(end).skip(1)
}

/** Addresses [low, high) of the function whose entry is at `position`. */
export interface FunctionPiece {
  low: number
  high: number
  position: number
}

interface Pieces {
  lows: Float64Array
  highs: Float64Array
  positions: Uint32Array
}

/** Functions are looked for in the unit itself so often; who asks again gets a table. */
const MAX_SEARCHES = 2

/** The functions of a unit by address. Throws FormatError when it is damaged. */
export class FunctionTable {
  readonly #unit: Unit
  #pieces: Pieces | undefined
  #searches = 0

  constructor(unit: Unit) {
    this.#unit = unit
  }

  #table(): Pieces {
    this.#pieces ??= this.#read()
    return this.#pieces
  }

  #read(): Pieces {
    const unit = this.#unit
    const pairs: number[] = []
    const positions: number[] = []
    forEachFunction(unit, die => {
      const before = pairs.length
      rangesOf(unit, die, pairs)
      for (let count = before; count < pairs.length; count += 2) positions.push(die.position)
    })
    const order = Uint32Array.from(positions.keys()).sort((a, b) => pairs[2 * a]! - pairs[2 * b]! || a - b)
    return {
      lows: Float64Array.from(order, index => pairs[2 * index]!),
      highs: Float64Array.from(order, index => pairs[2 * index + 1]!),
      positions: Uint32Array.from(order, index => positions[index]!),
    }
  }

  /** All pieces of functions, ascending. */
  *[Symbol.iterator](): Generator<FunctionPiece> {
    const { lows, highs, positions } = this.#table()
    for (let index = 0; index < lows.length; index++) {
      yield { low: lows[index]!, high: highs[index]!, position: positions[index]! }
    }
  }

  /** Position of the function's entry; the one that begins last where several hold the address. */
  find(address: number): number | undefined {
    if (this.#pieces === undefined && this.#searches < MAX_SEARCHES) {
      this.#searches++
      return this.#search(address)
    }
    const { lows, highs, positions } = this.#table()
    let low = 0
    let high = lows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (lows[middle]! <= address) low = middle + 1
      else high = middle
    }
    // Functions hardly overlap; one that goes on behind the next is looked for a few places back.
    for (let index = low - 1; index >= 0 && index >= low - 16; index--) {
      if (address < highs[index]!) return positions[index]
    }
    return undefined
  }

  /** The same by one walk over the unit that keeps nothing. */
  #search(address: number): number | undefined {
    const pairs: number[] = []
    let begins = Number.NEGATIVE_INFINITY
    let found: number | undefined
    forEachFunction(this.#unit, die => {
      pairs.length = 0
      rangesOf(this.#unit, die, pairs)
      for (let index = 0; index < pairs.length; index += 2) {
        if (address < pairs[index]! || address >= pairs[index + 1]! || pairs[index]! < begins) continue
        begins = pairs[index]!
        found = die.position
      }
    })
    return found
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
