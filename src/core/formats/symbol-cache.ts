// Symbols that were taken out of a kernel image, in a form that opens at once. Little-endian:
//
//   "FLTSYMS\1"  u32 word bytes  u32 symbols  u32 bytes of head  u32 bytes of names
//   head: JSON of what the image says of itself, filled up to eight bytes
//   u64 address, for each symbol
//   u32 where its name begins, for each symbol and one more
//   a byte for each symbol: nm's letter
//   names

import { Cursor, FormatError, latin1 } from '../bytes/cursor.ts'

const magic = Uint8Array.of(0x46, 0x4c, 0x54, 0x53, 0x59, 0x4d, 0x53, 1)
const HEADER_BYTES = magic.length + 16

/** A kernel has two hundred thousand; nothing writes more. */
const MAX_SYMBOLS = 4_000_000
const MAX_HEAD_BYTES = 64 * 1024

/** What an image says of itself, and its symbols. */
export interface KeptSymbols {
  release?: string
  buildId?: string
  /** addresses count from the beginning of the image */
  unplaced?: true
  wordBytes: 4 | 8
  count: number
  addresses: BigUint64Array
  symbol(index: number): { type: string; name: string }
  readonly ascending?: true
  named?(name: string): number[]
}

const rounded = (count: number): number => Math.ceil(count / 8) * 8

export function writeKeptSymbols({ release, buildId, unplaced, wordBytes, count, ...rows }: KeptSymbols): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify({ release, buildId, unplaced }))
  const symbols = Array.from({ length: count }, (_, index) => rows.symbol(index))
  const nameBytes = symbols.reduce((sum, { name }) => sum + name.length, 0)
  const at = placesOf(count, head.length)
  const bytes = new Uint8Array(at.names + nameBytes)
  const view = new DataView(bytes.buffer)
  bytes.set(magic)
  for (const [place, value] of [wordBytes, count, head.length, nameBytes].entries()) {
    view.setUint32(magic.length + 4 * place, value, true)
  }
  bytes.set(head, HEADER_BYTES)
  let name = 0
  for (const [index, symbol] of symbols.entries()) {
    view.setBigUint64(at.addresses + 8 * index, rows.addresses[index]!, true)
    view.setUint32(at.starts + 4 * index, name, true)
    bytes[at.types + index] = symbol.type.charCodeAt(0)
    // Names are Latin-1 everywhere in a kernel.
    for (let letter = 0; letter < symbol.name.length; letter++) {
      bytes[at.names + name++] = symbol.name.charCodeAt(letter)
    }
  }
  view.setUint32(at.starts + 4 * count, name, true)
  return bytes
}

function placesOf(count: number, headBytes: number) {
  const addresses = rounded(HEADER_BYTES + headBytes)
  const starts = addresses + 8 * count
  const types = starts + 4 * (count + 1)
  return { addresses, starts, types, names: types + count }
}

/** Throws FormatError for what was not written by the above, or was cut. */
export function readKeptSymbols(file: string, bytes: Uint8Array): KeptSymbols {
  const cursor = new Cursor(file, bytes, 'little')
  if (magic.some((byte, place) => bytes[place] !== byte)) throw new FormatError(file, 0, 'no kept symbols')
  const [wordBytes, count, headBytes, nameBytes] = [
    cursor.skip(magic.length).u32(),
    cursor.u32(),
    cursor.u32(),
    cursor.u32(),
  ]
  if (count > MAX_SYMBOLS || headBytes > MAX_HEAD_BYTES || (wordBytes !== 4 && wordBytes !== 8)) {
    throw new FormatError(file, 8, `${count} symbols of ${wordBytes} bytes are no kernel's`)
  }
  const at = placesOf(count, headBytes)
  if (bytes.length !== at.names + nameBytes) {
    throw new FormatError(file, bytes.length, `needs ${at.names + nameBytes} bytes, has ${bytes.length}`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const startOf = (index: number): number => view.getUint32(at.starts + 4 * index, true)
  const isNamed = (index: number, name: string): boolean => {
    const start = startOf(index)
    if (startOf(index + 1) - start !== name.length) return false
    for (let letter = name.length - 1; letter >= 0; letter--) {
      if (bytes[at.names + start + letter] !== name.charCodeAt(letter)) return false
    }
    return true
  }
  return {
    ...headOf(file, bytes.subarray(HEADER_BYTES, HEADER_BYTES + headBytes)),
    wordBytes,
    count,
    addresses: wordsOf(bytes.subarray(at.addresses, at.addresses + 8 * count)),
    ascending: true,
    named: name => {
      const found: number[] = []
      for (let index = 0; index < count; index++) if (isNamed(index, name)) found.push(index)
      return found
    },
    symbol: index => {
      const [start, end] = [startOf(index), startOf(index + 1)]
      const name = end >= start && end <= nameBytes ? latin1(bytes.subarray(at.names + start, at.names + end)) : ''
      return { type: String.fromCharCode(bytes[at.types + index]!), name }
    },
  }
}

const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

function wordsOf(bytes: Uint8Array): BigUint64Array {
  const words = new BigUint64Array(bytes.length / 8)
  if (isLittle) new Uint8Array(words.buffer).set(bytes)
  else {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    for (let index = 0; index < words.length; index++) words[index] = view.getBigUint64(8 * index, true)
  }
  return words
}

function headOf(file: string, bytes: Uint8Array): Pick<KeptSymbols, 'release' | 'buildId' | 'unplaced'> {
  try {
    const { release, buildId, unplaced } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
    return {
      ...(typeof release === 'string' && { release }),
      ...(typeof buildId === 'string' && { buildId }),
      ...(unplaced === true && { unplaced }),
    }
  } catch {
    throw new FormatError(file, HEADER_BYTES, 'what the image says of itself does not read')
  }
}
