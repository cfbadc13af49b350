// Waiting until descriptors can be read that Node's own loop does not take: /dev/kmsg, /proc/kmsg, terminals, FIFOs,
// datagram sockets of AF_UNIX. One poll(2) for all of them waits in a thread of libuv's pool; without the C library's
// calls they are asked in turn, often while something comes and seldom while nothing does.

import { closeSync, readSync, writeSync } from 'node:fs'
import { type Libc, libc, POLLIN } from './libc.ts'

/** Reads what there is; whether anything came. Called again and again until nothing does. */
export type Readable = (woken: boolean) => boolean

export interface Poller {
  /** 'poll' wakes at once, 'timer' within MOST_WAIT_MS */
  readonly engine: 'poll' | 'timer'
  /** Calls `read` when the descriptor can be read; the answer ends that. */
  watch(descriptor: number, read: Readable): () => void
  close(): void
}

/** Without poll(2): the longest and the shortest time between two tries. */
export const MOST_WAIT_MS = 250
const LEAST_WAIT_MS = 4

/** struct pollfd: int fd; short events; short revents; in the order of the machine's bytes. */
const POLLFD_BYTES = 8

/** So long one poll waits, should the wake-up be lost. */
const POLL_MS = 60_000

/** A descriptor that poll(2) calls ready and from which nothing can be read (POLLHUP, POLLERR) is asked this often. */
const UNREADY_MS = 250

/** `null`: as where the C library's calls are missing. */
export function createPoller(calls: Libc | null = libc() ?? null): Poller {
  return calls === null ? timerPoller() : pollPoller(calls)
}

interface Watched {
  descriptor: number
  read: Readable
  /** not asked before, ms of performance.now() */
  from: number
}

function pollPoller(calls: Libc): Poller {
  const watched = new Set<Watched>()
  const waker = calls.eventfd()
  const one = new Uint8Array(new BigUint64Array([1n]).buffer)
  const empty = new Uint8Array(8)
  let polling = false
  let closed = false

  const wake = (): void => {
    try {
      writeSync(waker, one)
    } catch {
      // EAGAIN: it is awake already
    }
  }
  const wait = (): void => {
    if (polling || closed) return
    const now = performance.now()
    const asked = [...watched].filter(each => each.from <= now)
    const later = Math.min(POLL_MS, ...[...watched].map(each => (each.from > now ? each.from - now : POLL_MS)))
    const memory = new Uint8Array((asked.length + 1) * POLLFD_BYTES)
    const numbers = new Int32Array(memory.buffer)
    const events = new Int16Array(memory.buffer)
    for (const [index, descriptor] of [waker, ...asked.map(each => each.descriptor)].entries()) {
      numbers[index * 2] = descriptor
      events[index * 4 + 2] = POLLIN
    }
    polling = true
    calls.pollAll(memory, asked.length + 1, Math.ceil(later), () => {
      polling = false
      if (closed) {
        closeSync(waker)
        return
      }
      if (events[3] !== 0) readQuietly(waker, empty)
      for (const [index, each] of asked.entries()) {
        if (events[(index + 1) * 4 + 3] === 0 || !watched.has(each)) continue
        if (!each.read(true)) each.from = performance.now() + UNREADY_MS
      }
      wait()
    })
  }
  return {
    engine: 'poll',
    watch(descriptor, read) {
      const each: Watched = { descriptor, read, from: 0 }
      watched.add(each)
      if (polling) wake()
      else setImmediate(wait)
      return () => {
        watched.delete(each)
        if (polling) wake()
      }
    },
    close() {
      if (closed) return
      closed = true
      watched.clear()
      if (polling) wake()
      else closeSync(waker)
    },
  }
}

function readQuietly(descriptor: number, into: Uint8Array): void {
  try {
    readSync(descriptor, into)
  } catch {
    // EAGAIN: somebody else has
  }
}

function timerPoller(): Poller {
  const timers = new Map<object, NodeJS.Timeout>()
  return {
    engine: 'timer',
    watch(_descriptor, read) {
      const key = {}
      let waitMs = LEAST_WAIT_MS
      const turn = (): void => {
        waitMs = read(false) ? LEAST_WAIT_MS : Math.min(MOST_WAIT_MS, waitMs * 2)
        if (timers.has(key)) timers.set(key, setTimeout(turn, waitMs))
      }
      timers.set(key, setTimeout(turn, 0))
      return () => {
        clearTimeout(timers.get(key))
        timers.delete(key)
      }
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}
