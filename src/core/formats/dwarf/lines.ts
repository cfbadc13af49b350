// The line table of a unit: rows by address, and the names of its files.

import { type Cursor, latin1 } from '../../bytes/cursor.ts'
import { form } from './constants.ts'
import { type LineHeader, type NameReference, readLineHeader } from './line-header.ts'
import { findRow, type LineRow, type LineRows, runLineProgram, searchLineProgram } from './line-program.ts'
import type { DwarfSections } from './sections.ts'
import type { Unit } from './unit.ts'

/** Text of a file name beyond this is cut. */
const MAX_NAME_BYTES = 4096

/** Places of names in pathKey(): two of them and a bit are a number. */
const KEY_LIMIT = 2 ** 25

/** Rows are looked for in the program itself so often; who asks again gets a table. */
const MAX_SEARCHES = 2

export class LineTable {
  #rows: LineRows | undefined
  #searches = 0
  readonly #program: Cursor
  readonly #header: LineHeader
  readonly #unit: Unit
  readonly #paths: (string | undefined)[] = []

  /** undefined for a unit without lines. Throws FormatError. */
  static async read(unit: Unit, sections: DwarfSections): Promise<LineTable | undefined> {
    const { line } = sections
    const offset = unit.root.statementList
    if (line === undefined || offset === undefined) return undefined
    if (!(offset < line.size))
      throw unit.cursor.error(`its lines at ${offset}, behind those of the file`, unit.header.root)
    const start = await line.read(offset, Math.min(12, Math.max(0, line.size - offset)))
    const short = start.u32()
    const length = short === 0xffffffff ? start.size64() : short
    const program = await line.read(offset, start.position + length)
    const header = readLineHeader(program, unit.header)
    return new LineTable(unit, header, program)
  }

  private constructor(unit: Unit, header: LineHeader, program: Cursor) {
    this.#unit = unit
    this.#header = header
    this.#program = program
  }

  /** All rows. Throws FormatError, as do the next two. */
  get rows(): LineRows {
    this.#rows ??= runLineProgram(this.#program, this.#header, this.#unit.header.base)
    return this.#rows
  }

  /** The row that covers an address, -1 when there is none. */
  find(address: number): number {
    return findRow(this.rows, address)
  }

  /** The same by what it says; undefined when there is none. */
  rowAt(address: number): LineRow | undefined {
    if (this.#rows === undefined && this.#searches < MAX_SEARCHES) {
      this.#searches++
      return searchLineProgram(this.#program, this.#header, this.#unit.header.base, address)
    }
    const { files, lines, columns } = this.rows
    const row = this.find(address)
    return row < 0 ? undefined : { file: files[row]!, line: lines[row]!, column: columns[row]! }
  }

  /** Path of a file by its number: absolute, or from the unit's directory; undefined for a number without a file. */
  path(file: number): string | undefined {
    const { files, directories, version } = this.#header
    const entry = files.at(file)
    if (entry === undefined) return undefined
    if (this.#paths[file] === undefined) {
      const number = files.directory(file)
      const own = number === 0 && version >= 5
      this.#paths[file] = this.#join(entry, number === 0 && version < 5 ? undefined : directories.at(number), own)
    }
    return this.#paths[file]
  }

  /**
   * A number that all files of the same path have, in all units of a file with the same folder of compilation; undefined
   * where names stand in the unit itself. For who asks for all paths and wants each text once.
   */
  pathKey(file: number): number | undefined {
    const { files, directories, version } = this.#header
    const number = file < files.length ? files.directory(file) : 0
    const name = files.at(file)
    const folder = directories.at(number)
    if (version < 5 || name?.form !== form.lineStrp || folder?.form !== form.lineStrp) return undefined
    if (name.value >= KEY_LIMIT || folder.value >= KEY_LIMIT) return undefined
    return ((number === 0 ? 1 : 0) * KEY_LIMIT + folder.value) * KEY_LIMIT + name.value
  }

  /** The number of files, the unused number 0 of old versions among them. */
  get fileCount(): number {
    return this.#header.files.length
  }

  /** Directory 0 of version 5 is the unit's `own`. */
  #join(name: NameReference, directory: NameReference | undefined, own: boolean): string {
    const file = this.#text(name)
    const folder = directory === undefined ? '' : this.#text(directory)
    if (file.startsWith('/') || folder === '') return file
    return own && !folder.startsWith('/') ? file : `${folder}/${file}`
  }

  #text(reference: NameReference): string {
    if (reference.form !== form.string) return this.#unit.text(reference) ?? ''
    const bytes = this.#program.bytes.subarray(reference.value, reference.value + MAX_NAME_BYTES)
    const end = bytes.indexOf(0)
    return latin1(end < 0 ? bytes : bytes.subarray(0, end))
  }
}
