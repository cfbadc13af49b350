// A unit of .debug_info: its header, its root entry, its abbreviations and what its values refer to. DWARF 5 §7.5.1, §3.1.

import { type AddressBase, type Cursor, FormatError } from '../../bytes/cursor.ts'
import { AbbreviationTable } from './abbreviations.ts'
import { attribute, form, unitType } from './constants.ts'
import { isAddressIndex, isStringIndex, readForm, type UnitFormat } from './forms.ts'
import type { DwarfSections } from './sections.ts'
import type { Table } from './table.ts'

export interface UnitHeader extends UnitFormat {
  /** of the unit in .debug_info */
  offset: number
  /** behind its last byte */
  end: number
  type: number
  abbreviations: number
  /** of the root entry, counted from the unit's start */
  root: number
  /** of skeleton and split units */
  dwoId?: bigint
}

/** Headers are at most so long: type units with 64-bit offsets. */
const MAX_UNIT_HEADER_BYTES = 40

/** No unit is larger; one of a kernel linked with LTO reaches 200 MB. */
const MAX_UNIT_BYTES = 1024 * 1024 * 1024

/** Text beyond this is cut: no name in a program is as long, and hostile ones are asked for again and again. */
const MAX_TEXT_BYTES = 4096

/** The header at the cursor's start; `offset` is where that is in the section. */
function readUnitHeader(cursor: Cursor, offset: number, sectionBytes: number, base: AddressBase): UnitHeader {
  let length = cursor.u32()
  const offsetBytes = length === 0xffffffff ? 8 : 4
  if (offsetBytes === 8) length = cursor.size64()
  else if (length >= 0xfffffff0) throw cursor.error(`unit length 0x${length.toString(16)} is reserved`, 0)
  const end = offset + cursor.position + length
  if (end > sectionBytes || length > MAX_UNIT_BYTES) {
    throw cursor.error(`a unit of ${length} bytes does not fit the section of ${sectionBytes}`, 0)
  }
  const version = cursor.u16()
  if (version < 2 || version > 5) throw cursor.error(`unit of DWARF version ${version}; known are 2 to 5`)
  const type = version >= 5 ? cursor.u8() : unitType.compile
  let addressBytes = version >= 5 ? cursor.u8() : 0
  const abbreviations = cursor.offset(offsetBytes)
  if (version < 5) addressBytes = cursor.u8()
  if (addressBytes !== 4 && addressBytes !== 8) throw cursor.error(`addresses of ${addressBytes} bytes`)
  const header: UnitHeader = { offset, end, version, type, addressBytes, offsetBytes, abbreviations, base, root: 0 }
  if (type === unitType.skeleton || type === unitType.splitCompile) header.dwoId = cursor.u64()
  if (type === unitType.type || type === unitType.splitType) cursor.skip(8 + offsetBytes)
  header.root = cursor.position
  return header
}

/** What the root entry says. Offsets and addresses as readForm() gives them; absent what is not there. */
export interface UnitRoot {
  tag: number
  name?: Text
  compilationDirectory?: Text
  dwoName?: Text
  dwoId?: bigint
  statementList?: number
  low?: number
  high?: number
  ranges?: { form: number; value: number }
}

/** Text by reference: its form, and offset, index or position. */
export interface Text {
  form: number
  value: number
}

export class Unit {
  readonly header: UnitHeader
  readonly sections: DwarfSections
  /** the whole unit, from its header on */
  readonly cursor: Cursor
  readonly abbreviations: AbbreviationTable
  readonly root: UnitRoot
  /** .debug_addr that its indices are of, and where in it they start */
  addresses: Table | undefined
  addressesStart: number
  stringOffsetsStart: number
  rangeListsStart: number
  locationListsStart: number
  /** low_pc of the unit, which ranges count from; 0 where it has none */
  rangeBase = 0
  /** … which is the machine's address 0, far from the program */
  rangeBaseIsZero = true
  /** start of the split unit's ranges in .debug_ranges, GNU extension of DWARF 4 */
  gnuRangesBase = 0

  constructor(header: UnitHeader, sections: DwarfSections, cursor: Cursor, abbreviations: AbbreviationTable) {
    this.header = header
    this.sections = sections
    this.cursor = cursor
    this.abbreviations = abbreviations
    this.addresses = sections.tables.addr
    const wide = header.offsetBytes === 8
    // Behind the section's header; split units have no attribute that says so (§7.26, §7.28).
    this.addressesStart = header.version >= 5 ? (wide ? 16 : 8) : 0
    this.stringOffsetsStart = header.version >= 5 ? (wide ? 16 : 8) : 0
    this.rangeListsStart = wide ? 20 : 12
    this.locationListsStart = this.rangeListsStart
    this.root = this.#readRoot()
    this.setRangeBase(this.root.low)
  }

  setRangeBase(low: number | undefined): void {
    const zero = -Number(this.header.base.address)
    this.rangeBase = low ?? zero
    this.rangeBaseIsZero = this.rangeBase === zero
  }

  /** The address that a value of form addr or addrx stands for; NaN when the table ends before it. */
  address(kind: number, value: number): number {
    if (!isAddressIndex(kind)) return value
    const { addressBytes, base } = this.header
    const at = this.addressesStart + value * addressBytes
    if (this.addresses === undefined || !(at + addressBytes <= this.addresses.length)) return Number.NaN
    return this.addresses.at(at, addressBytes).addressFrom(base, addressBytes)
  }

