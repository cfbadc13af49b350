// Those who watch the server live. Each change wakes it; what is then behind the last id that was told is read once and
// goes to all. One that comes back is read what it missed from the store, so nothing is kept here for anybody.

import { hostOf } from '../api/present.ts'
import type { Changes } from '../store/changes.ts'
import { latestId } from '../store/latest.ts'
import type { Store } from '../store/store.ts'
import { type EventStream, type SentEvent, textOf } from './event-stream.ts'
import { eventsAfter } from './tail.ts'

/** Changes of so long are told together: a storm is a few reads a second. */
const GATHER_MS = 100
/** Hosts that are told of at once. */
const MAX_HOSTS = 200

const idShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export class Live {
  readonly #store: Store
  readonly #failed: (error: unknown) => void
  /** with the id up to which each was told when it came */
  readonly #clients = new Map<EventStream, string>()
  /** all up to here is told to all of #clients; undefined while nobody watches */
  #head: string | undefined
  #hosts = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #telling = false
  #again = false
  readonly #unlisten: () => void

  /** `failed`: the store did not answer */
  constructor(store: Store, failed: (error: unknown) => void) {
    this.#store = store
    this.#failed = failed
    this.#unlisten = store.changed.add(changes => this.#changed(changes))
  }

  get clients(): number {
    return this.#clients.size
  }

  /** From now on, or from what the client saw last. */
  async join(stream: EventStream, lastEventId: string | undefined): Promise<void> {
    stream.closed = () => {
      this.#clients.delete(stream)
      if (this.#clients.size === 0) this.#head = undefined
    }
    try {
      await this.#catchUp(stream, lastEventId)
    } catch (error) {
      // The answer has begun: it comes again, and then perhaps the store answers.
      this.#failed(error)
      stream.close()
    }
  }

  async #catchUp(stream: EventStream, lastEventId: string | undefined): Promise<void> {
    let seen = lastEventId !== undefined && idShape.test(lastEventId) ? lastEventId : await latestId(this.#store.db)
    // The first event says where to go on: with it a client that breaks off at once misses nothing.
    stream.write(`id: ${seen}\nevent: hello\ndata: {}\n\n`)
    while (stream.open) {
      const { events, upTo } = await eventsAfter(this.#store.db, seen)
      stream.write(events.map(textOf).join(''))
      seen = upTo
      if (events.length === 0 && (this.#head === undefined || this.#head <= seen)) break
    }
    if (!stream.open) return
    this.#head ??= seen
    this.#clients.set(stream, seen)
    // What was committed while the last look was under way.
    this.#wake()
  }

  close(): void {
    this.#unlisten()
    clearTimeout(this.#timer)
    for (const client of [...this.#clients.keys()]) client.close()
  }

  #changed({ issues, hosts }: Changes): void {
    if (this.#clients.size === 0) return
    for (const host of hosts) if (this.#hosts.size < MAX_HOSTS) this.#hosts.add(host)
    if (issues || hosts.size > 0) this.#wake()
  }

  #wake(): void {
    if (this.#telling) this.#again = true
    else this.#timer ??= setTimeout(() => void this.#tell(), GATHER_MS)
  }

  async #tell(): Promise<void> {
    this.#timer = undefined
    this.#telling = true
    const hosts = [...this.#hosts]
    this.#hosts = new Set()
    try {
      if (this.#head === undefined) return
      const told = await eventsAfter(this.#store.db, this.#head)
      const rows =
        hosts.length === 0
          ? []
          : await this.#store.db.selectFrom('hosts').selectAll().where('id', 'in', hosts).execute()
      const all: SentEvent[] = [...told.events, ...rows.map(row => ({ event: 'host', data: hostOf(row) }))]
      const sent = all.map(each => ({ id: each.id, text: textOf(each) }))
      if (this.#head !== undefined) this.#head = told.upTo
      for (const [client, seen] of this.#clients) {
        client.write(sent.flatMap(({ id, text }) => (id === undefined || id > seen ? [text] : [])).join(''))
      }
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#telling = false
      if (this.#again) {
        this.#again = false
        this.#wake()
      }
    }
  }
}
