// The kernel logs of machines without an agent, as this process hears them by netconsole and syslog. Nobody there waits for
// an answer: what was heard is in the store some half a second later, and at an orderly end.

import { setImmediate as turn } from 'node:timers/promises'
import type { LogRecord } from '../../../core/model.ts'
import { hostNameOf } from '../../issues/host-name.ts'
import type { Store } from '../../store/store.ts'
import { type HeardBounds, HeardHost } from './host.ts'
import { lastKeptOf } from './resume.ts'
import { type HeardWrite, type Hearer, type Ready, writeHeard } from './write.ts'

export interface HeardLogsOptions {
  store: Store
  /** for one line to who runs the server */
  say(message: string, error: unknown): void
  /** name of this server's machine */
  own: string
  /** its host, made where it is not there */
  hearer(): Promise<Hearer>
  /** the least severity that is kept, 0 (emerg) … 7 (debug) */
  level: number
  /** hosts whose log is kept, at most: anybody can send a datagram under any address */
  maxHosts?: number
}

const MAX_HOSTS = 10_000
/** What comes meanwhile is written together. */
const GATHER_MS = 500
/** Where so many hosts speak that writing takes long, others have the server for this many times as long. */
const REST = 3
const MAX_REST_MS = 5000
/** A store that does not take is asked again after so long, and twice as long each time, up to a minute. */
const RETRY_MS = 1000
const MAX_RETRY_MS = 60_000
/** Hosts of one transaction: nobody waits longer for it than some hundredths of a second. */
const HOSTS_AT_ONCE = 200
/** Whether hosts were removed is looked up this seldom when there is no room for another. */
const ROOM_MS = 60_000

const plainName = /^[\w.:-]{1,253}$/

export class HeardLogs {
  readonly #options: HeardLogsOptions
  readonly #maxHosts: number
  readonly #bounds: HeardBounds
  readonly #hosts = new Map<string, HeardHost>()
  /** ids of hosts that the store had, by name */
  #known = new Map<string, string>()
  #roomAt = 0
  #strangers = 0
  #kept = 0
  #due: HeardHost[] = []
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #failures = 0
  #closing = false

  private constructor(options: HeardLogsOptions) {
    this.#options = options
    this.#maxHosts = options.maxHosts ?? MAX_HOSTS
    this.#bounds = { bytes: 0, dropped: 0, level: options.level }
  }

  static async open(options: HeardLogsOptions): Promise<HeardLogs> {
    const logs = new HeardLogs(options)
    await logs.#learn()
    return logs
  }

  /** Never throws, never waits. */
  take(record: LogRecord): void {
    const { host: raw } = record
    if (raw === undefined) return
    const host = this.#hosts.get(raw) ?? this.#meet(raw)
    if (host === undefined) {
      this.#strangers++
      return
    }
    host.take(record, Date.now())
    if (host.listed) return
    host.listed = true
    this.#due.push(host)
    this.#soon(GATHER_MS)
  }

  /** The boot that a host was in at that time, ms since 1970; undefined where that is not known. */
  bootOf(host: string, at: number): string | undefined {
    return this.#hosts.get(host)?.bootAt(at)
  }

