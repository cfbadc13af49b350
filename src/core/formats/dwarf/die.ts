// One entry of .debug_info, as far as a function or an inlined call needs it.

import type { Abbreviation } from './abbreviations.ts'
import { attribute, form } from './constants.ts'
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

/** Reads the entry whose abbreviation code was just read; leaves the cursor behind its values. */
export function readDie(unit: Unit, abbreviation: Abbreviation, position: number, die: Die): void {
  const { cursor, header } = unit
  const { names, forms, constants } = abbreviation
  die.position = position
  die.tag = abbreviation.tag
  die.hasChildren = abbreviation.hasChildren
  die.lowForm = die.highForm = die.rangesForm = die.originForm = die.nameForm = die.linkageNameForm = 0
  die.callFile = die.callLine = die.callColumn = die.sibling = 0
  for (let index = 0; index < names.length; index++) {
    const kind = forms[index]!
    const name = names[index]!
    if (!isWanted(name)) {
      skipForm(cursor, kind, header)
      continue
    }
    const value = kind === form.implicitConst ? constants[index]! : readForm(cursor, kind, header)
    switch (name) {
      case attribute.sibling:
        die.sibling = value
        break
      case attribute.name:
        die.nameForm = kind
        die.name = value
        break
      case attribute.lowPc:
        die.lowForm = kind
        die.low = value
        break
      case attribute.highPc:
        die.highForm = kind
        die.high = value
        break
      case attribute.ranges:
        die.rangesForm = kind
        die.ranges = value
        break
      case attribute.abstractOrigin:
        die.originForm = kind
        die.origin = value
        break
      case attribute.specification:
        if (die.originForm === 0) {
          die.originForm = kind
          die.origin = value
        }
        break
      case attribute.linkageName:
      case attribute.mipsLinkageName:
        die.linkageNameForm = kind
        die.linkageName = value
        break
      case attribute.callFile:
        die.callFile = value
        break
      case attribute.callLine:
        die.callLine = value
        break
      case attribute.callColumn:
        die.callColumn = value
        break
    }
  }
}

function isWanted(name: number): boolean {
  switch (name) {
    case attribute.sibling:
    case attribute.name:
    case attribute.lowPc:
    case attribute.highPc:
    case attribute.ranges:
    case attribute.abstractOrigin:
    case attribute.specification:
    case attribute.linkageName:
    case attribute.mipsLinkageName:
    case attribute.callFile:
    case attribute.callLine:
    case attribute.callColumn:
      return true
  }
  return false
}