  /** The text of a value of one of the string forms; undefined when there is none at that place. */
  text({ form: kind, value }: Text): string | undefined {
    const { tables, alternate } = this.sections
    if (kind === form.string) return ownText(this.cursor, value)
    if (kind === form.strp) return textAt(tables.str, value)
    if (kind === form.lineStrp) return textAt(tables.line_str, value)
    if (kind === form.gnuStrpAlt || kind === form.strpSup) return textAt(alternate?.tables.str, value)
    if (!isStringIndex(kind)) return undefined
    const { offsetBytes } = this.header
    const at = this.stringOffsetsStart + value * offsetBytes
    const offsets = tables.str_offsets
    if (offsets === undefined || !(at + offsetBytes <= offsets.length)) return undefined
    return textAt(tables.str, offsets.at(at, offsetBytes).offset(offsetBytes))
  }

  #readRoot(): UnitRoot {
    const { header, cursor } = this
    const code = cursor.seek(header.root).uleb()
    const abbreviation = this.abbreviations.get(code)
    if (abbreviation === undefined)
      throw cursor.error(`the unit's root has the unknown abbreviation ${code}`, header.root)
    const root: UnitRoot = { tag: abbreviation.tag }
    let [lowForm, low, highForm, high] = [0, Number.NaN, 0, Number.NaN]
    const { names } = abbreviation
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!
      const kind = abbreviation.forms[index]!
      if (name === attribute.gnuDwoId && kind === form.data8) {
        root.dwoId = cursor.u64()
        continue
      }
      const value = kind === form.implicitConst ? abbreviation.constants[index]! : readForm(cursor, kind, header)
      switch (name) {
        case attribute.name:
          root.name = { form: kind, value }
          break
        case attribute.compilationDirectory:
          root.compilationDirectory = { form: kind, value }
          break
        case attribute.dwoName:
        case attribute.gnuDwoName:
          root.dwoName = { form: kind, value }
          break
        case attribute.statementList:
          root.statementList = value
          break
        case attribute.lowPc:
          ;[lowForm, low] = [kind, value]
          break
        case attribute.highPc:
          ;[highForm, high] = [kind, value]
          break
        case attribute.ranges:
          root.ranges = { form: kind, value }
          break
        case attribute.addressBase:
        case attribute.gnuAddressBase:
          this.addressesStart = value
          break
        case attribute.stringOffsetsBase:
          this.stringOffsetsStart = value
          break
        case attribute.rangeListsBase:
          this.rangeListsStart = value
          break
        case attribute.locationListsBase:
          this.locationListsStart = value
          break
        case attribute.gnuRangesBase:
          this.gnuRangesBase = value
          break
      }
    }
    if (header.dwoId !== undefined) root.dwoId = header.dwoId
    // Bases may stand behind what they are the bases of.
    if (lowForm !== 0) root.low = this.address(lowForm, low)
    if (highForm !== 0 && root.low !== undefined) root.high = this.highPc(root.low, highForm, high)
    return root
  }

  /** DW_AT_high_pc is an address or, since DWARF 4, a distance. */
  highPc(low: number, kind: number, value: number): number {
    return kind === form.addr || isAddressIndex(kind) ? this.address(kind, value) : low + value
  }
}

/** Most names fit. */
const TEXT_BYTES = 64

function textAt(table: Table | undefined, at: number): string | undefined {
  if (table === undefined || !(at >= 0 && at < table.length)) return undefined
  for (let count = TEXT_BYTES; ; count = MAX_TEXT_BYTES) {
    const cursor = table.at(at, count)
    const { bytes, position } = cursor
    const end = bytes.indexOf(0, position)
    if (end >= 0) return cursor.text(Math.min(MAX_TEXT_BYTES, end - position))
    if (count === MAX_TEXT_BYTES) return cursor.text(Math.min(MAX_TEXT_BYTES, cursor.left))
  }
}

/** Text that stands in the unit itself. */
function ownText(cursor: Cursor, at: number): string | undefined {
  if (!(at >= 0 && at < cursor.length)) return undefined
  const window = cursor.window(at, Math.min(MAX_TEXT_BYTES, cursor.length - at))
  const end = window.bytes.indexOf(0)
  return window.text(end < 0 ? window.length : end)
}

const FIRST_ABBREVIATION_BYTES = 8 * 1024

/** The abbreviation table at an offset: read in growing pieces, as only its end mark says how long it is. */
export async function readAbbreviations(sections: DwarfSections, header: UnitHeader): Promise<AbbreviationTable> {
  const { abbrev } = sections
  for (let bytes = FIRST_ABBREVIATION_BYTES; ; bytes *= 4) {
    const left = abbrev.size - header.abbreviations
    const window = await abbrev.read(header.abbreviations, Math.min(bytes, Math.max(0, left)))
    try {
      return new AbbreviationTable(window, header)
    } catch (error) {
      if (!(error instanceof FormatError) || bytes >= left) throw error
    }
  }
}

export async function readHeaderAt(sections: DwarfSections, offset: number): Promise<UnitHeader> {
  const { info, base } = sections
  const left = Math.max(0, info.size - offset)
  return readUnitHeader(await info.read(offset, Math.min(MAX_UNIT_HEADER_BYTES, left)), offset, info.size, base)
}
