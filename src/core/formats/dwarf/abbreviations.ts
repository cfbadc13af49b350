// The abbreviation tables: what attributes the entries of a kind have, and how to pass over them. DWARF 5 §7.5.3.

import type { Cursor } from '../../bytes/cursor.ts'
import { attribute, form } from './constants.ts'
import { fixedBytes, skipForm, type UnitFormat } from './forms.ts'

export interface Abbreviation {
  tag: number
  hasChildren: boolean
  /** attribute names, and their forms at the same places */
  names: number[]
  forms: number[]
  /** of DW_FORM_implicit_const, at the same places, NaN above 2^53; 0 elsewhere */
  constants: number[]
  /** bytes of all values; -1 where they vary */
  valueBytes: number
  /** where among the values the sibling's offset stands; -1 where it varies or there is none */
  siblingAt: number
  /** its size */
  siblingBytes: 0 | 1 | 2 | 4
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
      this.#byCode[code] ??= readAbbreviation(cursor, format)
    }
  }

  get(code: number): Abbreviation | undefined {
    return this.#byCode[code]
  }
}

/** One entry, its code already read. */
export function readAbbreviation(cursor: Cursor, format: UnitFormat): Abbreviation {
  const abbreviation: Abbreviation = {
    tag: cursor.uleb(),
    hasChildren: cursor.u8() !== 0,
    names: [],
    forms: [],
    constants: [],
    valueBytes: 0,
    siblingAt: -1,
    siblingBytes: 0,
  }
  for (;;) {
    const name = cursor.uleb()
    const kind = cursor.uleb()
    const constant = kind === form.implicitConst ? cursor.slebConstant() : 0
    if (name === 0 && kind === 0) return abbreviation
    abbreviation.names.push(name)
    abbreviation.forms.push(kind)
    abbreviation.constants.push(constant)
    const bytes = fixedBytes(kind, format)
    const { valueBytes } = abbreviation
    if (name === attribute.sibling && valueBytes >= 0 && (bytes === 4 || bytes === 2 || bytes === 1)) {
      abbreviation.siblingAt = valueBytes
      abbreviation.siblingBytes = bytes
    }
    abbreviation.valueBytes = valueBytes < 0 || bytes === undefined ? -1 : valueBytes + bytes
  }
}

/** Passes over the values of an entry. */
export function skipValues(cursor: Cursor, { valueBytes, forms }: Abbreviation, format: UnitFormat): void {
  if (valueBytes >= 0) cursor.skip(valueBytes)
  else for (const kind of forms) skipForm(cursor, kind, format)
}
