// Headers of tar archives. POSIX.1-1988 ustar, with GNU's and pax's forms of long names and large sizes.

import { FormatError, latin1 } from '../bytes/cursor.ts'
import { say } from '../say.ts'

export const TAR_BLOCK_BYTES = 512

export interface TarHeader {
  name: string
  size: number
  /** file: '0' or NUL; what the next entry is called: 'L' of GNU, 'x' of pax; others are no files */
  kind: 'file' | 'gnu-name' | 'pax' | 'other'
}

/** One header block; undefined for the zeros that end an archive. `offset` is where it stands, for errors. */
export function readTarHeader(format: string, block: Uint8Array, offset: number): TarHeader | undefined {
  if (block.every(byte => byte === 0)) return undefined
  let sum = 0
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte
  if (sum !== octal(block.subarray(148, 156)))
    throw new FormatError(format, offset, say`no tar header: its checksum is wrong`)
  const kinds: Partial<Record<string, TarHeader['kind']>> = { '0': 'file', '\0': 'file', L: 'gnu-name', x: 'pax' }
  const prefix = latin1(block.subarray(257, 262)) === 'ustar' && block[262] === 0 ? text(block.subarray(345, 500)) : ''
  const name = text(block.subarray(0, 100))
  const size = sizeOf(block.subarray(124, 136))
  if (!Number.isSafeInteger(size) || size < 0) throw new FormatError(format, offset, say`a file of ${size} bytes`)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size,
    kind: kinds[latin1(block.subarray(156, 157))] ?? 'other',
  }
}

/** The header of a plain file of mode 0600, in ustar's form. Throws where its name does not fit. `modified`: s since 1970. */
export function writeTarHeader(name: string, size: number, modified: number): Uint8Array {
  const block = new Uint8Array(TAR_BLOCK_BYTES)
  const put = (at: number, value: string): void => block.set(new TextEncoder().encode(value), at)
  const number = (value: number, digits: number): string => value.toString(8).padStart(digits, '0')
  // The longest end that fits as a name; what is before it goes into the prefix.
  const slash = name.length <= 100 ? -1 : name.indexOf('/', name.length - 101)
  if (/[^\x20-\x7e]/.test(name) || (name.length > 100 && (slash < 1 || slash > 155)) || size >= 8 ** 11) {
    throw new Error(`${JSON.stringify(name)} of ${size} bytes does not fit into a tar header`)
  }
  put(0, name.slice(slash + 1))
  put(100, '0000600\0')
  put(108, '0000000\x000000000\0')
  put(124, `${number(size, 11)}\0`)
  put(136, `${number(Math.max(0, Math.floor(modified)), 11)}\0`)
  put(148, '        0')
  put(257, 'ustar\x0000root')
  put(297, 'root')
  if (slash > 0) put(345, name.slice(0, slash))
  put(
    148,
    `${number(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
  )
  return block
}

/** The path of a pax header's records: "29 path=a/very/long/name\n". */
export function paxPath(records: Uint8Array): string | undefined {
  return /^\d+ path=(?<path>.*)$/m.exec(latin1(records))?.groups?.['path']
}

/** Of a GNU long name: up to its NUL. */
export const text = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0)
  return latin1(end < 0 ? bytes : bytes.subarray(0, end))
}

const octal = (bytes: Uint8Array): number => Number.parseInt(text(bytes).trim() || '0', 8)

/** Octal text, or for eight gigabytes and more a big-endian number with the highest bit set. */
function sizeOf(bytes: Uint8Array): number {
  if ((bytes[0]! & 0x80) === 0) return octal(bytes)
  return bytes.subarray(1).reduce((value, byte) => value * 256 + byte, 0)
}
