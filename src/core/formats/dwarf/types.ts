// Types by their entries: their names as C writes them, what a pointer points to, the members of a struct at an offset.
// DWARF 5 §5.

import { attribute } from './constants.ts'
import { type Entry, entriesBelow, readEntryAt } from './entry.ts'
import type { NameReader } from './names.ts'

export const typeTag = {
  array: 0x01,
  enumeration: 0x04,
  member: 0x0d,
  pointer: 0x0f,
  structure: 0x13,
  subroutine: 0x15,
  typedef: 0x16,
  union: 0x17,
  subrange: 0x21,
  base: 0x24,
  constant: 0x26,
  enumerator: 0x28,
  volatile: 0x35,
  restrict: 0x37,
  atomic: 0x47,
} as const

const names = {
  type: 0x49,
  byteSize: 0x0b,
  memberAt: 0x38,
  encoding: 0x3e,
  constantValue: 0x1c,
  count: 0x37,
  upperBound: 0x2f,
} as const

const qualifiers = new Map<number, string>([
  [typeTag.constant, 'const'],
  [typeTag.volatile, 'volatile'],
  [typeTag.restrict, 'restrict'],
  [typeTag.atomic, '_Atomic'],
])

/** A type of a type of a type…: nobody nests more; damaged ones are rings. */
const MAX_STEPS = 16
const MAX_MEMBERS = 8
/** Pointers in one struct that are looked at: task_struct has some 100. */
const MAX_POINTERS = 128

export interface DwarfMember {
  /** as in deep.speed, on.next */
  path: string
  /** bytes from the member's start */
  rest: number
  /** what it is; undefined where that is not said */
  type?: Entry
}

export class TypeReader {
  readonly #names: NameReader

  constructor(reader: NameReader) {
    this.#names = reader
  }

  /** The entry that the reference `name` of an entry is to. */
  async referred(entry: Entry, name: number): Promise<Entry | undefined> {
    const value = entry.values.get(name)
    if (value === undefined) return undefined
    const place = await this.#names.follow(entry.unit, value.form, value.value)
    return place && readEntryAt(place.unit, place.position)
  }

  /** The entry's own type; undefined stands for void. */
  typeOf(entry: Entry): Promise<Entry | undefined> {
    return this.referred(entry, names.type)
  }

  nameOf(entry: Entry): string | undefined {
    const value = entry.values.get(attribute.name)
    return value && entry.unit.text(value)
  }

  /** "struct fl_engine *", with a variable's name behind it where that reads well. */
  async text(type: Entry | undefined, steps = 0): Promise<string> {
    if (type === undefined) return 'void'
    if (steps > MAX_STEPS) return '…'
    const name = this.nameOf(type)
    const inner = async (): Promise<string> => this.text(await this.typeOf(type), steps + 1)
    const qualifier = qualifiers.get(type.tag)
    if (qualifier !== undefined) {
      const text = await inner()
      return text.endsWith('*') ? `${text}${qualifier}` : `${qualifier} ${text}`
    }
    switch (type.tag) {
      case typeTag.pointer: {
        const text = await inner()
        return text.endsWith('*') ? `${text}*` : text.endsWith(')') ? text.replace('()', '(*)()') : `${text} *`
      }
      case typeTag.structure:
        return `struct ${name ?? '{…}'}`
      case typeTag.union:
        return `union ${name ?? '{…}'}`
      case typeTag.enumeration:
        return `enum ${name ?? '{…}'}`
      case typeTag.array:
        return `${await inner()}[${this.#lengthOf(type) ?? ''}]`
      case typeTag.subroutine:
        return `${await inner()} ()`
    }
    return name ?? '?'
  }

  /** Typedefs and qualifiers taken off. */
  async plain(type: Entry | undefined): Promise<Entry | undefined> {
    let found = type
    for (let step = 0; found !== undefined && step < MAX_STEPS; step++) {
      if (found.tag !== typeTag.typedef && !qualifiers.has(found.tag)) return found
      found = await this.typeOf(found)
    }
    return undefined
  }

