// A pseudo-terminal for tests: its other end is read only when they ask.

import { closeSync, constants, openSync, readSync } from 'node:fs'
import koffi from 'koffi'

export interface TestTerminal {
  /** /dev/pts/N */
  path: string
  /** all that was written to it so far */
  read(): string
  close(): void
}

/** pty(7): undefined where there are none. */
export function openTerminal(): TestTerminal | undefined {
  const library = koffi.load(null)
  const unlock = library.func('int unlockpt(int)')
  const grant = library.func('int grantpt(int)')
  const name = library.func('int ptsname_r(int, _Out_ uint8_t *, size_t)')
  let master: number
  try {
    master = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  const buffer = Buffer.alloc(64)
  if (grant(master) !== 0 || unlock(master) !== 0 || name(master, buffer, buffer.length) !== 0) return undefined
  const path = buffer.toString('latin1', 0, buffer.indexOf(0))
  // While this end is open, the other does not hang up when the last writer has gone.
  const kept = openSync(path, constants.O_RDWR | constants.O_NOCTTY)
  let text = ''
  return {
    path,
    read() {
      const bytes = Buffer.alloc(65_536)
      for (;;) {
        try {
          const length = readSync(master, bytes)
          if (length === 0) return text
          text += bytes.toString('utf8', 0, length)
        } catch {
          return text
        }
      }
    },
    close() {
      closeSync(kept)
      closeSync(master)
    },
  }
}