  /** Records: in the store; without room in memory; of hosts beyond the bound of hosts. */
  counts(): { kept: number; dropped: number; strangers: number } {
    return { kept: this.#kept, dropped: this.#bounds.dropped, strangers: this.#strangers }
  }

  /** What was heard is in the store, or cannot be. */
  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#timer)
    await this.#running
    if (this.#due.length > 0) await this.#run()
    if (this.#due.length > 0)
      this.#options.say(`what ${this.#due.length} hosts said last is not in the store`, undefined)
  }

  #meet(raw: string): HeardHost | undefined {
    const name = plainName.test(raw) ? raw : hostNameOf(raw)
    if (name === '') return undefined
    const met = this.#hosts.get(name)
    if (met !== undefined) return met
    if (!this.#known.has(name) && !this.#hasRoom()) return undefined
    const host = new HeardHost(name, this.#bounds)
    host.id = this.#known.get(name)
    this.#known.delete(name)
    this.#hosts.set(name, host)
    // The store has nothing of it.
    if (host.id === undefined && name !== this.#options.own) host.begin(undefined)
    return host
  }

  #hasRoom(): boolean {
    if (this.#hosts.size + this.#known.size < this.#maxHosts) return true
    if (this.#strangers === 0)
      this.#options.say(`${this.#maxHosts} hosts are heard: logs of others are not kept`, undefined)
    if (performance.now() - this.#roomAt > ROOM_MS) void this.#learn().catch(() => {})
    return false
  }

  /** Which hosts there are: their logs go on, whoever else speaks. */
  async #learn(): Promise<void> {
    this.#roomAt = performance.now()
    const { store, own } = this.#options
    const self = store.db.selectFrom('hosts').select('id').where('via', '=', '').where('name', '=', own)
    const heard = store.db.selectFrom('hosts').select(['id', 'name']).where('via', 'in', self)
    const rows = await heard.orderBy('id').limit(this.#maxHosts).execute()
    const there = new Set(rows.map(({ id }) => id))
    for (const [name, host] of this.#hosts)
      if (host.id !== undefined && !there.has(host.id) && !host.listed) this.#hosts.delete(name)
    this.#known = new Map(rows.flatMap(({ id, name }) => (this.#hosts.has(name) ? [] : [[name, id]])))
  }

  #soon(ms: number): void {
    if (this.#running !== undefined || this.#closing) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const began = performance.now()
      this.#running = this.#run().finally(() => {
        this.#running = undefined
        if (this.#due.length === 0) return
        const rest = Math.min(MAX_REST_MS, Math.max(GATHER_MS, REST * (performance.now() - began)))
        this.#soon(this.#failures === 0 ? rest : Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** (this.#failures - 1)))
      })
    }, ms)
  }

  async #run(): Promise<void> {
    const due = this.#due
    this.#due = []
    for (const host of due) host.listed = false
    for (let from = 0; from < due.length; from += HOSTS_AT_ONCE) {
      const hosts = due.slice(from, from + HOSTS_AT_ONCE)
      try {
        await this.#begin(hosts)
        await this.#write(hosts)
        this.#failures = 0
      } catch (error) {
        if (this.#failures++ === 0) this.#options.say('logs of hosts that are heard wait in memory', error)
        for (const host of due.slice(from)) this.#again(host)
        return
      }
      await turn()
    }
  }

  #again(host: HeardHost): void {
    if (host.listed) return
    host.listed = true
    this.#due.push(host)
  }

  /** Goes on where the store is, with those that it knows: others than this machine itself have an id by then. */
  async #begin(hosts: readonly HeardHost[]): Promise<void> {
    const { store, level } = this.#options
    for (const host of hosts) {
      if (host.placed) continue
      host.id ??= (await this.#options.hearer()).hostId
      host.begin(await lastKeptOf(store.db, host.id, level === 7))
    }
  }

  async #write(hosts: readonly HeardHost[]): Promise<void> {
    const { store, hearer } = this.#options
    const writes: HeardWrite[] = []
    for (const host of hosts) {
      const pieces: Ready[] = []
      for (const piece of host.pieces()) pieces.push({ ...piece, chunk: await piece.chunk })
      if (pieces.length > 0) writes.push({ host, pieces })
    }
    if (writes.length === 0) return
    const self = await hearer()
    const now = Date.now()
    const { ids, released, told } = await store.write(tx => writeHeard(tx, self, writes, now))
    for (const host of told) host.toldAt = now
    for (const boot of released) boot.releaseWritten = true
    for (const [index, { host, pieces }] of writes.entries()) {
      host.id = ids[index]!
      for (const { boot, chunk } of pieces) {
        boot.written = true
        this.#kept += chunk.row.records
      }
      host.written(pieces.length)
    }
  }
}
