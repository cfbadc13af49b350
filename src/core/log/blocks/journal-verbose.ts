// journalctl -o verbose: a line with the date and the cursor, then the fields, indented.

import type { InputLine } from '../draft.ts'
import { atWeekday, readIsoDate } from '../layers/dates.ts'
import type { Fields } from './fields.ts'
import type { ExportEntry } from './journal-export.ts'

const MAX_FIELDS_BYTES = 256 * 1024

// Sun 2026-11-22 07:36:54.123456 UTC [s=4b5c…;i=1a2;b=…;m=…;t=…;x=…]
const cursor = / \[s=[0-9a-f]{1,32};i=/

/** Date of an entry's first line, or undefined for other lines. */
export function readVerboseHeader(text: string, at = 0): string | undefined {
  if (text.charCodeAt(at + 3) !== 0x20 || !atWeekday(text, at)) return undefined
  const date = readIsoDate(text, at + 4)
  if (date === undefined) return undefined
  return cursor.test(text.slice(date.end, date.end + 60)) ? date.wall : undefined
}

export class VerboseReader {
  #fields: Fields = {}
  #first: InputLine | undefined
  #last: InputLine | undefined
  #lastName: string | undefined
  #bytes = 0
  wall: string | undefined

  get active(): boolean {
    return this.#first !== undefined
  }

  begin(line: InputLine, wall: string): void {
    this.#first = line
    this.#last = line
    this.wall = wall
  }

  /** `    NAME=value`, or a further line of a value; false for what is no part of the entry. */
  feed(text: string, line: InputLine): boolean {
    if (!text.startsWith('    ')) return false
    this.#last = line
    this.#bytes += text.length
    if (this.#bytes > MAX_FIELDS_BYTES) return true
    const found = /^ {4}([A-Z_][A-Z0-9_]{0,63})=/.exec(text)
    if (found !== null) {
      this.#lastName = found[1]!
      this.#fields[this.#lastName] ??= text.slice(found[0].length)
    } else if (this.#lastName !== undefined) {
      this.#fields[this.#lastName] = `${this.#fields[this.#lastName]}\n${text.trimStart()}`
    }
    return true
  }

  take(): ExportEntry | undefined {
    const first = this.#first
    if (first === undefined) return undefined
    const entry = { fields: this.#fields, first, last: this.#last! }
    this.#fields = {}
    this.#first = undefined
    this.#lastName = undefined
    this.#bytes = 0
    return entry
  }
}
