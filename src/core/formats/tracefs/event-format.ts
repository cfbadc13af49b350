// A tracepoint's `format` file: which fields its records have, and where (Documentation/trace/events.rst, "Event formats").

import type { ByteOrder } from '../../bytes/cursor.ts'

export interface TraceField {
  name: string
  /** as the kernel says it: `unsigned long`, `char[16]`, `__data_loc char[]` */
  type: string
  /** in the record, bytes */
  offset: number
  size: number
  signed: boolean
  /** where the bytes stand: in the field, or elsewhere in the record as a word says that counts from its start or from behind it */
  place: 'inline' | 'data_loc' | 'rel_loc'
  /** of one element, where the field is an array */
  elementBytes?: number | undefined
}

export interface EventFormat {
  name: string
  id: number
  fields: TraceField[]
  /** by the field, what its numbers are called when the kernel prints them */
  names: Map<string, ReadonlyMap<number, string>>
}

export type FieldValue = number | bigint | string | number[]

// field:__data_loc char[] comm;	offset:12;	size:4;	signed:0;
const fieldLine =
  /^\tfield:(?<declaration>[^;]+);\toffset:(?<offset>\d+);\tsize:(?<size>\d+);(?:\tsigned:(?<signed>[01]);)?/
const sizes: Readonly<Record<string, number>> = { char: 1, u8: 1, s8: 1, bool: 1, u16: 2, s16: 2, short: 2 }

/** Undefined when the text is no format file. */
export function parseEventFormat(text: string): EventFormat | undefined {
  const name = /^name: (.+)$/m.exec(text)?.[1]
  const id = /^ID: (\d+)$/m.exec(text)?.[1]
  if (name === undefined || id === undefined) return undefined
  const fields = text.split('\n').flatMap(line => {
    const groups = fieldLine.exec(line)?.groups
    return groups === undefined ? [] : [fieldOf(groups)]
  })
  return { name, id: Number(id), fields, names: namesIn(text) }
}

// print fmt: "… %s", __print_symbolic(REC->result, { 0, "Ignored" }, { 1, "Failed" })
const symbolic = /__print_symbolic\(REC->(?<field>\w+),(?<pairs>(?: ?\{ ?\w+, ?"[^"]*" ?\},?)+)/g
const pair = /\{ ?(?<number>\w+), ?"(?<name>[^"]*)"/g

function namesIn(text: string): EventFormat['names'] {
  const names: EventFormat['names'] = new Map()
  for (const { groups } of text.matchAll(symbolic)) {
    const known = [...(groups?.['pairs'] ?? '').matchAll(pair)].map(
      ({ groups: each }) => [Number(each?.['number']), each?.['name'] ?? ''] as const,
    )
    names.set(groups?.['field'] ?? '', new Map(known))
  }
  return names
}

function fieldOf(groups: Record<string, string>): TraceField {
  const { declaration = '', offset, size, signed } = groups
  // `char comm[16]`: the type is what stands around the name.
  const bracket = declaration.endsWith(']') ? declaration.lastIndexOf('[') : declaration.length
  const space = declaration.lastIndexOf(' ', bracket - 1)
  const name = declaration.slice(space + 1, bracket)
  const type = declaration.slice(0, Math.max(0, space)) + declaration.slice(bracket)
  const place = type.startsWith('__data_loc') ? 'data_loc' : type.startsWith('__rel_loc') ? 'rel_loc' : 'inline'
  const field: TraceField = {
    name,
    type,
    offset: Number(offset),
    size: Number(size),
    signed: signed === '1',
    place,
  }
  if (type.includes('[')) field.elementBytes = elementBytesOf(type, field)
  return field
}

function elementBytesOf(type: string, { place, size }: TraceField): number {
  const element = type
    .replace(/^__(?:data|rel)_loc\s+/, '')
    .replace(/\[.*$/, '')
    .trim()
  const known = sizes[element.replace(/^(?:unsigned|signed)\s+/, '')]
  if (known !== undefined) return known
  const count = Number(/\[(\d+)\]/.exec(type)?.[1])
  if (place === 'inline' && count > 0 && size % count === 0) return size / count
  return /long|64|\*/.test(element) ? 8 : 4
}

/** Reads one field of records; `view` is over the whole buffer, the record stands at [start, end) of it. */
export type FieldReader = (view: DataView, start: number, end: number) => FieldValue | undefined

const text = new TextDecoder()

/**
 * A reader for the field. Text ends at its NUL; 64-bit values are bigint. Undefined when the record is too short, as none
 * that the kernel wrote is.
 */
export function fieldReader(field: TraceField, order: ByteOrder): FieldReader {
  const little = order === 'little'
  const { offset, size, signed, place, elementBytes } = field
  if (place !== 'inline') {
    return (view, start, end) => {
      if (start + offset + 4 > end) return undefined
      const word = view.getUint32(start + offset, little)
      const at = (word & 0xffff) + start + (place === 'rel_loc' ? offset + 4 : 0)
      return bytesAt(view, at, Math.min(word >>> 16, end - at), elementBytes ?? 1, signed, little)
    }
  }
  if (elementBytes !== undefined) {
    return (view, start, end) =>
      bytesAt(view, start + offset, Math.min(size, end - start - offset), elementBytes, signed, little)
  }
  const read = numberReader(size, signed, little)
  return (view, start, end) => (start + offset + size > end ? undefined : read?.(view, start + offset))
}

function numberReader(size: number, signed: boolean, little: boolean) {
  const readers: Readonly<Record<number, (view: DataView, at: number) => number | bigint>> = {
    1: signed ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at),
    2: signed ? (view, at) => view.getInt16(at, little) : (view, at) => view.getUint16(at, little),
    4: signed ? (view, at) => view.getInt32(at, little) : (view, at) => view.getUint32(at, little),
    8: signed ? (view, at) => view.getBigInt64(at, little) : (view, at) => view.getBigUint64(at, little),
  }
  return readers[size]
}

function bytesAt(view: DataView, at: number, length: number, each: number, signed: boolean, little: boolean) {
  if (length < 0 || at < 0 || at + length > view.byteLength) return undefined
  if (each === 1) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length)
    const end = bytes.indexOf(0)
    return text.decode(end < 0 ? bytes : bytes.subarray(0, end))
  }
  const read = numberReader(each, signed, little)
  if (read === undefined) return undefined
  return Array.from({ length: Math.floor(length / each) }, (_, index) => Number(read(view, at + index * each)))
}
