// Keeps exceptions whatever the disk does. An oops may be the very reason why the disk went read-only, so a bundle that
// the spool refuses goes to a second one in memory (/run), which outlives the agent, and moves over when the spool takes
// it. When both refuse, it waits in the agent, within bounds, and what had to be given up is counted.

import { Collections, type CollectSettings } from '../collectors/collections.ts'
import { type Host, nodeHost } from '../host.ts'
import type { Draft } from './bundle.ts'
import { SpoolError } from './problem.ts'
import type { Limits } from './retention.ts'
import { Spool } from './spool.ts'

/** The second spool is in memory: a machine in trouble needs that. */
const elsewhereLimits: Limits = { maxSize: 32 * 1024 * 1024, maxCount: 200, maxAge: 0, keepFree: 0 }

/** What waits in the agent when nothing takes it. */
const MAX_HELD = 64
const MAX_HELD_BYTES = 16 * 1024 * 1024

/** Between two tries, doubling. */
const RETRY_MIN_MS = 1000
const RETRY_MAX_MS = 60_000

export interface KeeperOptions {
  /** the spool's folder */
  path: string
  /** the second spool's, in memory */
  elsewhere: string
  limits: Limits
  collect: CollectSettings | undefined
  host?: Host
  /** told once for each change: what fails, and that it works again */
  say: (message: string) => void
}

export interface Kept {
  name: string
  path: string
  /** the spool, or the second one, from which it moves later */
  where: 'spool' | 'elsewhere'
}

export interface KeeperStats {
  [name: string]: number
  kept: number
  keptElsewhere: number
  /** moved from the second spool into the first */
  moved: number
  /** waiting in the agent now */
  held: number
  /** given up: nothing took them and there was no more room to wait */
  dropped: number
  collections: number
  collectionsSpared: number
}

interface Held {
  draft: Draft
  bytes: number
  resolve: (kept: Kept) => void
  reject: (error: unknown) => void
}

