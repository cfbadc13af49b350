// One entry of .debug_info, as far as a function or an inlined call needs it.

import type { Abbreviation } from './abbreviations.ts'
import { form } from './constants.ts'
import { readForm, skipForm } from './forms.ts'
import type { Unit } from './unit.ts'

/** Filled again and again, so that a walk over millions of entries makes no garbage. Forms are 0 for what is absent. */
export class Die {
  /** of the entry, counted from the unit's start */
  position = 0
  tag = 0
  hasChildren = false
  lowForm = 0
  low = Number.NaN
  highForm = 0
  high = Number.NaN
  rangesForm = 0
  ranges = 0
  /** abstract origin, or else specification */
  originForm = 0
  origin = 0
  nameForm = 0
  name = 0
  linkageNameForm = 0
  linkageName = 0
  callFile = 0
  callLine = 0
  callColumn = 0
  /** position of the next entry beside it; 0 where it is not said */
  sibling = 0
}

const IMPLICIT_CONST = form.implicitConst

/** Reads the entry whose abbreviation code was just read; leaves the cursor behind its values. */
export function readDie(unit: Unit, abbreviation: Abbreviation, position: number, die: Die): void {
  const { cursor, header } = unit
  const { slots, forms, constants } = abbreviation
  die.position = position
  die.tag = abbreviation.tag
  die.hasChildren = abbreviation.hasChildren
  die.lowForm = die.highForm = die.rangesForm = die.originForm = die.nameForm = die.linkageNameForm = 0
  die.callFile = die.callLine = die.callColumn = die.sibling = 0
  for (let index = 0; index < slots.length; index++) {
    const kind = forms[index]!
    const what = slots[index]!
    if (what === 0) {
      skipForm(cursor, kind, header)
      continue
    }
    const value = kind === IMPLICIT_CONST ? constants[index]! : readForm(cursor, kind, header)
    // The numbers of `slot`, as they are: the interpreter finds the case at once.
    switch (what) {
      case 1: // sibling
        die.sibling = value
        break
      case 2: // name
        die.nameForm = kind
        die.name = value
        break
      case 3: // low
        die.lowForm = kind
        die.low = value
        break
      case 4: // high
        die.highForm = kind
        die.high = value
        break
      case 5: // ranges
        die.rangesForm = kind
        die.ranges = value
        break
      case 6: // origin
        die.originForm = kind
        die.origin = value
        break
      case 7: // specification
        if (die.originForm === 0) {
          die.originForm = kind
          die.origin = value
        }
        break
      case 8: // linkageName
        die.linkageNameForm = kind
        die.linkageName = value
        break
      case 9: // callFile
        die.callFile = value
        break
      case 10: // callLine
        die.callLine = value
        break
      case 11: // callColumn
        die.callColumn = value
        break
    }
  }
}
