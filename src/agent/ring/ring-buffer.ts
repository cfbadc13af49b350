// The kernel's own ring: read by /dev/kmsg or syslog(2), cleared, and what of it goes to the console.

import { closeSync, constants, openSync, readSync } from 'node:fs'
import { type Libc, LibcError, libc, SEEK_DATA, SEEK_END } from '../../node/libc.ts'

/** include/linux/syslog.h */
const actions = {
  readAll: 3,
  clear: 5,
  consoleOff: 6,
  consoleOn: 7,
  consoleLevel: 8,
  sizeUnread: 9,
  sizeBuffer: 10,
} as const
type ActionName = keyof typeof actions

const KMSG = '/dev/kmsg'
const RECORD_BYTES = 8192

/** The first try at a size when the kernel does not tell its own, and when to give up. */
const FIRST_BYTES = 16_392
const MOST_BYTES = 1 << 28

/** Something the kernel refused; the message says what to do. */
export class RingError extends Error {}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const RESTRICTED =
  'Operation not permitted: the kernel shows its log only to those with CAP_SYSLOG (root), since kernel.dmesg_restrict is 1. Run as root, or set it to 0: sysctl kernel.dmesg_restrict=0'
const NOT_PERMITTED = 'Operation not permitted: this takes CAP_SYSLOG, which root has'

function needLibc(what: string): Libc {
  const library = libc()
  if (library === undefined) {
    throw new RingError(`${what}: koffi, by which Faultline makes system calls, has no library for this machine`)
  }
  return library
}

function syslog(action: ActionName, what: string, buffer: Uint8Array | null = null, length = 0): number {
  try {
    return needLibc(what).klogctl(actions[action], buffer, length)
  } catch (error) {
    if (!(error instanceof LibcError)) throw error
    if (error.code !== 'EPERM') throw new RingError(`${what}: ${error.message}`)
    throw new RingError(`${what}: ${action === 'readAll' || action === 'sizeBuffer' ? RESTRICTED : NOT_PERMITTED}`)
  }
}

export const clearRing = (): void => void syslog('clear', 'clear kernel buffer failed')
export const consoleOff = (): void => void syslog('consoleOff', 'klogctl failed')
export const consoleOn = (): void => void syslog('consoleOn', 'klogctl failed')
export const setConsoleLevel = (level: number): void => void syslog('consoleLevel', 'klogctl failed', null, level)
/** bytes of the kernel's ring */
export const ringSize = (): number => syslog('sizeBuffer', 'the size of the ring')

/** What syslog(2) gives: the last `bufferBytes` of the ring, all of it without. Throws RingError. */
export function readSyslog(bufferBytes?: number): Buffer {
  const what = 'read kernel buffer failed'
  const read = (bytes: number): Buffer => {
    const buffer = Buffer.alloc(bytes)
    return buffer.subarray(0, syslog('readAll', what, buffer, bytes))
  }
  const known = bufferBytes ?? syslog('sizeBuffer', what)
  if (known > 0) return read(known + 8)
  for (let bytes = FIRST_BYTES; ; bytes *= 4) {
    const got = read(bytes)
    if (got.length < bytes || bytes > MOST_BYTES) return got
  }
}

export interface KmsgReader {
  readonly descriptor: number
  /** one record; undefined when there is none just now */
  read(): Buffer | undefined
  /** how often the ring was overwritten before it was read */
  readonly overruns: number
  close(): void
}

/**
 * Opens /dev/kmsg behind the last clear, or behind the last record. undefined where it cannot be read: then syslog(2)
 * is the way, and says why it is not when it is not.
 */
export function openKmsg(from: 'clear' | 'end'): KmsgReader | undefined {
  let descriptor: number
  try {
    descriptor = openSync(KMSG, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  // Without the C library's call the reader starts at the oldest record, cleared or not.
  libc()?.lseek(descriptor, 0, from === 'end' ? SEEK_END : SEEK_DATA)
  const memory = Buffer.alloc(RECORD_BYTES)
  const reader = {
    descriptor,
    overruns: 0,
    read(): Buffer | undefined {
      for (;;) {
        try {
          return Buffer.from(memory.subarray(0, readSync(descriptor, memory, 0, RECORD_BYTES, null)))
        } catch (error) {
          const code = codeOf(error)
          if (code === 'EAGAIN') return undefined
          if (code === 'EPIPE') this.overruns++
          else if (code !== 'EINTR') throw error
        }
      }
    },
    close: () => closeSync(descriptor),
  }
  if (from === 'end') return reader
  return triedOut(reader)
}

/** Before Linux 3.5 /dev/kmsg opens and cannot be read (EINVAL). */
function triedOut(reader: KmsgReader): KmsgReader | undefined {
  let first: Buffer | undefined
  try {
    first = reader.read()
  } catch {
    reader.close()
    return undefined
  }
  const { read } = reader
  reader.read = () => {
    const record = first ?? read.call(reader)
    first = undefined
    return record
  }
  return reader
}
