// The calls of the C library that Node does not lend, by koffi. A machine without koffi's library gets `undefined` and
// whoever asked says what it cannot do, or does it in another way.

import { closeSync, constants, writeSync } from 'node:fs'
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
  /** poll(2) of several descriptors in a thread of its own: `struct pollfd`s in, their `revents` set when `done` is called. */
  pollAll(descriptors: Uint8Array, count: number, timeoutMs: number, done: () => void): void
  /** eventfd(2), not blocking: what is written to it wakes a poll. */
  eventfd(): number
  /** A socket(2) of datagrams at a path: `bind` receives there, `connect` sends there. Not blocking; read(2), write(2). */
  unixDatagram(path: string, way: 'bind' | 'connect'): number
  /** clock_gettime(2): microseconds. `clock` is one of include/uapi/linux/time.h's. */
  clockUs(clock: number): number
  /** The bytes as a sealed memory file, memfd_create(2), handed over a connected unix socket (SCM_RIGHTS). Throws LibcError. */
  sendSealed(descriptor: number, bytes: Uint8Array): void
  /** tcflush(3) with TCOFLUSH: what a terminal has not taken yet is dropped. No error when it is no terminal. */
  tcflush(descriptor: number, queue: number): void
  /** lseek(2), for devices that give other meanings to it; `whence` of SEEK_END, SEEK_DATA. */
  lseek(descriptor: number, offset: number, whence: number): number
  /** malloc_trim(3): what was freed goes back to the kernel, where the C library is glibc; elsewhere nothing. */
  trim(): void
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

export const SEEK_END = 2
export const SEEK_DATA = 3

/** termios(3); MIPS and SPARC count alike */
export const TCOFLUSH = 1

export const POLLIN = 1
export const POLLPRI = 2
export const POLLOUT = 4
export const POLLERR = 8
export const POLLHUP = 16

// bits/socket.h; the same on every architecture but MIPS and Alpha for neither of these
export const MSG_DONTWAIT = 0x40
export const MSG_NOSIGNAL = 0x4000
export const CLOCK_REALTIME = 0
export const CLOCK_BOOTTIME = 7

// include/uapi/linux/memfd.h, fcntl.h
const MFD_CLOEXEC = 1
const MFD_ALLOW_SEALING = 2
const F_ADD_SEALS = 1033
/** no change of size, no write, no further seals */
const ALL_SEALS = 0xf

