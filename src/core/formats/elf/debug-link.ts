// Where a stripped file says its debug information is. GDB manual, "Separate Debug Files"; dwz(1).

import type { Cursor } from '../../bytes/cursor.ts'
import { hexOf } from './notes.ts'

export interface DebugLink {
  file: string
  /** CRC-32 of the whole debug file */
  crc: number
}

/** .gnu_debuglink: a file name, padded, and a checksum. */
export function readDebugLink(section: Cursor): DebugLink {
  const file = section.cstring()
  return { file, crc: section.align(4).u32() }
}

export interface AlternateLink {
  file: string
  buildId: string
}

/** .gnu_debugaltlink: the file that dwz moved common parts to. */
export function readAlternateLink(section: Cursor): AlternateLink {
  const file = section.cstring()
  return { file, buildId: hexOf(section.bytes.subarray(section.position)) }
}
