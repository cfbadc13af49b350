// Writing to an open descriptor without ever waiting for whoever reads it.

import { closeSync, constants, fstatSync, openSync, write, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { LibcError, libc, MSG_DONTWAIT, MSG_NOSIGNAL } from '../../node/libc.ts'
import { fileGate } from './gate.ts'

/** Takes what fits at once: a number of bytes, 0 when nothing does. Throws what write(2) does. */
export type Write = (bytes: Buffer) => Promise<number> | number

const wouldWait = (error: unknown): boolean =>
  (error instanceof LibcError || (error instanceof Error && 'code' in error)) &&
  (error.code === 'EAGAIN' || error.code === 'EWOULDBLOCK')

/** Of a descriptor that was opened with O_NONBLOCK. */
export const writeNow =
  (descriptor: number) =>
  (bytes: Buffer): number => {
    try {
      return writeSync(descriptor, bytes)
    } catch (error) {
      if (wouldWait(error)) return 0
      throw error
    }
  }

const writeFile = promisify(write)

export interface InheritedOutput {
  write: Write
  close(): void
}

/**
 * Standard output as it was inherited. Its own O_NONBLOCK belongs to everyone who shares it and is left alone: a pipe or
 * a terminal is opened anew through /proc, to a socket each send says for itself that it does not wait.
 */
export function inheritedOutput(descriptor: number): InheritedOutput {
  const kind = fstatSync(descriptor)
  if (kind.isFIFO() || kind.isCharacterDevice()) {
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY
    const own = openSync(`/proc/self/fd/${descriptor}`, flags)
    return { write: writeNow(own), close: () => closeSync(own) }
  }
  const library = libc()
  if (kind.isSocket() && library !== undefined) {
    return {
      write: bytes => {
        try {
          return library.send(descriptor, bytes, MSG_DONTWAIT | MSG_NOSIGNAL)
        } catch (error) {
          if (wouldWait(error)) return 0
          throw error
        }
      },
      close: () => {},
    }
  }
  return {
    write: async bytes => (await fileGate.run(() => writeFile(descriptor, bytes, 0, bytes.length, null))).bytesWritten,
    close: () => {},
  }
}
