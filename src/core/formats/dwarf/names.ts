// The names of functions: often in another entry, sometimes in another unit or file. DWARF 5 §3.3.8.

import { form } from './constants.ts'
import { Die, readDie } from './die.ts'
import type { DwarfSections } from './sections.ts'
import { readAbbreviations, readHeaderAt, type Text, Unit } from './unit.ts'
import { readUnitHeaders } from './unit-scan.ts'

/** From an inlined copy to its origin to its declaration: three steps; a ring has no end. */
const MAX_STEPS = 8

/** Units read only for names of functions in them; a linker that optimises refers from each to many. */
const MAX_KEPT_UNITS = 64

export interface EntryPlace {
  unit: Unit
  position: number
}

export interface FoundName {
  /** the unit that `text` is of */
  unit: Unit
  text?: Text
}

export class NameReader {
  readonly #names = new WeakMap<Unit, Map<number, string | undefined>>()
  readonly #offsets = new WeakMap<DwarfSections, Promise<Float64Array>>()
  readonly #units = new WeakMap<DwarfSections, Map<number, Promise<Unit>>>()
  readonly #die = new Die()

  /** The name of the function whose entry is at `position`, by its origin; undefined when it has none. */
  async nameAt(unit: Unit, position: number): Promise<string | undefined> {
    let names = this.#names.get(unit)
    if (names === undefined) {
      names = new Map()
      this.#names.set(unit, names)
    }
    if (!names.has(position)) {
      const found = this.find(unit, position)
      const { unit: owner, text } = found instanceof Promise ? await found : found
      names.set(position, text && owner.text(text))
    }
    return names.get(position)
  }

  /** The name of the function that a reference of a unit is to. */
  async nameOfReference(unit: Unit, kind: number, value: number): Promise<string | undefined> {
    const place = await this.follow(unit, kind, value)
    return place && this.nameAt(place.unit, place.position)
  }

  /** Where the name stands; a promise only when it is in another unit. */
  find(unit: Unit, position: number): FoundName | Promise<FoundName> {
    return this.#find({ unit, position }, { unit }, 0)
  }

  #find(place: EntryPlace, found: FoundName, step: number): FoundName | Promise<FoundName> {
    const { unit, position } = place
    const { linkageNameForm, linkageName, nameForm, name, originForm, origin } = this.#dieAt(unit, position)
    if (linkageNameForm !== 0) return { unit, text: { form: linkageNameForm, value: linkageName } }
    // A name is kept while the origin may still have one for the linker.
    const known = found.text === undefined && nameForm !== 0 ? { unit, text: { form: nameForm, value: name } } : found
    if (originForm === 0 || step >= MAX_STEPS) return known
    const next = this.follow(unit, originForm, origin)
    if (next instanceof Promise) return next.then(there => (there ? this.#find(there, known, step + 1) : known))
    return next === undefined ? known : this.#find(next, known, step + 1)
  }

  #dieAt(unit: Unit, position: number): Die {
    const code = unit.cursor.seek(position).uleb()
    const abbreviation = unit.abbreviations.get(code)
    if (abbreviation === undefined) throw unit.cursor.error(`entry of the unknown abbreviation ${code}`, position)
    readDie(unit, abbreviation, position, this.#die)
    return this.#die
  }

  /** The entry that a reference of a unit is to. */
  follow(unit: Unit, kind: number, value: number): EntryPlace | Promise<EntryPlace | undefined> | undefined {
    switch (kind) {
      case form.ref1:
      case form.ref2:
      case form.ref4:
      case form.ref8:
      case form.refUdata:
        return value < unit.cursor.length ? { unit, position: value } : undefined
      case form.refAddr: {
        const { offset, end } = unit.header
        if (value >= offset && value < end) return { unit, position: value - offset }
        return this.#placeOf(unit.sections, value)
      }
      case form.gnuRefAlt:
      case form.refSup4:
      case form.refSup8:
        return unit.sections.alternate && this.#placeOf(unit.sections.alternate, value)
    }
    return undefined
  }

  async #placeOf(sections: DwarfSections, offset: number): Promise<EntryPlace | undefined> {
    const start = await this.#unitBefore(sections, offset)
    if (start === undefined) return undefined
    let units = this.#units.get(sections)
    if (units === undefined || units.size >= MAX_KEPT_UNITS) {
      units = new Map()
      this.#units.set(sections, units)
    }
    let unit = units.get(start)
    if (unit === undefined) {
      unit = readUnit(sections, start)
      units.set(start, unit)
    }
    const read = await unit
    return offset < read.header.end ? { unit: read, position: offset - start } : undefined
  }

  async #unitBefore(sections: DwarfSections, offset: number): Promise<number | undefined> {
    let offsets = this.#offsets.get(sections)
    if (offsets === undefined) {
      offsets = readUnitHeaders(sections).then(headers => Float64Array.from(headers, header => header.offset))
      this.#offsets.set(sections, offsets)
    }
    const starts = await offsets
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (starts[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return starts[low - 1]
  }
}

async function readUnit(sections: DwarfSections, offset: number): Promise<Unit> {
  const header = await readHeaderAt(sections, offset)
  const cursor = await sections.info.read(offset, header.end - offset)
  return new Unit(header, sections, cursor, await readAbbreviations(sections, header))
}
