// The abbreviation tables: what attributes the entries of a kind have, and how to pass over them. DWARF 5 §7.5.3.

import type { Cursor } from '../../bytes/cursor.ts'
import { attribute, form, slot, slotOf, tag } from './constants.ts'
import { formSize, skipForm, type UnitFormat } from './forms.ts'

/** What entries of a kind look like. Its attributes are read when one is looked into: most are only passed over. */
export class Abbreviation {
  readonly tag: number
  readonly hasChildren: boolean
  /** bytes of all values; -1 where they vary */
  readonly valueBytes: number
  readonly #cursor: Cursor
  readonly #start: number
  #attributes: Attributes | undefined

  constructor(kind: number, hasChildren: boolean, valueBytes: number, cursor: Cursor, start: number) {
    this.tag = kind
    this.hasChildren = hasChildren
    this.valueBytes = valueBytes
    this.#cursor = cursor
    this.#start = start
  }

  /** attribute names, and their forms at the same places */
  get names(): readonly number[] {
    return this.#read().names
  }

  get forms(): readonly number[] {
    return this.#read().forms
  }

  /** what a Die keeps of each, at the same places */
  get slots(): readonly number[] {
    return this.#read().slots
  }

  /** of DW_FORM_implicit_const, at the same places, NaN above 2^53; 0 elsewhere */
  get constants(): readonly number[] {
    return this.#read().constants
  }

  #read(): Attributes {
    this.#attributes ??= readAttributes(this.#cursor, this.#start)
    return this.#attributes
  }
}

interface Attributes {
  names: number[]
  slots: number[]
  forms: number[]
  constants: number[]
}

function readAttributes(cursor: Cursor, start: number): Attributes {
  const attributes: Attributes = { names: [], slots: [], forms: [], constants: [] }
  const before = cursor.position
  cursor.seek(start)
  for (;;) {
    const name = cursor.uleb()
    const kind = cursor.uleb()
    const constant = kind === form.implicitConst ? cursor.slebConstant() : 0
    if (name === 0 && kind === 0) break
    attributes.names.push(name)
    attributes.slots.push(slotOf.get(name) ?? slot.none)
    attributes.forms.push(kind)
    attributes.constants.push(constant)
  }
  cursor.seek(before)
  return attributes
}

/** How an entry is passed over by someone who looks for functions, in `steps` of the table. */
export const step = {
  unknown: 0,
  /** DW_TAG_subprogram */
  function: 1,
  /** DW_TAG_inlined_subroutine */
  inlined: 2,
  /** what may hold functions: DW_TAG_namespace, DW_TAG_module */
  scope: 3,
  /** what may hold inlined calls: lexical, try and catch blocks */
  block: 4,
  /** no children, and values of always the same size */
  leaf: 5,
  /** says where the entry beside it is, at the same place of its values always */
  sibling: 6,
  other: 7,
} as const

/** Codes are dense and start at 1 in every known producer; a table with a higher code is not DWARF. */
const MAX_CODE = 1_000_000

/**
 * The abbreviations of a unit in columns by code: a look-up walks over thousands of entries before any code is compiled
 * for speed, and columns are what the interpreter reads fastest.
 */
export class AbbreviationTable {
  readonly #cursor: Cursor
  readonly #made: (Abbreviation | undefined)[] = []
  /** one of `step`, 0 for a code that the table does not have */
  steps: Uint8Array<ArrayBuffer>
  #tags: Uint16Array<ArrayBuffer>
  #children: Uint8Array<ArrayBuffer>
  /** where the attributes of each begin */
  #starts: Uint32Array<ArrayBuffer>
  /** bytes of all values; -1 where they vary */
  valueBytes: Int32Array<ArrayBuffer>
  /** where among the values the sibling's offset stands; -1 where it varies or there is none */
  siblingAt: Int32Array<ArrayBuffer>
  /** its size: 1, 2 or 4 */
  siblingBytes: Uint8Array<ArrayBuffer>

