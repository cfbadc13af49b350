// One entry of .debug_info with all that it says: for what is looked at a few times, as types and variables are. Walks over
// millions of entries read a Die.

import type { Cursor } from '../../bytes/cursor.ts'
import { form } from './constants.ts'
import { readForm } from './forms.ts'
import type { Unit } from './unit.ts'

export interface Value {
  form: number
  /** as readForm() gives it; of blocks NaN */
  value: number
  /** of expressions and blocks */
  block?: Cursor
}

export interface Entry {
  unit: Unit
  /** counted from the unit's start */
  position: number
  tag: number
  hasChildren: boolean
  values: Map<number, Value>
  /** of what follows the entry's values: its first child, or the next entry beside it */
  next: number
}

const blocks: readonly number[] = [form.block, form.block1, form.block2, form.block4, form.exprloc]

/** Undefined at the mark that ends a list of children. Throws FormatError. */
export function readEntryAt(unit: Unit, position: number): Entry | undefined {
  const { cursor, abbreviations, header } = unit
  const code = cursor.seek(position).uleb()
  if (code === 0) return undefined
  const abbreviation = abbreviations.get(code)
  if (abbreviation === undefined) throw cursor.error(`entry of the unknown abbreviation ${code}`, position)
  const values = new Map<number, Value>()
  for (const [index, name] of abbreviation.names.entries()) {
    const kind = abbreviation.forms[index]!
    if (kind === form.implicitConst) values.set(name, { form: kind, value: abbreviation.constants[index]! })
    else if (blocks.includes(kind)) values.set(name, { form: kind, value: Number.NaN, block: readBlock(cursor, kind) })
    else values.set(name, { form: kind, value: readForm(cursor, kind, header) })
  }
  const { tag, hasChildren } = abbreviation
  return { unit, position, tag, hasChildren, values, next: cursor.position }
}

function readBlock(cursor: Cursor, kind: number): Cursor {
  switch (kind) {
    case form.block1:
      return cursor.take(cursor.u8())
    case form.block2:
      return cursor.take(cursor.u16())
    case form.block4:
      return cursor.take(cursor.u32())
  }
  return cursor.take(cursor.uleb())
}

/** Entries nest at most so deep. */
const MAX_DEPTH = 512
/** The largest function of a kernel holds some ten thousand; hostile units are as large as they like. */
const MAX_CHILDREN = 500_000

const SIBLING = 0x01

/**
 * The entries below one, each before what it holds; `enter` says of which also that is wanted. What is passed over is
 * read all the same where entries do not say where they end.
 */
export function* entriesBelow(parent: Entry, enter: (entry: Entry) => boolean): Generator<Entry> {
  if (!parent.hasChildren) return
  const { unit } = parent
  let at = parent.next
  let depth = 1
  /** depth below which nothing is wanted */
  let skipped = Number.POSITIVE_INFINITY
  for (let count = 0; depth > 0 && at < unit.cursor.length; count++) {
    if (count > MAX_CHILDREN) throw unit.cursor.error(`more than ${MAX_CHILDREN} entries in one`, parent.position)
    const entry = readEntryAt(unit, at)
    if (entry === undefined) {
      depth--
      if (depth <= skipped) skipped = Number.POSITIVE_INFINITY
      at = unit.cursor.position
      continue
    }
    at = entry.next
    const wanted = depth <= skipped
    if (wanted) yield entry
    if (!entry.hasChildren) continue
    if (!wanted || !enter(entry)) {
      const sibling = entry.values.get(SIBLING)?.value
      if (sibling !== undefined && sibling > entry.position) {
        at = sibling
        continue
      }
      if (wanted) skipped = depth
    }
    depth++
    if (depth > MAX_DEPTH) throw unit.cursor.error(`entries nested deeper than ${MAX_DEPTH}`, entry.position)
  }
}
