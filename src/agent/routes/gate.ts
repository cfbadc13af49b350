// A bound on work that may hang: a write to a disk that does not answer holds one of Node's few threads, and the spool
// needs some of them, too.

/** Node's threads for files, unless UV_THREADPOOL_SIZE says otherwise. https://docs.libuv.org/en/v1.x/threadpool.html */
const NODE_THREADS = 4
/** not for files of routes: one for names of hosts (getaddrinfo(3) waits long where no name server answers), one for the spool */
const SPARED_THREADS = 2

export class Gate {
  private free: number
  private readonly queue: (() => void)[] = []

  constructor(places: number) {
    this.free = places
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--
    else await new Promise<void>(resolve => this.queue.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.queue.shift()
      if (next === undefined) this.free++
      else next()
    }
  }
}

export const fileGate = new Gate(
  Math.max(1, Number(process.env['UV_THREADPOOL_SIZE'] ?? NODE_THREADS) - SPARED_THREADS),
)

/** Looking up the name of a host. */
export const lookupGate = new Gate(1)
