// Those who watch a host's log as it grows: each is read what is behind the last that it saw, when there is more.

import { type EventStream, textOf } from '../live/event-stream.ts'
import type { Changes } from '../store/changes.ts'
import type { Store } from '../store/store.ts'
import { type LogFilter, readForward } from './read.ts'

/** Records of one event. */
const MAX_RECORDS = 1000

interface Watcher {
  stream: EventStream
  host: string
  filter: LogFilter
  after: string
  reading: boolean
  again: boolean
}

export class LogFollower {
  readonly #store: Store
  readonly #watchers = new Set<Watcher>()
  readonly #unlisten: () => void

  constructor(store: Store) {
    this.#store = store
    this.#unlisten = store.changed.add(changes => this.#changed(changes))
  }

  /** From the place `after` on, until the stream ends. */
  async follow(stream: EventStream, host: string, filter: LogFilter, after: string): Promise<void> {
    const watcher: Watcher = { stream, host, filter, after, reading: false, again: false }
    this.#watchers.add(watcher)
    stream.closed = () => this.#watchers.delete(watcher)
    stream.write(textOf({ event: 'hello', id: after, data: {} }))
    await this.#read(watcher)
  }

  close(): void {
    this.#unlisten()
    for (const { stream } of this.#watchers) stream.close()
  }

  #changed({ logs }: Changes): void {
    if (logs.size === 0) return
    for (const watcher of this.#watchers) if (logs.has(watcher.host)) void this.#read(watcher)
  }

  async #read(watcher: Watcher): Promise<void> {
    watcher.again = true
    if (watcher.reading) return
    watcher.reading = true
    try {
      while (watcher.again && watcher.stream.open) {
        watcher.again = false
        const { host, filter, after } = watcher
        const { records, newer, more } = await readForward(this.#store.db, host, filter, MAX_RECORDS, after)
        watcher.after = newer
        watcher.again ||= more
        if (records.length > 0) watcher.stream.write(textOf({ event: 'log', id: newer, data: { records, newer } }))
      }
    } catch {
      // The client comes again behind what it has.
      watcher.stream.close()
    } finally {
      watcher.reading = false
    }
  }
}
