// JSON in a log: one object a line, an object over many lines, all objects in one line; found while it arrives.

import { covering, type InputLine } from '../draft.ts'
import { type Fields, type FieldsMessage, readFields } from './fields.ts'

/** An object that is longer is not a log record; its lines are then given as text. */
export const MAX_OBJECT_BYTES = 256 * 1024
const MAX_DEPTH = 16

/** A record found, and the lines that it stands in. */
export interface JsonMessage {
  message: FieldsMessage
  line: InputLine
}

export interface JsonStep {
  messages: JsonMessage[]
  /** what follows the JSON in this line */
  rest?: string
  /** it was no JSON after all: these lines are text */
  failed?: InputLine[]
}

interface Open {
  /** position of the bracket in the buffer; -1 when a part was taken out already */
  start: number
  line: InputLine
}

/** True where JSON may begin that holds records: `{"`, `[{"`, or a lone `{`. */
export function atJson(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code === 0x7b) {
    let i = at + 1
    while (text.charCodeAt(i) === 0x20 && i - at < 8) i++
    return text.charCodeAt(i) === 0x22 || i >= text.length
  }
  return code === 0x5b && text.charCodeAt(at + 1) === 0x7b && text.charCodeAt(at + 2) === 0x22
}

/** Every record among the values of one complete JSON text. */
export function recordsOf(value: unknown, depth = 0): FieldsMessage[] {
  if (typeof value !== 'object' || value === null || depth > 3) return []
  if (Array.isArray(value)) return value.flatMap(item => recordsOf(item, depth + 1))
  const own = readFields(value as Fields)
  if (own !== undefined) return [own]
  return Object.values(value).flatMap(item => recordsOf(item, depth + 1))
}

/** Scans JSON as it comes and gives each object that is a record when it closes. */
export class JsonScanner {
  #buffer = ''
  #open: Open[] = []
  #inString = false
  #escaped = false
  /** lines of which nothing was given yet */
  #held: InputLine[] = []
  /** a record was found since the first bracket */
  #given = false
  /** bytes of lines that hold only the JSON around records */
  noiseBytes = 0

  get active(): boolean {
    return this.#open.length > 0
  }

  feed(text: string, line: InputLine): JsonStep {
    const messages: JsonMessage[] = []
    this.#held.push(line)
    const base = this.#buffer.length
    this.#buffer += text
    for (let i = base; i < this.#buffer.length; i++) {
      const code = this.#buffer.charCodeAt(i)
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (code === 0x5c) this.#escaped = true
        else if (code === 0x22) this.#inString = false
        continue
      }
      if (code === 0x22) this.#inString = true
      else if (code === 0x7b || code === 0x5b) {
        this.#open.push({ start: i, line })
        if (this.#open.length > MAX_DEPTH) return this.#fail(messages)
      } else if (code === 0x7d || code === 0x5d) {
        const open = this.#open.pop()
        if (open === undefined) return this.#fail(messages)
        if (code === 0x7d && open.start >= 0 && this.#take(open, i + 1, line, messages)) {
          this.#buffer = this.#buffer.slice(i + 1)
          i = -1
          for (const outer of this.#open) outer.start = -1
        }
        if (this.#open.length === 0) {
          if (!this.#given) return this.#fail(messages)
          const rest = this.#buffer.slice(i + 1).trimStart()
          this.#reset()
          return rest === '' || rest === ',' ? { messages } : { messages, rest }
        }
      } else if (!isOutsideString(code)) return this.#fail(messages)
    }
    // A string does not go over a line break, but a line that was cut goes on in its next piece.
    if (this.#buffer.length > MAX_OBJECT_BYTES || (this.#inString && !line.cut)) return this.#fail(messages)
    if (this.#open[0]?.start === -1 && this.#open.at(-1)?.start === -1) this.#buffer = ''
    return { messages }
  }

  /** The input ended: what is held is text. */
  flush(): InputLine[] {
    const held = this.#held
    this.#held = []
    this.#reset()
    return held
  }

  /** True when buffer[open.start, end) is a record. */
  #take(open: Open, end: number, line: InputLine, messages: JsonMessage[]): boolean {
    let value: unknown
    try {
      value = JSON.parse(this.#buffer.slice(open.start, end))
    } catch {
      return false
    }
    const message = typeof value === 'object' && value !== null ? readFields(value as Fields) : undefined
    if (message === undefined) return false
    messages.push({ message, line: covering(open.line, line) })
    for (const held of this.#held)
      if (held.number < open.line.number) this.noiseBytes += held.span.end - held.span.start
    this.#held = []
    this.#given = true
    return true
  }

  #fail(messages: JsonMessage[]): JsonStep {
    const failed = this.#held
    this.#held = []
    this.#reset()
    return { messages, failed }
  }

  #reset(): void {
    let counted = -1
    for (const { span } of this.#held) {
      // parts of one line
      if (span.start === counted) continue
      counted = span.start
      this.noiseBytes += span.end - span.start
    }
    this.#held = []
    this.#buffer = ''
    this.#open = []
    this.#given = false
    this.#inString = false
    this.#escaped = false
  }
}

/** Punctuation, white space, numbers and the letters of true, false and null. */
function isOutsideString(code: number): boolean {
  return (
    code === 0x2c || // ,
    code === 0x3a || // :
    code === 0x20 ||
    code === 0x09 ||
    (code >= 0x2b && code <= 0x39) || // + - . digits
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x45 // E
  )
}
