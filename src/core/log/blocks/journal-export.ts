// journalctl -o export. systemd, docs/JOURNAL_EXPORT_FORMATS.md, "Journal Export Format".

import type { InputLine } from '../draft.ts'
import type { Fields } from './fields.ts'

/** Fields beyond this are not kept; the entry is still given. */
export const MAX_ENTRY_BYTES = 256 * 1024

const fieldName = /^[A-Z0-9_]{1,64}$/
const lengthBytes = 8

export interface ExportEntry {
  fields: Fields
  first: InputLine
  last: InputLine
}

/** Collects the fields of one entry, line by line; a blank line ends it. */
export class ExportReader {
  #fields: Fields = {}
  #first: InputLine | undefined
  #last: InputLine | undefined
  #bytes = 0
  /** a binary field: its name, what came of it, and the position where it began */
  #binary: { name: string; start: number; text: string; end: number | undefined } | undefined

  get active(): boolean {
    return this.#first !== undefined
  }

  /** True for the line with which an entry begins. */
  static begins(text: string): boolean {
    return text.startsWith('__CURSOR=')
  }

  /** False when the line does not belong to the entry, which is then at its end. */
  feed(line: InputLine): boolean {
    const text = line.text
    if (this.#binary !== undefined && this.#feedBinary(line)) return this.#keep(line)
    if (text === '') {
      this.#keep(line)
      return false
    }
    const equals = text.indexOf('=')
    if (equals > 0 && fieldName.test(text.slice(0, equals))) {
      if (this.#first !== undefined && ExportReader.begins(text)) return false
      this.#add(text.slice(0, equals), text.slice(equals + 1))
      return this.#keep(line)
    }
    if (this.#first !== undefined && fieldName.test(text)) {
      this.#binary = { name: text, start: line.span.end + 1, text: '', end: undefined }
      return this.#keep(line)
    }
    return false
  }

  /** The entry so far; afterwards the reader is ready for the next. */
  take(): ExportEntry | undefined {
    this.#endBinary()
    const first = this.#first
    if (first === undefined) return undefined
    const entry = { fields: this.#fields, first, last: this.#last! }
    this.#fields = {}
    this.#first = undefined
    this.#bytes = 0
    return entry
  }

  #keep(line: InputLine): true {
    this.#first ??= line
    this.#last = line
    return true
  }

  #add(name: string, value: string): void {
    this.#bytes += value.length
    if (this.#bytes > MAX_ENTRY_BYTES || Object.hasOwn(this.#fields, name)) return
    this.#fields[name] = value
  }

  /**
   * NAME, LF, the length as 64-bit little-endian, the data, LF. The length is only known as text, where bytes from 0x80
   * on became U+FFFD: such a byte counts as its least value, and the data goes on to the next line that is a field.
   */
  #feedBinary(line: InputLine): boolean {
    const binary = this.#binary!
    if (binary.end === undefined) {
      binary.text += line.text
      if (binary.text.length < lengthBytes) {
        binary.text += '\n' // it was a byte of the length
        return true
      }
      let length = 0
      for (let i = 3; i >= 0; i--) {
        const code = binary.text.charCodeAt(i)
        length = length * 256 + Math.min(code, 0x80)
      }
      binary.end = binary.start + lengthBytes + length
      binary.text = binary.text.slice(lengthBytes)
    } else {
      const complete = line.span.start > binary.end
      if (complete && (line.text === '' || fieldName.test(line.text.split('=', 1)[0]!))) {
        this.#endBinary()
        return false
      }
      if (binary.text.length < MAX_ENTRY_BYTES) binary.text += '\n' + line.text
    }
    return true
  }

  #endBinary(): void {
    if (this.#binary === undefined) return
    this.#add(this.#binary.name, this.#binary.text)
    this.#binary = undefined
  }
}
