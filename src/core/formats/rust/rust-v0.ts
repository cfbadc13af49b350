// The v0 grammar by recursive descent: each rule reads its letters and gives the text that Rust writes for them.
// RFC 2603; rustc book, "v0 Symbol Format".

import { constant } from './rust-v0-constant.ts'
import { Malformed, malformed, V0Cursor } from './rust-v0-cursor.ts'

/** The path of one v0 symbol (`_R…`, no suffix), disambiguators dropped; `undefined` when it is damaged. */
export function demangleV0(symbol: string): string | undefined {
  // A number here would be the version of a later encoding, which nobody has defined.
  if (!/^_R[A-Z]/.test(symbol)) return undefined
  const cursor = new V0Cursor(symbol.slice('_R'.length))
  try {
    const text = path(cursor, true)
    // The crate that made this copy of a generic function.
    if (!cursor.done) cursor.skip(() => path(cursor, false))
    return cursor.done ? text : undefined
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}

/** `asValue`: generics of a function are written `f::<T>`, those of a type `T<U>`. */
export function path(cursor: V0Cursor, asValue: boolean): string {
  return cursor.enter(() => pathOf(cursor, cursor.next(), asValue))
}

function pathOf(cursor: V0Cursor, letter: string, asValue: boolean): string {
  switch (letter) {
    case 'C':
      return cursor.identifier().name
    case 'N':
      return nested(cursor, asValue)
    case 'M':
      skipImplPath(cursor)
      return `<${type(cursor)}>`
    case 'X':
      skipImplPath(cursor)
      return `<${type(cursor)} as ${path(cursor, false)}>`
    case 'Y':
      return `<${type(cursor)} as ${path(cursor, false)}>`
    case 'I':
      return `${path(cursor, asValue)}${asValue ? '::<' : '<'}${genericArguments(cursor)}>`
    case 'B':
      return cursor.backReference(() => path(cursor, asValue))
    default:
      throw malformed
  }
}

/** Where the impl block stands: it tells impls apart, but no reader writes it. */
function skipImplPath(cursor: V0Cursor): void {
  cursor.optionalBase62('s')
  cursor.skip(() => path(cursor, false))
}

function nested(cursor: V0Cursor, asValue: boolean): string {
  const namespace = cursor.next()
  if (!/[A-Za-z]/.test(namespace)) throw malformed
  const outer = path(cursor, asValue)
  const { name, disambiguator } = cursor.identifier()
  if (namespace >= 'a') return name === '' ? outer : `${outer}::${name}`
  // The compiler's own items: {closure#0}, {shim:vtable#0}.
  const what = namespace === 'C' ? 'closure' : namespace === 'S' ? 'shim' : namespace
  return `${outer}::{${what}${name === '' ? '' : `:${name}`}#${disambiguator}}`
}

function genericArguments(cursor: V0Cursor): string {
  return list(cursor, () => {
    if (cursor.take('L')) return lifetime(cursor, cursor.base62())
    if (cursor.take('K')) return constant(cursor, false)
    return type(cursor)
  }).join(', ')
}

/** Items up to `E`. */
function list(cursor: V0Cursor, item: () => string): string[] {
  const items: string[] = []
  while (!cursor.take('E')) items.push(item())
  return items
}

// The letters of a basic type, RFC 2603 "Type mangling".
const basicTypes: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
}

function type(cursor: V0Cursor): string {
  return cursor.enter(() => typeOf(cursor, cursor.peek()))
}

function typeOf(cursor: V0Cursor, letter: string): string {
  // A path stands for a named type.
  if ('CNMXYI'.includes(letter)) return path(cursor, false)
  cursor.next()
  switch (letter) {
    case 'A':
      return `[${type(cursor)}; ${constant(cursor, true)}]`
    case 'S':
      return `[${type(cursor)}]`
    case 'T': {
      const members = list(cursor, () => type(cursor))
      return `(${members.join(', ')}${members.length === 1 ? ',' : ''})`
    }
    case 'R':
      return `&${optionalLifetime(cursor)}${type(cursor)}`
    case 'Q':
      return `&${optionalLifetime(cursor)}mut ${type(cursor)}`
    case 'P':
      return `*const ${type(cursor)}`
    case 'O':
      return `*mut ${type(cursor)}`
    case 'F':
      return bound(cursor, () => signature(cursor))
    case 'D':
      return dynamic(cursor)
    case 'B':
      return cursor.backReference(() => type(cursor))
  }
  const basic = basicTypes[letter]
  if (basic === undefined) throw malformed
  return basic
}

/** 0 is erased; others count outward from the innermost binder. */
function lifetime(cursor: V0Cursor, index: number): string {
  if (index > cursor.boundLifetimes) throw malformed
  return index === 0 ? "'_" : lifetimeName(cursor.boundLifetimes - index)
}

function optionalLifetime(cursor: V0Cursor): string {
  const index = cursor.take('L') ? cursor.base62() : 0
  return index === 0 ? '' : `${lifetime(cursor, index)} `
}

/** 'a … 'z, then '_26 …, as rustc's own demangler names them. */
function lifetimeName(depth: number): string {
  return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`
}

/** Nobody writes so many; it keeps the list of their names short. */
const maxBoundLifetimes = 100

/** `for<'a> …`: lifetimes that hold inside `rule`. */
function bound(cursor: V0Cursor, rule: () => string): string {
  const count = cursor.optionalBase62('G')
  if (count > maxBoundLifetimes) throw malformed
  const names = Array.from({ length: count }, (_, i) => lifetimeName(cursor.boundLifetimes + i))
  cursor.boundLifetimes += count
  const text = rule()
  cursor.boundLifetimes -= count
  return count === 0 ? text : `for<${names.join(', ')}> ${text}`
}

function signature(cursor: V0Cursor): string {
  const unsafe = cursor.take('U') ? 'unsafe ' : ''
  const abi = cursor.take('K') ? `extern "${abiName(cursor)}" ` : ''
  const parameters = list(cursor, () => type(cursor)).join(', ')
  const result = cursor.take('u') ? '' : ` -> ${type(cursor)}`
  return `${unsafe}${abi}fn(${parameters})${result}`
}

function abiName(cursor: V0Cursor): string {
  // Dashes are written as underscores, since an identifier has none.
  return cursor.take('C') ? 'C' : cursor.plainIdentifier().replaceAll('_', '-')
}

function dynamic(cursor: V0Cursor): string {
  const traits = bound(cursor, () => list(cursor, () => dynamicTrait(cursor)).join(' + '))
  if (!cursor.take('L')) throw malformed
  const index = cursor.base62()
  return `dyn ${traits}${index === 0 ? '' : ` + ${lifetime(cursor, index)}`}`
}

/** A trait whose associated types stand inside its own angle brackets: `Iterator<Item = u8>`. */
function dynamicTrait(cursor: V0Cursor): string {
  const { name, generics } = openPath(cursor)
  const items = generics === undefined ? [] : [generics]
  while (cursor.take('p')) items.push(`${cursor.plainIdentifier()} = ${type(cursor)}`)
  return items.length === 0 ? name : `${name}<${items.join(', ')}>`
}

interface OpenPath {
  name: string
  /** the outermost generics, apart, so that more can be added */
  generics?: string
}

function openPath(cursor: V0Cursor): OpenPath {
  if (cursor.take('I')) return { name: path(cursor, false), generics: genericArguments(cursor) }
  if (!cursor.take('B')) return { name: path(cursor, false) }
  let open: OpenPath = { name: '' }
  cursor.backReference(() => {
    open = openPath(cursor)
    return open.name + (open.generics ?? '')
  })
  return open
}
