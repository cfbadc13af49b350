// The abbreviation tables: what attributes the entries of a kind have, and how to pass over them. DWARF 5 §7.5.3.

import type { Cursor } from '../../bytes/cursor.ts'
import { attribute, form } from './constants.ts'
import { fixedBytes, skipForm, type UnitFormat } from './forms.ts'

/** What entries of a kind look like. Its attributes are read when one is looked into: most are only passed over. */
export class Abbreviation {
  readonly tag: number
  readonly hasChildren: boolean
  /** bytes of all values; -1 where they vary */
  readonly valueBytes: number
  /** where among the values the sibling's offset stands; -1 where it varies or there is none */
  readonly siblingAt: number
  /** its size */
  readonly siblingBytes: 0 | 1 | 2 | 4
  readonly #cursor: Cursor
  readonly #start: number
  #attributes: Attributes | undefined

  /** Reads one, its code already read. */
  constructor(cursor: Cursor, format: UnitFormat) {
    this.tag = cursor.uleb()
    this.hasChildren = cursor.u8() !== 0
    this.#cursor = cursor
    this.#start = cursor.position
    let [valueBytes, siblingAt, siblingBytes]: [number, number, 0 | 1 | 2 | 4] = [0, -1, 0]
    for (;;) {
      const name = cursor.uleb()
      const kind = cursor.uleb()
      if (kind === form.implicitConst) cursor.skipLeb()
      if (name === 0 && kind === 0) break
      const bytes = fixedBytes(kind, format)
      if (name === attribute.sibling && valueBytes >= 0 && (bytes === 4 || bytes === 2 || bytes === 1)) {
        siblingAt = valueBytes
        siblingBytes = bytes
      }
      valueBytes = valueBytes < 0 || bytes === undefined ? -1 : valueBytes + bytes
    }
    this.valueBytes = valueBytes
    this.siblingAt = siblingAt
    this.siblingBytes = siblingBytes
  }

  /** attribute names, and their forms at the same places */
  get names(): readonly number[] {
    return this.#read().names
  }

  get forms(): readonly number[] {
    return this.#read().forms
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
  forms: number[]
  constants: number[]
}

function readAttributes(cursor: Cursor, start: number): Attributes {
  const attributes: Attributes = { names: [], forms: [], constants: [] }
  const before = cursor.position
  cursor.seek(start)
  for (;;) {
    const name = cursor.uleb()
    const kind = cursor.uleb()
    const constant = kind === form.implicitConst ? cursor.slebConstant() : 0
    if (name === 0 && kind === 0) break
    attributes.names.push(name)
    attributes.forms.push(kind)
    attributes.constants.push(constant)
  }
  cursor.seek(before)
  return attributes
}

export interface Abbreviations {
  /** undefined for a code that the table does not have */
  get(code: number): Abbreviation | undefined
}

/** Codes are dense and start at 1 in every known producer; a table with a higher code is not DWARF. */
const MAX_CODE = 1_000_000

export class AbbreviationTable implements Abbreviations {
  readonly #byCode: (Abbreviation | undefined)[] = []

  /** Reads the table at the cursor up to its end mark. */
  constructor(cursor: Cursor, format: UnitFormat) {
    for (let code = cursor.uleb(); code !== 0; code = cursor.uleb()) {
      if (code > MAX_CODE) throw cursor.error(`abbreviation code ${code} is above ${MAX_CODE}`)
      const read = new Abbreviation(cursor, format)
      this.#byCode[code] ??= read
    }
  }

  get(code: number): Abbreviation | undefined {
    return this.#byCode[code]
  }
}

/** Passes over the values of an entry. */
export function skipValues(cursor: Cursor, abbreviation: Abbreviation, format: UnitFormat): void {
  if (abbreviation.valueBytes >= 0) cursor.skip(abbreviation.valueBytes)
  else for (const kind of abbreviation.forms) skipForm(cursor, kind, format)
}
