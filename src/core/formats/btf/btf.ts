// BTF, the types of a kernel in a few megabytes: every struct with its members, every function with its arguments. In
// vmlinux and modules as section .BTF, in images and under /sys/kernel/btf as it is. Documentation/bpf/btf.rst.

import { type ByteOrder, Cursor } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'

export const btfKinds = [
  'void',
  'int',
  'pointer',
  'array',
  'struct',
  'union',
  'enum',
  'forward',
  'typedef',
  'volatile',
  'const',
  'restrict',
  'function',
  'prototype',
  'variable',
  'section',
  'float',
  'declaration tag',
  'type tag',
  'enum64',
] as const

export type BtfKind = (typeof btfKinds)[number]

/** Bytes behind the twelve that all types have: always, and for each of `vlen` entries. */
const tails: Readonly<Partial<Record<BtfKind, readonly [fixed: number, each: number]>>> = {
  int: [4, 0],
  array: [12, 0],
  struct: [0, 12],
  union: [0, 12],
  enum: [0, 8],
  prototype: [0, 8],
  variable: [4, 0],
  section: [0, 12],
  'declaration tag': [4, 0],
  enum64: [0, 12],
}

const tailBytes = btfKinds.map(kind => tails[kind] ?? [0, 0])

const MAGIC = 0xeb9f
const TYPE_BYTES = 12
/** Smallest header; later ones may be longer. */
const HEADER_BYTES = 24

export interface Member {
  /** '' for an anonymous struct or union */
  name: string
  type: number
  /** of the struct's beginning */
  bitOffset: number
  /** of a bit-field; 0 for others */
  bits: number
}

export class Btf {
  /** types of this file are base.count … count - 1; 0 is void */
  readonly count: number
  readonly order: ByteOrder
  readonly #base: Btf | undefined
  readonly #view: DataView
  readonly #little: boolean
  /** place of each own type in the data */
  readonly #places: Uint32Array
  readonly #strings: Uint8Array
  /** offsets of strings before this are the base's */
  readonly #stringsStart: number
  /** one past the last string's offset, over base and own */
  readonly #stringsEnd: number

  /**
   * Reads the header and indexes the types. `base` is the kernel's BTF when this is a module's, whose types and strings
   * go on from it. Throws FormatError.
   */
  constructor(format: string, bytes: Uint8Array, base?: Btf) {
    const order = bytes[0] === 0xeb ? 'big' : 'little'
    const cursor = new Cursor(format, bytes, order)
    if (cursor.u16() !== MAGIC) throw cursor.error(say`is no BTF: it does not begin with 9f eb or eb 9f`, 0)
    const version = cursor.u8()
    if (version !== 1) throw cursor.error(say`BTF version ${version} is not known`, 2)
    cursor.skip(1) // flags
    const headerBytes = cursor.u32()
    if (headerBytes < HEADER_BYTES) throw cursor.error(say`a BTF header of ${headerBytes} bytes`, 4)
    const [typeStart, typeBytes, stringStart, stringBytes] = [cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()]
    const types = cursor.window(headerBytes + typeStart, typeBytes)
    this.#strings = cursor.window(headerBytes + stringStart, stringBytes).bytes
    this.order = order
    this.#little = order === 'little'
    this.#base = base
    this.#view = new DataView(types.bytes.buffer, types.bytes.byteOffset, types.length)
    this.#stringsStart = base === undefined ? 0 : base.#stringsEnd
    this.#stringsEnd = this.#stringsStart + stringBytes
    this.#places = indexTypes(types, this.#view, this.#little)
    this.count = (base?.count ?? 1) + this.#places.length
  }

  /** First type of its own. */
  get first(): number {
    return this.#base?.count ?? 1
  }

