// What the kernel's log holds now, as /dev/kmsg gives it: a record a read, from the oldest.

import { closeSync, constants, openSync, readSync } from 'node:fs'

/** Documentation/ABI/testing/dev-kmsg: a smaller buffer is EINVAL where a record does not fit. */
const RECORD_BYTES = 8192

/** More are not read: someone writes without end. */
const MAX_RECORDS = 1_000_000

/** Calls `met` with each record until it says yes. Throws what Node throws, but not for records lost while reading. */
export function findInKmsg(path: string, met: (record: string) => boolean): boolean {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const buffer = Buffer.alloc(RECORD_BYTES)
  try {
    for (let count = 0; count < MAX_RECORDS; count++) {
      let length: number
      try {
        length = readSync(descriptor, buffer, 0, buffer.length, null)
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code
        if (code === 'EPIPE') continue
        if (code === 'EAGAIN') return false
        throw error
      }
      if (length === 0) return false
      if (met(buffer.toString('latin1', 0, length))) return true
    }
    return false
  } finally {
    closeSync(descriptor)
  }
}