// include/uapi/asm-generic/fcntl.h; socket(2) and eventfd(2) take their flags with the values of open(2)'s.
const O_CLOEXEC = 0o2000000
const AF_UNIX = 1
// arch/mips/include/asm/socket.h is the only one with another number.
const SOCK_DGRAM = process.arch.startsWith('mips') ? 1 : 2
/** struct sockaddr_un: a path of 108 bytes, its NUL included */
const MAX_SOCKET_PATH = 107

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
  const nonBlocking = constants.O_NONBLOCK | O_CLOEXEC
  const pollMany = library.func('int poll(void *, unsigned long, int)')
  const eventfd = library.func('int eventfd(unsigned int, int)')
  const socket = library.func('int socket(int, int, int)')
  const bind = library.func('int bind(int, const void *, unsigned int)')
  const connect = library.func('int connect(int, const void *, unsigned int)')
  koffi.struct('faultline_timespec', { seconds: 'long', nanoseconds: 'long' })
  const clockGettime = library.func('int clock_gettime(int, _Out_ faultline_timespec *)')
  const klogctl = library.func('int klogctl(int, void *, int)')
  koffi.struct('faultline_pollfd', { fd: 'int', events: 'short', revents: 'short' })
  const poll = library.func('int poll(_Inout_ faultline_pollfd *, unsigned long, int)')
  const flock = library.func('int flock(int, int)')
  const send = library.func('intptr_t send(int, const void *, size_t, int)')
  const tcflush = library.func('int tcflush(int, int)')
  const memfdCreate = library.func('int memfd_create(const char *, unsigned int)')
  const fcntl = library.func('int fcntl(int, int, int)')
  koffi.struct('faultline_msghdr', {
    name: 'void *',
    nameLength: 'unsigned int',
    vectors: 'void *',
    vectorCount: 'size_t',
    control: 'uint8_t *',
    controlLength: 'size_t',
    flags: 'int',
  })
  const sendmsg = library.func('intptr_t sendmsg(int, const faultline_msghdr *, int)')
  const lseek = library.func('intptr_t lseek(int, intptr_t, int)')
  const trim = optional(() => library.func('int malloc_trim(size_t)'))
  return {
    sendSealed(descriptor, bytes) {
      const memory = checked('memfd_create', memfdCreate('faultline', MFD_CLOEXEC | MFD_ALLOW_SEALING))
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(memory, bytes, at)
        checked('fcntl', fcntl(memory, F_ADD_SEALS, ALL_SEALS))
        const control = controlWithDescriptor(memory)
        const header = {
          name: null,
          nameLength: 0,
          vectors: null,
          vectorCount: 0,
          control,
          controlLength: control.length,
          flags: 0,
        }
        checked('sendmsg', sendmsg(descriptor, header, MSG_DONTWAIT | MSG_NOSIGNAL))
      } finally {
        closeSync(memory)
      }
    },
    trim: () => void trim?.(0),
    tcflush: (descriptor, queue) => void tcflush(descriptor, queue),
    lseek: (descriptor, offset, whence) => checked('lseek', lseek(descriptor, offset, whence)),
    flock: (descriptor, operation) => checked('flock', flock(descriptor, operation)),
    klogctl: (action, buffer, length) => checked('klogctl', klogctl(action, buffer, length)),
    poll(descriptor, events, timeoutMs) {
      const asked = { fd: descriptor, events, revents: 0 }
      return checked('poll', poll(asked, 1, timeoutMs)) === 0 ? 0 : asked.revents
    },
    send: (descriptor, bytes, flags) => checked('send', send(descriptor, bytes, bytes.length, flags)),
    pollAll(descriptors, count, timeoutMs, done) {
      pollMany.async(descriptors, count, timeoutMs, () => done())
    },
    eventfd: () => checked('eventfd', eventfd(0, nonBlocking)),
    unixDatagram(path, way) {
      const address = socketAddress(path)
      const descriptor = checked('socket', socket(AF_UNIX, SOCK_DGRAM | nonBlocking, 0))
      try {
        if (way === 'bind') checked('bind', bind(descriptor, address, address.length))
        else checked('connect', connect(descriptor, address, address.length))
        return descriptor
      } catch (error) {
        closeSync(descriptor)
        throw error
      }
    },
    clockUs(clock) {
      const time = { seconds: 0, nanoseconds: 0 }
      checked('clock_gettime', clockGettime(clock, time))
      return Number(time.seconds) * 1e6 + Math.floor(Number(time.nanoseconds) / 1000)
    },
  }
}

/** A function that not every C library has. */
function optional<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}

/** unix(7): the family, the path and its NUL; "@name" is a name without a file. */
function socketAddress(path: string): Uint8Array {
  const name = Buffer.from(path)
  if (name.length === 0 || name.length > MAX_SOCKET_PATH)
    throw new Error(`the path of a socket has 1 to ${MAX_SOCKET_PATH} bytes, "${path}" has ${name.length}`)
  const abstract = path.startsWith('@')
  if (abstract) name[0] = 0
  const family = new Uint8Array(Uint16Array.of(AF_UNIX).buffer)
  return Buffer.concat(abstract ? [family, name] : [family, name, Buffer.alloc(1)])
}

/** cmsg(3): struct cmsghdr { size_t len; int level; int type; }, the descriptor, and padding to a word. */
function controlWithDescriptor(descriptor: number): Uint8Array {
  const SOL_SOCKET = process.arch.startsWith('mips') ? 0xffff : 1
  const SCM_RIGHTS = 1
  const words = new Int32Array(wordBytes === 8 ? 6 : 4)
  const big = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0
  const head = wordBytes / 4
  words[wordBytes === 8 && big ? 1 : 0] = wordBytes + 8 + 4
  words[head] = SOL_SOCKET
  words[head + 1] = SCM_RIGHTS
  words[head + 2] = descriptor
  return new Uint8Array(words.buffer)
}

const wordBytes = /64|s390x/.test(process.arch) ? 8 : 4
