// The calls of the C library that Node does not lend, by koffi. A machine without koffi's library gets `undefined` and
// whoever asked says what it cannot do, or does it in another way.

import { createRequire } from 'node:module'

export interface Libc {
  /** klogctl(3), syslog(2): a count or 0; throws LibcError. `action` is one of include/linux/syslog.h's. */
  klogctl(action: number, buffer: Uint8Array | null, length: number): number
  /** poll(2) of one descriptor: the events that came, 0 at the timeout; throws LibcError, EINTR too. */
  poll(descriptor: number, events: number, timeoutMs: number): number
  /** flock(2), `operation` of LOCK_EX, LOCK_NB…; throws LibcError, EWOULDBLOCK where another has the lock. */
  flock(descriptor: number, operation: number): number
  /** send(2) to a connected socket: bytes taken; throws LibcError, EAGAIN when it would wait and MSG_DONTWAIT is given. */
  send(descriptor: number, bytes: Uint8Array, flags: number): number
}

export class LibcError extends Error {
  readonly code: string
  readonly errno: number
  constructor(call: string, code: string, errno: number) {
    super(`${call}: ${code}`)
    this.code = code
    this.errno = errno
  }
}

export const LOCK_EX = 2
export const LOCK_NB = 4

export const POLLIN = 1
export const POLLPRI = 2
export const POLLOUT = 4
export const POLLERR = 8
export const POLLHUP = 16

// bits/socket.h; the same on every architecture but MIPS and Alpha for neither of these
export const MSG_DONTWAIT = 0x40
export const MSG_NOSIGNAL = 0x4000

let loaded: { libc: Libc | undefined } | undefined

export function libc(): Libc | undefined {
  loaded ??= { libc: load() }
  return loaded.libc
}

function load(): Libc | undefined {
  if (process.platform !== 'linux') return undefined
  let koffi: typeof import('koffi')
  try {
    koffi = createRequire(import.meta.url)('koffi')
  } catch {
    return undefined
  }
  const library = koffi.load(null)
  const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]))
  const checked = (call: string, result: number): number => {
    if (result >= 0) return result
    const errno = koffi.errno()
    throw new LibcError(call, names.get(errno) ?? `errno ${errno}`, errno)
  }
  const klogctl = library.func('int klogctl(int, void *, int)')
  koffi.struct('faultline_pollfd', { fd: 'int', events: 'short', revents: 'short' })
  const poll = library.func('int poll(_Inout_ faultline_pollfd *, unsigned long, int)')
  const flock = library.func('int flock(int, int)')
  const send = library.func('intptr_t send(int, const void *, size_t, int)')
  return {
    flock: (descriptor, operation) => checked('flock', flock(descriptor, operation)),
    klogctl: (action, buffer, length) => checked('klogctl', klogctl(action, buffer, length)),
    poll(descriptor, events, timeoutMs) {
      const asked = { fd: descriptor, events, revents: 0 }
      return checked('poll', poll(asked, 1, timeoutMs)) === 0 ? 0 : asked.revents
    },
    send: (descriptor, bytes, flags) => checked('send', send(descriptor, bytes, bytes.length, flags)),
  }
}
