// Finds the few places of a log that could be part of a report, at the speed of memory: everything else is jumped over.

import { createPlainPrefilter } from './prefilter-plain.ts'
import { createSimdPrefilter } from './prefilter-simd.ts'

export interface Prefilter {
  /** what does the work here */
  engine: 'relaxed-simd' | 'simd' | 'plain'
  /**
   * Offset of the first position ≥ `from` where a needle stands that ends at or before `to`, or -1.
   * Case-sensitive. A needle that holds another one adds nothing: it is found where the other one stands in it.
   * A needle across the edge of two chunks is the caller's: begin again at the start of the last line.
   */
  scan(bytes: Uint8Array, from: number, to: number): number
  /** Number of line feeds in [from, to), for the line numbers of what was jumped over. */
  countLines(bytes: Uint8Array, from: number, to: number): number
  /**
   * Bytes of this size that `scan` and `countLines` read without a copy: read the file into them. It is one region:
   * a later call gives the same memory again, and a call for more bytes than before makes earlier ones unusable.
   */
  buffer(size: number): Uint8Array
}

/**
 * Needles are ASCII, 3 to 255 letters; four and more let the plain engine jump farther. Planning takes some tens of
 * milliseconds for hundreds of needles: worth it for a megabyte, not for a line.
 */
export function createPrefilter(needles: readonly string[]): Prefilter {
  return createSimdPrefilter(needles) ?? createPlainPrefilter(needles)
}
