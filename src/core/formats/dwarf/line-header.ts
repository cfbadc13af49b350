// The header of a line program: how it counts, and the files it names. DWARF 5 §6.2.4; versions 2 to 4 as their editions say.

import type { Cursor } from '../../bytes/cursor.ts'
import { form } from './constants.ts'
import { formSize, readForm, skipForm, type UnitFormat } from './forms.ts'

export interface LineHeader {
  version: number
  addressBytes: 4 | 8
  minInstructionBytes: number
  maxOperations: number
  lineBase: number
  lineRange: number
  /** number of operands of each standard opcode; [0] is unused */
  operands: number[]
  directories: NameList
  /** by the number that programs and entries use: from 1 before version 5 */
  files: NameList
  /** where in the window the program starts and ends */
  start: number
  end: number
}

/** Text by reference: a position of the line section's window for DW_FORM_string, else an offset or index. */
export interface NameReference {
  form: number
  value: number
}

/** Names without an object for each: a unit has hundreds and a lookup wants one or two. */
export class NameList {
  #forms = new Uint16Array(64)
  #values = new Float64Array(64)
  #directories = new Uint32Array(64)
  length = 0

  add(kind: number, value: number, directory: number): void {
    if (this.length === this.#forms.length) {
      const [forms, values, directories] = [this.#forms, this.#values, this.#directories]
      const size = 4 * this.length
      this.#forms = new Uint16Array(size)
      this.#values = new Float64Array(size)
      this.#directories = new Uint32Array(size)
      this.#forms.set(forms)
      this.#values.set(values)
      this.#directories.set(directories)
    }
    this.#forms[this.length] = kind
    this.#values[this.length] = value
    this.#directories[this.length++] = directory
  }

  /** undefined for a number without a name */
  at(number: number): NameReference | undefined {
    const kind = number < this.length ? this.#forms[number] : undefined
    return kind === undefined || kind === 0 ? undefined : { form: kind, value: this.#values[number]! }
  }

  /** Number of the folder that a file is in. */
  directory(number: number): number {
    return this.#directories[number]!
  }
}

/** Content types of §6.2.4.1 */
const content = { path: 1, directoryIndex: 2 } as const

/** Reads the header at the start of the window, which holds the whole program. */
export function readLineHeader(cursor: Cursor, unit: UnitFormat): LineHeader {
  let length = cursor.u32()
  const offsetBytes = length === 0xffffffff ? 8 : 4
  if (offsetBytes === 8) length = cursor.size64()
  const end = cursor.position + length
  if (end > cursor.length) throw cursor.error(`a line program of ${length} bytes does not fit`, 0)
  const version = cursor.u16()
  if (version < 2 || version > 5) throw cursor.error(`line program of version ${version}; known are 2 to 5`)
  let { addressBytes } = unit
  if (version >= 5) {
    const bytes = cursor.u8()
    if (bytes !== 4 && bytes !== 8) throw cursor.error(`addresses of ${bytes} bytes`)
    addressBytes = bytes
    cursor.skip(1) // segment selector size
  }
  const headerBytes = cursor.offset(offsetBytes)
  const start = cursor.position + headerBytes
  if (start > end) throw cursor.error(`a header of ${headerBytes} bytes does not fit its line program`)
  const minInstructionBytes = cursor.u8()
  const maxOperations = version >= 4 ? cursor.u8() : 1
  cursor.skip(1) // default_is_stmt
  const lineBase = cursor.i8()
  const lineRange = cursor.u8()
  const opcodeBase = cursor.u8()
  const operands = [0]
  for (let opcode = 1; opcode < opcodeBase; opcode++) operands.push(cursor.u8())
  const format: UnitFormat = { ...unit, version, addressBytes, offsetBytes }
  const names = version >= 5 ? readEntries(cursor, format) : readOldNames(cursor)
  return {
    version,
    addressBytes,
    minInstructionBytes,
    maxOperations,
    lineBase,
    lineRange,
    operands,
    ...names,
    start,
    end,
  }
}

type Names = Pick<LineHeader, 'directories' | 'files'>

function readEntries(cursor: Cursor, format: UnitFormat): Names {
  const directories = readEntryList(cursor, format)
  return { directories, files: readEntryList(cursor, format) }
}

function readEntryList(cursor: Cursor, format: UnitFormat): NameList {
  const contents: number[] = []
  const kinds: number[] = []
  const sizes: number[] = []
  for (let left = cursor.u8(); left > 0; left--) {
    contents.push(cursor.uleb())
    const kind = cursor.uleb()
    kinds.push(kind)
    sizes.push(formSize(kind, format))
  }
  const count = cursor.uleb()
  // Each entry takes a byte or more; a format without any value could claim any number of them.
  if (count > (kinds.length === 0 ? 0 : cursor.left)) {
    throw cursor.error(`${count} names in ${cursor.left} bytes`)
  }
  const list = new NameList()
  const { bytes } = cursor
  const little = cursor.order === 'little'
  let at = cursor.position
  for (let entry = 0; entry < count; entry++) {
    let path = 0
    let value = 0
    let directory = 0
    for (let index = 0; index < kinds.length; index++) {
      const what = contents[index]!
      const kind = kinds[index]!
      const size = sizes[index]!
      // As compilers write them: an offset of 32 bits, a small number; the cursor reads all others.
      if (what === content.path && size === 4 && little) {
        path = kind
        value = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
        at += 4
      } else if (what === content.directoryIndex && kind === form.udata && bytes[at]! < 0x80) directory = bytes[at++]!
      else if (what > content.directoryIndex && size >= 0) at += size
      else {
        cursor.seek(at)
        if (what === content.path) {
          path = kind
          value = readForm(cursor, kind, format)
        } else if (what === content.directoryIndex) directory = readForm(cursor, kind, format)
        else skipForm(cursor, kind, format)
        at = cursor.position
      }
    }
    // What goes over the end is an error there.
    if (at > bytes.length) cursor.seek(bytes.length).skip(at - bytes.length)
    list.add(path, value, directory)
  }
  cursor.seek(at)
  return list
}

/** Versions 2 to 4: directory and file lists of text, each ended by an empty one. Directory 0 is the unit's own. */
function readOldNames(cursor: Cursor): Names {
  const directories = new NameList()
  directories.add(0, 0, 0)
  for (let at = cursor.position; cursor.skipText().position > at + 1; at = cursor.position) {
    directories.add(form.string, at, 0)
  }
  const files = new NameList()
  files.add(0, 0, 0)
  for (let at = cursor.position; cursor.skipText().position > at + 1; at = cursor.position) {
    files.add(form.string, at, cursor.uleb())
    cursor.skipLeb().skipLeb() // time, size
  }
  return { directories, files }
}