export class Keeper {
  readonly #options: KeeperOptions
  readonly #host: Host
  #spool: Spool | undefined
  #elsewhere: Spool | undefined
  readonly #collections: Collections | undefined
  readonly #held: Held[] = []
  #turn: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #delayMs = RETRY_MIN_MS
  #trouble: string | undefined
  #closed = false
  readonly #stats: KeeperStats = {
    kept: 0,
    keptElsewhere: 0,
    moved: 0,
    held: 0,
    dropped: 0,
    collections: 0,
    collectionsSpared: 0,
  }

  private constructor(options: KeeperOptions) {
    this.#options = options
    this.#host = options.host ?? nodeHost
    this.#collections = options.collect && new Collections(options.collect, this.#host)
  }

  /** Throws SpoolError HELD or INSECURE; a spool that cannot be used for other reasons is tried again later. */
  static async open(options: KeeperOptions): Promise<Keeper> {
    const keeper = new Keeper(options)
    await keeper.#try()
    return keeper
  }

  /** The spool, while it can be used: for readers and for evidence that comes later. */
  get spool(): Spool | undefined {
    return this.#spool
  }

  /** Resolves when it is durable; rejects with SpoolError DROPPED when it had to be given up, or CLOSED. */
  keep(draft: Draft): Promise<Kept> {
    return new Promise((resolve, reject) => {
      const bytes = draft.excerpt.length + (draft.context?.length ?? 0) + draft.report.text.length
      this.#held.push({ draft, bytes, resolve, reject })
      this.#bound()
      void this.#drain()
    })
  }

  stats(): KeeperStats {
    const { done = 0, spared = 0 } = this.#collections?.stats() ?? {}
    return { ...this.#stats, held: this.#held.length, collections: done, collectionsSpared: spared }
  }

  /** Collections are ended, and what still waits is tried once more. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#drain()
    await this.#collections?.close()
    for (const { reject } of this.#held.splice(0)) {
      this.#stats.dropped++
      reject(new SpoolError('CLOSED', 'the agent ended while no spool took the bundle.'))
    }
    await Promise.all([this.#spool?.close(), this.#elsewhere?.close()])
  }

  #drain(): Promise<unknown> {
    this.#turn = this.#turn.then(async () => {
      while (this.#held.length > 0) {
        const held = this.#held[0]!
        try {
          const kept = await this.#keep(held.draft)
          if (kept === undefined) break
          held.resolve(kept)
        } catch (error) {
          // A fault of ours, in this one: it must not hold up those behind it.
          this.#stats.dropped++
          held.reject(error)
        }
        this.#held.shift()
      }
    })
    return this.#turn
  }

  async #keep(draft: Draft): Promise<Kept | undefined> {
    const spared = this.#collections?.instead(draft.report)
    const noted = spared === undefined ? draft : { ...draft, origin: { ...draft.origin, collectedIn: spared } }
    const here = await this.#write(() => this.#spool ?? this.#openSpool(), noted)
    if (here !== undefined) {
      this.#stats.kept++
      this.#works()
      this.#collect(this.#spool!, here.name, draft, spared)
      return { ...here, where: 'spool' }
    }
    this.#later()
    const there = await this.#write(() => this.#elsewhere ?? this.#openElsewhere(), noted)
    if (there === undefined) return undefined
    this.#stats.keptElsewhere++
    this.#collect(this.#elsewhere!, there.name, draft, spared)
    return { ...there, where: 'elsewhere' }
  }

  #collect(spool: Spool, name: string, { report }: Draft, spared: string | undefined): void {
    if (spared === undefined) this.#collections?.begin(spool, name, report, this.#options.say)
  }

  async #write(open: () => Spool | Promise<Spool>, draft: Draft): Promise<{ name: string; path: string } | undefined> {
    try {
      return await (await open()).write(draft)
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error
      this.#fails(error.message)
      return undefined
    }
  }

  async #openSpool(): Promise<Spool> {
    this.#spool = await Spool.open(this.#options.path, { limits: this.#options.limits, host: this.#host })
    const { completed, salvaged } = this.#spool.leftovers
    for (const name of completed) this.#options.say(`${name}: its writer was killed before it was named; it is whole`)
    for (const name of salvaged) this.#options.say(`${name}: made from what a killed writer left`)
    return this.#spool
  }

  async #openElsewhere(): Promise<Spool> {
    this.#elsewhere = await Spool.open(this.#options.elsewhere, { limits: elsewhereLimits, host: this.#host })
    return this.#elsewhere
  }

  /** The spool is tried: what waits goes into it, what is in the second one moves over. */
  async #try(): Promise<void> {
    try {
      await (this.#spool ?? this.#openSpool())
      await this.#move()
    } catch (error) {
      if (!(error instanceof SpoolError) || ['HELD', 'INSECURE'].includes(error.code)) throw error
      this.#fails(error.message)
      this.#later()
    }
  }

  async #move(): Promise<void> {
    const elsewhere = this.#elsewhere ?? (await this.#existingElsewhere())
    for (const { name } of (await elsewhere?.list()) ?? []) {
      await this.#collections?.idle()
      await this.#spool!.adopt(elsewhere!, name)
      await elsewhere!.remove([name])
      this.#stats.moved++
      this.#works()
    }
  }

  /** One that an agent before us left; none is made here. */
  async #existingElsewhere(): Promise<Spool | undefined> {
    const there = await this.#host.files.lstat(this.#options.elsewhere).catch(() => undefined)
    return there?.kind === 'folder' ? this.#openElsewhere() : undefined
  }

  #fails(message: string): void {
    if (this.#trouble === undefined) this.#options.say(message)
    this.#trouble = message
  }

  #works(): void {
    if (this.#trouble !== undefined) this.#options.say(`${this.#options.path} works again`)
    this.#trouble = undefined
    this.#delayMs = RETRY_MIN_MS
  }

  #later(): void {
    if (this.#closed || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#turn = this.#turn.then(() => this.#try()).catch((error: unknown) => this.#options.say(String(error)))
      void this.#drain()
    }, this.#delayMs)
    this.#timer.unref()
    this.#delayMs = Math.min(this.#delayMs * 2, RETRY_MAX_MS)
  }

  /** When too much waits, the oldest that is not fatal is given up; the fatal ones only when nothing else is left. */
  #bound(): void {
    const bytes = (): number => this.#held.reduce((sum, held) => sum + held.bytes, 0)
    while (this.#held.length > 1 && (this.#held.length > MAX_HELD || bytes() > MAX_HELD_BYTES)) {
      // The first one may be on its way to the disk just now.
      const common = this.#held.findIndex(({ draft }, index) => index > 0 && !draft.report.fatal)
      const [given] = this.#held.splice(common > 0 ? common : 1, 1)
      this.#stats.dropped++
      given!.reject(new SpoolError('DROPPED', 'no spool takes bundles, and no more can wait in memory.'))
    }
  }
}
