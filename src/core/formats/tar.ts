// Headers of tar archives. POSIX.1-1988 ustar, with GNU's and pax's forms of long names and large sizes.

import { FormatError, latin1 } from '../bytes/cursor.ts'

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
    throw new FormatError(format, offset, 'no tar header: its checksum is wrong')
  const kinds: Partial<Record<string, TarHeader['kind']>> = { '0': 'file', '\0': 'file', L: 'gnu-name', x: 'pax' }
  const prefix = latin1(block.subarray(257, 262)) === 'ustar' && block[262] === 0 ? text(block.subarray(345, 500)) : ''
  const name = text(block.subarray(0, 100))
  const size = sizeOf(block.subarray(124, 136))
  if (!Number.isSafeInteger(size) || size < 0) throw new FormatError(format, offset, `a file of ${size} bytes`)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size,
    kind: kinds[latin1(block.subarray(156, 157))] ?? 'other',
  }
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