  /** Bytes of a value; 0 where that is not said. */
  async sizeOf(type: Entry | undefined, wordBytes: number): Promise<number> {
    const plain = await this.plain(type)
    const said = plain?.values.get(names.byteSize)?.value
    if (said !== undefined && said >= 0) return said
    if (plain?.tag === typeTag.pointer) return wordBytes
    if (plain?.tag !== typeTag.array) return 0
    return (this.#lengthOf(plain) ?? 0) * (await this.sizeOf(await this.typeOf(plain), wordBytes))
  }

  /** DW_ATE of a base type: 2 boolean, 5 signed, 6 signed char, 7 unsigned, 8 unsigned char. */
  encodingOf(base: Entry): number {
    return base.values.get(names.encoding)?.value ?? 0
  }

  /** The name of an enumeration's value. */
  enumerator(enumeration: Entry, value: bigint): string | undefined {
    for (const entry of entriesBelow(enumeration, () => false)) {
      const constant = entry.values.get(names.constantValue)?.value
      if (constant !== undefined && Number.isInteger(constant) && BigInt(constant) === value) return this.nameOf(entry)
    }
    return undefined
  }

  /** The struct or union that a pointer points to. */
  async target(type: Entry | undefined): Promise<Entry | undefined> {
    const pointer = await this.plain(type)
    if (pointer?.tag !== typeTag.pointer) return undefined
    const target = await this.plain(await this.typeOf(pointer))
    return target?.tag === typeTag.structure || target?.tag === typeTag.union ? target : undefined
  }

  /** Members at an offset of a struct, through what they hold; none where it is padding, behind the end or not defined here. */
  async membersAt(struct: Entry, offset: number, before = '', steps = 0): Promise<DwarfMember[]> {
    const found: DwarfMember[] = []
    if (steps > MAX_STEPS) return found
    for (const member of entriesBelow(struct, () => false)) {
      if (member.tag !== typeTag.member) continue
      const start = member.values.get(names.memberAt)?.value ?? 0
      const type = await this.typeOf(member)
      const size = await this.sizeOf(type, struct.unit.header.addressBytes)
      if (!(offset >= start && offset < start + Math.max(1, size))) continue
      const name = this.nameOf(member)
      const path = name === undefined ? before : before === '' ? name : `${before}.${name}`
      found.push(...(await this.#within(type, offset - start, path, steps)))
      if (found.length >= MAX_MEMBERS) break
    }
    return found.slice(0, MAX_MEMBERS)
  }

  /** Members that point to structs, those of structs within it too. */
  async pointersIn(struct: Entry, before = '', steps = 0, found: DwarfMember[] = []): Promise<DwarfMember[]> {
    for (const member of entriesBelow(struct, () => false)) {
      if (found.length >= MAX_POINTERS || steps > MAX_STEPS) break
      if (member.tag !== typeTag.member) continue
      const type = await this.typeOf(member)
      const plain = await this.plain(type)
      const name = this.nameOf(member)
      const path = name === undefined ? before : before === '' ? name : `${before}.${name}`
      if (plain?.tag === typeTag.structure || plain?.tag === typeTag.union) {
        await this.pointersIn(plain, path, steps + 1, found)
      } else if (plain !== undefined && (await this.target(plain)) !== undefined) {
        found.push({ path, rest: 0, ...(type !== undefined && { type }) })
      }
    }
    return found
  }

  async #within(type: Entry | undefined, offset: number, path: string, steps: number): Promise<DwarfMember[]> {
    const plain = await this.plain(type)
    if (plain?.tag === typeTag.structure || plain?.tag === typeTag.union) {
      const inner = await this.membersAt(plain, offset, path, steps + 1)
      if (inner.length > 0) return inner
    }
    if (plain?.tag === typeTag.array && steps < MAX_STEPS) {
      const element = await this.typeOf(plain)
      const size = await this.sizeOf(element, plain.unit.header.addressBytes)
      if (size > 0) {
        const index = Math.floor(offset / size)
        return this.#within(element, offset - index * size, `${path}[${index}]`, steps + 1)
      }
    }
    return [{ path, rest: offset, ...(type !== undefined && { type }) }]
  }

  #lengthOf(array: Entry): number | undefined {
    for (const entry of entriesBelow(array, () => false)) {
      if (entry.tag !== typeTag.subrange) continue
      const count = entry.values.get(names.count)?.value
      if (count !== undefined && count >= 0) return count
      const upper = entry.values.get(names.upperBound)?.value
      // An array without bounds has an upper bound of -1, or none.
      if (upper !== undefined && upper >= 0 && upper < 2 ** 48) return upper + 1
    }
    return undefined
  }
}
