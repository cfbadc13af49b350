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
  const addresses = new BigUint64Array(count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let index = 0; index < count; index++) addresses[index] = view.getBigUint64(at.addresses + 8 * index, true)
  return {
    ...headOf(file, bytes.subarray(HEADER_BYTES, HEADER_BYTES + headBytes)),
    wordBytes,
    count,
    addresses,
    symbol: index => {
      const [start, end] = [
        view.getUint32(at.starts + 4 * index, true),
        view.getUint32(at.starts + 4 * index + 4, true),
      ]
      const name = end >= start && end <= nameBytes ? latin1(bytes.subarray(at.names + start, at.names + end)) : ''
      return { type: String.fromCharCode(bytes[at.types + index]!), name }
    },
  }
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
