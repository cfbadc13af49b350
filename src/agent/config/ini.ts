// The lines of a configuration file. systemd.syntax(7): [Section], Key=value, "#" or ";" begins a comment line, a
// backslash at the end of a line goes on in the next. Nothing is quoted.

/** A configuration is a page or two; what is bigger is some other file. */
export const MAX_CONFIG_BYTES = 1024 * 1024

/** Where something stands: both from 1, columns counted in characters. */
export interface At {
  line: number
  column: number
}

export type IniItem =
  | { what: 'section'; name: string; argument?: string; at: At }
  | {
      what: 'assignment'
      key: string
      /** trimmed; lines that were joined have a blank between them */
      value: string
      at: At
      /** where the character with this offset in `value` stands in the file */
      valueAt(offset: number): At
    }
  | { what: 'problem'; message: string; at: At }

interface Piece {
  text: string
  at: At
}

export function* readIni(bytes: Uint8Array): Generator<IniItem> {
  if (bytes.length > MAX_CONFIG_BYTES) {
    yield problem(`the file has ${bytes.length} bytes; a configuration has ${MAX_CONFIG_BYTES} at most`, 1, 1)
    return
  }
  const text = new TextDecoder().decode(bytes)
  for (const pieces of logicalLines(text)) yield* itemsOf(pieces)
}

const problem = (message: string, line: number, column: number): IniItem => ({
  what: 'problem',
  message,
  at: { line, column },
})

/** Lines with those that continue them; comments between them are left out, as systemd does. */
function* logicalLines(text: string): Generator<Piece[]> {
  let pieces: Piece[] = []
  let number = 0
  for (const raw of text.split('\n')) {
    number++
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const start = line.length - line.trimStart().length
    const body = line.slice(start)
    if (body.startsWith('#') || body.startsWith(';') || (body === '' && pieces.length === 0)) continue
    const goesOn = body.endsWith('\\')
    pieces.push({ text: goesOn ? body.slice(0, -1) : body, at: { line: number, column: start + 1 } })
    if (goesOn) continue
    yield pieces
    pieces = []
  }
  if (pieces.length > 0) yield pieces
}

function* itemsOf(pieces: readonly Piece[]): Generator<IniItem> {
  const joined = pieces.map(({ text }) => text).join(' ')
  /** Offset in the joined line → place in the file. */
  const placeOf = (offset: number): At => {
    let rest = offset
    for (const { text, at } of pieces) {
      if (rest <= text.length) return { line: at.line, column: at.column + rest }
      rest -= text.length + 1
    }
    const last = pieces.at(-1)!
    return { line: last.at.line, column: last.at.column + last.text.length }
  }
  const at = placeOf(0)
  const damaged = joined.search(/[\0\ufffd]/)
  if (damaged >= 0) {
    const { line, column } = placeOf(damaged)
    yield problem('this is not text: a NUL, or bytes that are not UTF-8. The line is not used', line, column)
    return
  }
  if (joined.startsWith('[')) {
    const found = /^\[(?<name>[A-Za-z][\w-]*)(?:\s+(?<argument>[^\]]*?))?\s*\]\s*$/.exec(joined)
    if (found === null) {
      yield problem('a section is written [Name], or [Name argument], alone in its line', at.line, at.column)
      return
    }
    const { name = '', argument } = found.groups!
    yield { what: 'section', name, ...(argument ? { argument } : {}), at }
    return
  }
  const equals = joined.indexOf('=')
  if (equals < 0) {
    yield problem('expected Key=value, a [Section] or a comment that starts with "#"', at.line, at.column)
    return
  }
  const after = joined.slice(equals + 1)
  const valueStart = equals + 1 + (after.length - after.trimStart().length)
  yield {
    what: 'assignment',
    key: joined.slice(0, equals).trimEnd(),
    value: after.trim(),
    at,
    valueAt: offset => placeOf(valueStart + offset),
  }
}