  /** 'void' for a type that is not there, as for 0. */
  kind(type: number): BtfKind {
    return btfKinds[(this.#word(type, 1) >>> 24) & 0x1f]!
  }

  name(type: number): string {
    return this.string(this.#word(type, 0))
  }

  /** Of int, struct, union, enum, float: their own; other kinds have a target instead. */
  ownSize(type: number): number {
    return this.#word(type, 2)
  }

  /** What a pointer, typedef, qualifier, function, prototype (its result) or variable is of. */
  target(type: number): number {
    return this.#word(type, 2)
  }

  /** How an int or enum is to be read. */
  integer(type: number): { signed: boolean; bool: boolean } {
    if (this.kind(type) !== 'int') return { signed: this.#word(type, 1) >>> 31 === 1, bool: false }
    const encoding = (this.#word(type, 3) >>> 24) & 0xf
    return { signed: (encoding & 1) !== 0, bool: (encoding & 4) !== 0 }
  }

  /** Element's type and number of an array. */
  array(type: number): { element: number; count: number } {
    if (this.kind(type) !== 'array') return { element: 0, count: 0 }
    return { element: this.#word(type, 3), count: this.#word(type, 5) }
  }

  /** Members of a struct or union, in the order of the source. */
  *members(type: number): Generator<Member> {
    const withBits = this.#word(type, 1) >>> 31 === 1
    const count = this.#entries(type, 'struct', 'union')
    for (let i = 0; i < count; i++) {
      const word = 3 + i * 3
      const offset = this.#word(type, word + 2)
      yield {
        name: this.string(this.#word(type, word)),
        type: this.#word(type, word + 1),
        bitOffset: withBits ? offset & 0xffffff : offset,
        bits: withBits ? offset >>> 24 : 0,
      }
    }
  }

  /** Arguments of a prototype. The last one of a variadic function has neither name nor type. */
  arguments(type: number): { name: string; type: number }[] {
    return Array.from({ length: this.#entries(type, 'prototype') }, (_, i) => ({
      name: this.string(this.#word(type, 3 + i * 2)),
      type: this.#word(type, 4 + i * 2),
    }))
  }

  /** Names and values of an enum. */
  enumerators(type: number): { name: string; value: bigint }[] {
    const signed = this.#word(type, 1) >>> 31 === 1
    const wide = this.kind(type) === 'enum64'
    return Array.from({ length: this.#entries(type, 'enum', 'enum64') }, (_, i) => {
      const word = 3 + i * (wide ? 3 : 2)
      const low = BigInt(this.#word(type, word + 1))
      const value = wide ? (BigInt(this.#word(type, word + 2)) << 32n) | low : low
      return {
        name: this.string(this.#word(type, word)),
        value: signed ? BigInt.asIntN(wide ? 64 : 32, value) : value,
      }
    })
  }

  /** All types of these kinds and this name, the base's first. */
  named(name: string, ...kinds: readonly BtfKind[]): number[] {
    const found = this.#base?.named(name, ...kinds) ?? []
    const wanted = kinds.reduce((mask, kind) => mask | (1 << btfKinds.indexOf(kind)), 0)
    const bytes = new TextEncoder().encode(name)
    for (let type = this.first; type < this.count; type++) {
      const kind = (this.#word(type, 1) >>> 24) & 0x1f
      if ((wanted & (1 << kind)) !== 0 && this.#stringIs(this.#word(type, 0), bytes)) found.push(type)
    }
    return found
  }

  /** Text at an offset, of the base's strings or its own; '' where the strings end before it. */
  string(offset: number): string {
    if (offset < this.#stringsStart) return this.#base!.string(offset)
    const start = offset - this.#stringsStart
    const end = this.#strings.indexOf(0, start)
    if (end < start) return ''
    let text = ''
    for (let at = start; at < end; at++) text += String.fromCharCode(this.#strings[at]!)
    return text
  }

  #stringIs(offset: number, bytes: Uint8Array): boolean {
    if (offset < this.#stringsStart) return this.#base!.#stringIs(offset, bytes)
    const start = offset - this.#stringsStart
    for (let i = 0; i < bytes.length; i++) if (this.#strings[start + i] !== bytes[i]) return false
    return this.#strings[start + bytes.length] === 0
  }

  /** How many entries stand behind a type, when it is of one of these kinds. */
  #entries(type: number, ...kinds: readonly BtfKind[]): number {
    return kinds.includes(this.kind(type)) ? this.#word(type, 1) & 0xffff : 0
  }

  /** A 32-bit word of a type: name, info, size or target, then the kind's own. 0 for a type that is not there. */
  #word(type: number, word: number): number {
    if (type < this.first) return this.#base === undefined ? 0 : this.#base.#word(type, word)
    const place = this.#places[type - this.first]
    return place === undefined ? 0 : this.#view.getUint32(place + word * 4, this.#little)
  }
}

/** Places of all types; each is as long as its kind and number of entries say. */
function indexTypes(types: Cursor, view: DataView, little: boolean): Uint32Array {
  // No type is shorter than twelve bytes.
  const places = new Uint32Array(Math.ceil(types.length / TYPE_BYTES))
  let count = 0
  let at = 0
  while (at < types.length) {
    if (at + TYPE_BYTES > types.length)
      throw types.error(say`a type needs ${TYPE_BYTES} bytes, has ${types.length - at}`, at)
    const info = view.getUint32(at + 4, little)
    const kind = (info >>> 24) & 0x1f
    const tail = tailBytes[kind]
    if (kind === 0 || tail === undefined) throw types.error(say`type ${count + 1} is of the unknown kind ${kind}`, at)
    places[count++] = at
    at += TYPE_BYTES + tail[0]! + tail[1]! * (info & 0xffff)
  }
  if (at > types.length) throw types.error(say`the last type needs ${at - types.length} bytes more`, types.length)
  return places.subarray(0, count)
}