  /** Reads the table at the cursor up to its end mark, or to the code that alone is `wanted`. */
  constructor(cursor: Cursor, format: UnitFormat, wanted?: number) {
    this.#cursor = cursor
    const codes = wanted === undefined ? 256 : Math.min(256, wanted + 1)
    this.steps = new Uint8Array(codes)
    this.#tags = new Uint16Array(codes)
    this.#children = new Uint8Array(codes)
    this.#starts = new Uint32Array(codes)
    this.valueBytes = new Int32Array(codes)
    this.siblingAt = new Int32Array(codes)
    this.siblingBytes = new Uint8Array(codes)
    for (let code = cursor.uleb(); code !== 0; code = cursor.uleb()) {
      if (code > MAX_CODE) throw cursor.error(`abbreviation code ${code} is above ${MAX_CODE}`)
      this.#readOne(code, format)
      if (code === wanted) return
    }
    if (wanted !== undefined) throw cursor.error(`no abbreviation ${wanted}`)
  }

  /** undefined for a code that the table does not have */
  get(code: number): Abbreviation | undefined {
    const known = this.#made[code]
    if (known !== undefined || this.steps[code] === undefined || this.steps[code] === step.unknown) return known
    const made = new Abbreviation(
      this.#tags[code]!,
      this.#children[code] !== 0,
      this.valueBytes[code]!,
      this.#cursor,
      this.#starts[code]!,
    )
    this.#made[code] = made
    return made
  }

  /** Reads one whose code was just read; the first of a code counts. */
  #readOne(code: number, format: UnitFormat): void {
    const cursor = this.#cursor
    const { bytes } = cursor
    const kind = cursor.uleb()
    const hasChildren = cursor.u8() !== 0
    const start = cursor.position
    let valueBytes = 0
    let siblingAt = -1
    let siblingBytes = 0
    let at = start
    for (;;) {
      // Nearly all numbers are of one byte; what is not, or not there, the cursor reads.
      let name = bytes[at]!
      if (name < 0x80) at++
      else {
        name = cursor.seek(at).uleb()
        at = cursor.position
      }
      let how = bytes[at]!
      if (how < 0x80) at++
      else {
        how = cursor.seek(at).uleb()
        at = cursor.position
      }
      if (how === form.implicitConst) at = cursor.seek(at).skipLeb().position
      if (name === 0 && how === 0) break
      const size = formSize(how, format)
      if (name === attribute.sibling && valueBytes >= 0 && (size === 4 || size === 2 || size === 1)) {
        siblingAt = valueBytes
        siblingBytes = size
      }
      valueBytes = valueBytes < 0 || size < 0 ? -1 : valueBytes + size
    }
    cursor.seek(at)
    if (code >= this.steps.length) this.#grow(code)
    if (this.steps[code] !== step.unknown) return
    this.steps[code] = stepOf(kind, hasChildren, valueBytes, siblingAt)
    this.#tags[code] = kind
    this.#children[code] = hasChildren ? 1 : 0
    this.#starts[code] = start
    this.valueBytes[code] = valueBytes
    this.siblingAt[code] = siblingAt
    this.siblingBytes[code] = siblingBytes
  }

  #grow(code: number): void {
    const size = Math.max(code + 1, 2 * this.steps.length)
    const longer = <T extends Uint8Array | Uint16Array | Uint32Array | Int32Array>(old: T, fresh: T): T => {
      fresh.set(old)
      return fresh
    }
    this.steps = longer(this.steps, new Uint8Array(size))
    this.#tags = longer(this.#tags, new Uint16Array(size))
    this.#children = longer(this.#children, new Uint8Array(size))
    this.#starts = longer(this.#starts, new Uint32Array(size))
    this.valueBytes = longer(this.valueBytes, new Int32Array(size))
    this.siblingAt = longer(this.siblingAt, new Int32Array(size))
    this.siblingBytes = longer(this.siblingBytes, new Uint8Array(size))
  }
}

function stepOf(kind: number, hasChildren: boolean, valueBytes: number, siblingAt: number): number {
  switch (kind) {
    case tag.subprogram:
      return step.function
    case tag.inlinedSubroutine:
      return step.inlined
    case tag.namespace:
    case tag.module:
      return step.scope
    case tag.lexicalBlock:
    case tag.tryBlock:
    case tag.catchBlock:
      return step.block
  }
  if (!hasChildren && valueBytes >= 0) return step.leaf
  return hasChildren && siblingAt >= 0 ? step.sibling : step.other
}

/** Passes over the values of an entry. */
export function skipValues(cursor: Cursor, abbreviation: Abbreviation, format: UnitFormat): void {
  if (abbreviation.valueBytes >= 0) {
    cursor.skip(abbreviation.valueBytes)
    return
  }
  const { forms } = abbreviation
  for (let index = 0; index < forms.length; index++) skipForm(cursor, forms[index]!, format)
}
