// A layer is what one transport puts in front of (or around) a kernel message.
//
// How to add a layer:
//   1. write it in the file of its family, or a new one: the sample line and the source of the format above it;
//   2. `begins` names every character a line of it can start with; `peel` must decide in a few char tests for other lines;
//   3. choose its depth: what may stand outside it has a smaller or equal one;
//   4. add it to the list in layers/index.ts and a sample to reader.test.ts; tests/transports.ts if it wraps whole logs.

import type { Draft } from '../draft.ts'

/** What stands outside what; a layer is only tried inside layers of smaller depth. */
export const depths = {
  /** mail quoting */
  quote: 0,
  /** stamps of serial loggers and CI systems */
  capture: 1,
  /** syslog, journald, logcat, container runtimes */
  collector: 2,
  /** dmesg -x */
  decoration: 3,
  /** the time of the kernel message */
  stamp: 4,
  /** host and tag that journalctl -o short-monotonic puts after the time */
  origin: 5,
  /** /dev/kmsg and extended netconsole, which say all that a stamp says */
  record: 6,
  /** task or CPU */
  caller: 7,
} as const

/** What earlier lines taught about the stream. Bounded. */
export interface StreamMemory {
  /** host names seen beside a tag that is surely one */
  hosts: Set<string>
  /** the sequence number of the last /dev/kmsg or netconsole record */
  sequence: number | undefined
  /** the kernel release that the last netconsole datagram began with */
  release: string | undefined
  /** the stream marks kernel lines with the tag `kernel`, so that another tag is not the kernel's */
  kernelTag: boolean
  /** `host kernel: ` as the last kernel line had it, and its host */
  origin: { text: string; host: string | undefined } | undefined
  /** name of the outermost layer of the last line, '' for none */
  outermost: string
}

export interface Layer {
  /** as it appears in LogRecord.transport */
  name: string
  depth: number
  /** characters with which it can start */
  begins: string
  /** may follow a layer of the same depth (quotes in quotes; a relative capture stamp and the kernel's own) */
  repeats?: true
  /** fits at any depth and does not change it */
  anywhere?: true
  /**
   * Reads the prefix at `at`, fills the draft and returns the position after it; -1, with the draft unchanged,
   * where there is none. Linear in the length of the prefix, not of the line.
   */
  peel(text: string, at: number, draft: Draft, memory: StreamMemory): number
}

export const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const digits = '0123456789'

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** Position after the run of digits at `at`, looking at no more than `most` characters. */
export function afterDigits(text: string, at: number, most: number): number {
  let i = at
  while (i - at < most && isDigit(text.charCodeAt(i))) i++
  return i
}
