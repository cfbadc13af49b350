import { path } from './rust-v0.ts'
import { malformed, type V0Cursor } from './rust-v0-cursor.ts'

/**
 * A const generic or an array length as Rust writes it, without its type.
 * `bare` where no braces are needed: inside another constant, and in `[T; N]`.
 */
export function constant(cursor: V0Cursor, bare: boolean): string {
  return cursor.enter(() => constantOf(cursor, cursor.next(), bare))
}

function constantOf(cursor: V0Cursor, letter: string, bare: boolean): string {
  switch (letter) {
    case 'p':
      return '_'
    case 'b':
      return boolean(cursor)
    case 'c':
      return character(cursor)
    case 'B':
      return cursor.backReference(() => constant(cursor, bare))
    case 'R':
      // `&str` is by far the commonest, and is written as its literal.
      return cursor.take('e') ? string(cursor) : braced(`&${constant(cursor, true)}`, bare)
    case 'Q':
      return braced(`&mut ${constant(cursor, true)}`, bare)
    case 'A':
      return `[${constants(cursor).join(', ')}]`
    case 'T': {
      const members = constants(cursor)
      return `(${members.join(', ')}${members.length === 1 ? ',' : ''})`
    }
    case 'e':
      return braced(`*${string(cursor)}`, bare)
    case 'V':
      return braced(structure(cursor), bare)
    default:
      return integer(cursor, letter)
  }
}

function braced(text: string, bare: boolean): string {
  return bare ? text : `{${text}}`
}

function constants(cursor: V0Cursor): string[] {
  const members: string[] = []
  while (!cursor.take('E')) members.push(constant(cursor, true))
  return members
}

function structure(cursor: V0Cursor): string {
  const form = cursor.next()
  const name = path(cursor, true)
  if (form === 'U') return name
  if (form === 'T') return `${name}(${constants(cursor).join(', ')})`
  if (form !== 'S') throw malformed
  const fields: string[] = []
  while (!cursor.take('E')) fields.push(`${cursor.identifier().name}: ${constant(cursor, true)}`)
  return `${name} { ${fields.join(', ')} }`
}

/** i8 u8 isize usize i32 u32 i128 u128 i16 u16 i64 u64 */
const integerTypes = 'ahijlmnostxy'

function integer(cursor: V0Cursor, type: string): string {
  if (!integerTypes.includes(type)) throw malformed
  const sign = cursor.take('n') ? '-' : ''
  const digits = cursor.hex().replace(/^0+/, '')
  if (digits.length > 32) throw malformed
  // What is wider than 64 bits is read easier as it was written.
  return sign + (digits.length > 16 ? `0x${digits}` : BigInt(`0x${digits || '0'}`).toString())
}

function boolean(cursor: V0Cursor): string {
  const digits = cursor.hex()
  if (digits !== '0' && digits !== '1') throw malformed
  return digits === '1' ? 'true' : 'false'
}

function character(cursor: V0Cursor): string {
  const digits = cursor.hex()
  const point = digits.length > 6 ? Number.NaN : Number.parseInt(digits, 16)
  if (!(point <= 0x10ffff) || (point >= 0xd800 && point <= 0xdfff)) throw malformed
  return `'${escapeLiteral(String.fromCodePoint(point), "'")}'`
}

function string(cursor: V0Cursor): string {
  const digits = cursor.hex()
  if (digits.length % 2 !== 0) throw malformed
  const bytes = Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  )
  return `"${escapeLiteral(new TextDecoder().decode(bytes), '"')}"`
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' }

function escapeLiteral(text: string, quote: string): string {
  return Array.from(text, letter => {
    if (letter === quote) return `\\${letter}`
    const point = letter.codePointAt(0)!
    const control = point < 0x20 || (point >= 0x7f && point < 0xa0)
    return escapes[letter] ?? (control ? `\\u{${point.toString(16)}}` : letter)
  }).join('')
}
