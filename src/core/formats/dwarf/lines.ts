// The line table of a unit: rows by address, and the names of its files.

import { latin1 } from '../../bytes/cursor.ts'
import { form } from './constants.ts'
import { type LineHeader, type NameReference, readLineHeader } from './line-header.ts'
import { findRow, type LineRows, runLineProgram } from './line-program.ts'
import type { DwarfSections } from './sections.ts'
import type { Unit } from './unit.ts'

/** Text of a file name beyond this is cut. */
const MAX_NAME_BYTES = 4096

export class LineTable {
  readonly rows: LineRows
  readonly #header: LineHeader
  readonly #unit: Unit
  readonly #bytes: Uint8Array
  readonly #paths: (string | undefined)[] = []

  /** undefined for a unit without lines. Throws FormatError. */
  static async read(unit: Unit, sections: DwarfSections): Promise<LineTable | undefined> {
    const { line } = sections
    const offset = unit.root.statementList
    if (line === undefined || offset === undefined) return undefined
    const start = await line.read(offset, Math.min(12, Math.max(0, line.size - offset)))
    const short = start.u32()
    const length = short === 0xffffffff ? start.size64() : short
    const program = await line.read(offset, start.position + length)
    const header = readLineHeader(program, unit.header)
    return new LineTable(unit, header, program.bytes, runLineProgram(program, header, unit.header.base))
  }

  private constructor(unit: Unit, header: LineHeader, bytes: Uint8Array, rows: LineRows) {
    this.#unit = unit
    this.#header = header
    this.#bytes = bytes
    this.rows = rows
  }

  /** The row that covers an address, -1 when there is none. */
  find(address: number): number {
    return findRow(this.rows, address)
  }

  /** Path of a file by its number: absolute, or from the unit's directory; undefined for a number without a file. */
  path(file: number): string | undefined {
    const { files, directories, version } = this.#header
    const entry = files[file]
    if (entry === undefined || entry.form === 0) return undefined
    this.#paths[file] ??= this.#join(
      entry,
      entry.directory === 0 && version < 5 ? undefined : directories[entry.directory],
    )
    return this.#paths[file]
  }

  /** The number of files, the unused number 0 of old versions among them. */
  get fileCount(): number {
    return this.#header.files.length
  }

  #join(name: NameReference, directory: NameReference | undefined): string {
    const file = this.#text(name)
    const folder = directory === undefined ? '' : this.#text(directory)
    if (file.startsWith('/') || folder === '') return file
    // Directory 0 of version 5 is the unit's own.
    const own = this.#header.version >= 5 && directory === this.#header.directories[0]
    return own && !folder.startsWith('/') ? file : `${folder}/${file}`
  }

  #text(reference: NameReference): string {
    if (reference.form !== form.string) return this.#unit.text(reference) ?? ''
    const bytes = this.#bytes.subarray(reference.value, reference.value + MAX_NAME_BYTES)
    const end = bytes.indexOf(0)
    return latin1(end < 0 ? bytes : bytes.subarray(0, end))
  }
}
