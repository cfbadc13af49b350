// A log in a piece of NVRAM or flash, written by a board's own code: three forms that such code has, with where their
// numbers stand.
//
//   text                        the text from the beginning, filled up with 00 or ff
//   length:length=4,header=16   a header of 16 bytes, in which a 32-bit number at 4 says how long the text behind it is
//   ring:position=8,header=16   a header, and a ring behind it into which is written next at the position at 8
//
// Each may have magic=OFFSET:HEX, which must stand there, and order=big.

import type { ByteFile } from '../bytes/byte-file.ts'
import { type ByteOrder, Cursor } from '../bytes/cursor.ts'
import { MAX_LOG_BYTES, type RecoveredLog } from './recovered-log.ts'

export interface WindowFormat {
  form: 'text' | 'length' | 'ring'
  headerBytes: number
  /** of the 32-bit number in the header */
  length?: number
  position?: number
  magic?: { offset: number; bytes: readonly number[] }
  order: ByteOrder
}

const MAX_HEADER_BYTES = 4096

/** The format as it is written in a configuration; a string says what is wrong with it. */
export function readWindowFormat(text: string): WindowFormat | string {
  const colon = text.indexOf(':')
  const form = colon < 0 ? text : text.slice(0, colon)
  if (form !== 'text' && form !== 'length' && form !== 'ring') {
    return `format "${form}": expected auto, text, length or ring`
  }
  const format: WindowFormat = { form, headerBytes: form === 'text' ? 0 : 4, order: 'little' }
  for (const word of colon < 0 ? [] : text.slice(colon + 1).split(',')) {
    const trouble = takeWord(format, word)
    if (trouble !== undefined) return trouble
  }
  const number = form === 'ring' ? (format.position ??= 0) : form === 'length' ? (format.length ??= 0) : undefined
  if (number !== undefined && number + 4 > format.headerBytes) {
    return `its ${form === 'ring' ? 'position' : 'length'} at ${number} is not within the header of ${format.headerBytes} bytes`
  }
  return format
}

function takeWord(format: WindowFormat, word: string): string | undefined {
  const [name, value = ''] = word.split('=') as [string, string?]
  if (name === 'order' && (value === 'big' || value === 'little')) {
    format.order = value
    return undefined
  }
  const magic = name === 'magic' ? /^(?<offset>\d{1,4}):(?<hex>(?:[0-9a-f]{2}){1,16})$/i.exec(value)?.groups : undefined
  if (magic !== undefined) {
    const bytes = magic['hex']!.match(/../g)!.map(pair => Number.parseInt(pair, 16))
    format.magic = { offset: Number(magic['offset']), bytes }
    return undefined
  }
  const number = /^\d{1,4}$/.test(value) ? Number(value) : undefined
  if (number === undefined || number > MAX_HEADER_BYTES) return `"${word}" in its format: expected NAME=NUMBER`
  if (name === 'header') format.headerBytes = number
  else if (name === 'length') format.length = number
  else if (name === 'position') format.position = number
  else return `"${name}" in its format: expected header, length, position, magic or order`
  return undefined
}

/** The log in the window; undefined when there is none: erased, or another magic. Damage is told in the log. */
export async function readWindow(file: ByteFile, format: WindowFormat): Promise<RecoveredLog | undefined> {
  const { headerBytes, form, magic, order } = format
  const size = Math.min(file.size, MAX_LOG_BYTES)
  if (size <= headerBytes) return undefined
  const bytes = await file.read(0, size)
  if (magic?.bytes.some((byte, at) => bytes[magic.offset + at] !== byte)) return undefined
  const head = new Cursor('window', bytes.subarray(0, headerBytes), order)
  const body = bytes.subarray(headerBytes)
  const damage: string[] = []
  const numberAt = (at: number, what: string): number => {
    const value = head.seek(at).u32()
    if (value <= body.length || value === 0xffffffff) return value
    damage.push(`its header tells a ${what} of ${value} where there are ${body.length} bytes`)
    return Number.NaN
  }
  let text = body
  if (form === 'length') {
    const length = numberAt(format.length ?? 0, 'length')
    if (length === 0xffffffff) return undefined
    text = body.subarray(0, Number.isNaN(length) ? body.length : length)
  } else if (form === 'ring') {
    const position = numberAt(format.position ?? 0, 'position')
    if (position === 0xffffffff) return undefined
    if (!Number.isNaN(position)) text = unrolled(body, position % body.length)
  }
  const trimmed = withoutFiller(text, form === 'ring')
  if (trimmed.length === 0) return undefined
  return { name: 'window', by: 'kernel', offset: headerBytes, text: trimmed, damage }
}

function unrolled(ring: Uint8Array, position: number): Uint8Array {
  const whole = new Uint8Array(ring.length)
  whole.set(ring.subarray(position), 0)
  whole.set(ring.subarray(0, position), ring.length - position)
  return whole
}

const filler = (byte: number | undefined): boolean => byte === 0 || byte === 0xff

/** Of a ring that is not full the filler stands in front; else the text ends where it begins. */
function withoutFiller(bytes: Uint8Array, ring: boolean): Uint8Array {
  let start = 0
  if (ring) while (start < bytes.length && filler(bytes[start])) start++
  let end = start
  while (end < bytes.length && !filler(bytes[end])) end++
  if (ring) for (end = bytes.length; end > start && filler(bytes[end - 1]); ) end--
  return bytes.subarray(start, end)
}
