// A second place for bundles. An oops may be the very reason why the disk went read-only, so a bundle that the spool
// refuses goes into one in memory (/run), which outlives the agent if not the boot, and moves over when the spool takes it.
// Behind each bundle the state of the machine is collected, where there was not just such a collection.

import { Collections, type CollectSettings } from '../collectors/collections.ts'
import { type Host, nodeHost } from '../host.ts'
import type { Draft, Evidence } from './bundle.ts'
import { SpoolError } from './problem.ts'
import type { Limits } from './retention.ts'
import { Spool } from './spool.ts'

/** It is memory that a machine in trouble needs for other things too. */
const elsewhereLimits: Limits = { maxSize: 32 * 1024 * 1024, maxCount: 200, maxAge: 0, keepFree: 0 }

/** Between two tries to move what is there, doubling. */
const RETRY_MIN_MS = 1000
const RETRY_MAX_MS = 60_000

export interface HavenOptions {
  /** the spool; may be asked again and again while it cannot be opened, and then rejects with SpoolError */
  main: () => Promise<Spool>
  /** folder of the second one, in memory */
  elsewhere: string
  /** undefined: nothing is collected */
  collect: CollectSettings | undefined
  /** of this machine now: the state of the machine goes with what it says itself */
  bootId?: string
  /** done before each collection */
  beforeCollection?: () => Promise<void>
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

/** What another place would not mend. */
const final: readonly string[] = ['HELD', 'INSECURE']

export class Haven {
  readonly #options: HavenOptions
  readonly #host: Host
  readonly #collections: Collections | undefined
  #main: Spool | undefined
  #elsewhere: Spool | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #delayMs = RETRY_MIN_MS
  #trouble = false
  #closed = false
  readonly #counts = { kept: 0, keptElsewhere: 0, moved: 0 }

  constructor(options: HavenOptions) {
    this.#options = options
    this.#host = options.host ?? nodeHost
    const { collect: settings, bootId, beforeCollection } = options
    if (settings === undefined) return
    const before = beforeCollection && { before: beforeCollection }
    this.#collections = new Collections({ settings, bootId, host: this.#host, ...before })
  }

  /** Durable when it resolves, in the spool or beside it; throws SpoolError, that of the spool, where neither takes it. */
  write(draft: Draft): Promise<Kept> {
    return this.#inTurn(() => this.#write(draft))
  }

  /** To a bundle in whichever of the two it is. Throws SpoolError. */
  attach(name: string, evidence: Evidence): Promise<{ path: string }> {
    return this.#inTurn(async () => {
      const spool = await this.#options.main()
      try {
        return await spool.attach(name, evidence)
      } catch (error) {
        const there = (await this.#elsewhere?.list())?.some(each => each.name === name)
        if (!there || !(error instanceof SpoolError)) throw error
        return this.#elsewhere!.attach(name, evidence)
      }
    })
  }

  /** Moves what is in the second place into the spool, also what an agent before this one left there. */
  async resume(): Promise<void> {
    await this.#inTurn(() => this.#move())
  }

  stats(): Record<string, number> {
    const { done = 0, spared = 0 } = this.#collections?.stats() ?? {}
    const removed = this.#main?.removed ?? 0
    return { ...this.#counts, removed, collections: done, collectionsSpared: spared }
  }

  /** Ends collections; what they have printed is kept. The spool itself belongs to whoever opened it. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#turn
    await this.#collections?.close()
    await this.#elsewhere?.close()
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task)
    this.#turn = done.catch(() => {})
    return done
  }

  async #write(draft: Draft): Promise<Kept> {
    const spared = this.#collections?.instead(draft)
    const noted = spared === undefined ? draft : { ...draft, origin: { ...draft.origin, collectedIn: spared } }
    const collect = (spool: Spool, name: string): void => {
      if (spared === undefined) this.#collections?.begin(spool, name, draft, this.#options.say)
    }
    try {
      const spool = await this.#options.main()
      this.#main = spool
      const kept = await spool.write(noted)
      this.#counts.kept++
      this.#works(spool)
      collect(spool, kept.name)
      return { ...kept, where: 'spool' }
    } catch (error) {
      if (!(error instanceof SpoolError) || final.includes(error.code)) throw error
      this.#fails(error)
      const elsewhere = await this.#openElsewhere().catch(() => undefined)
      const kept = await elsewhere?.write(noted).catch(() => undefined)
      if (kept === undefined) throw error
      this.#counts.keptElsewhere++
      collect(elsewhere!, kept.name)
      this.#later()
      return { ...kept, where: 'elsewhere' }
    }
  }

  async #openElsewhere(): Promise<Spool> {
    this.#elsewhere ??= await Spool.open(this.#options.elsewhere, { limits: elsewhereLimits, host: this.#host })
    return this.#elsewhere
  }

  async #move(): Promise<void> {
    try {
      const elsewhere = this.#elsewhere ?? (await this.#left())
      for (const { name } of (await elsewhere?.list()) ?? []) {
        // What is collected into just now moves next time: nothing waits for that.
        if (this.#collections?.isBusyWith(`${elsewhere!.path}/${name}`)) {
          this.#later()
          continue
        }
        const spool = await this.#options.main()
        await spool.adopt(elsewhere!, name)
        await elsewhere!.remove([name])
        this.#counts.moved++
        this.#works(spool)
      }
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error
      this.#fails(error)
      this.#later()
    }
  }

  /** The second place of an agent before this one; none is made here. */
  async #left(): Promise<Spool | undefined> {
    const there = await this.#host.files.lstat(this.#options.elsewhere).catch(() => undefined)
    return there?.kind === 'folder' ? this.#openElsewhere() : undefined
  }

  #fails({ message }: SpoolError): void {
    if (!this.#trouble) this.#options.say(message)
    this.#trouble = true
  }

  #works({ path }: Spool): void {
    if (this.#trouble) this.#options.say(`${path} works again`)
    this.#trouble = false
    this.#delayMs = RETRY_MIN_MS
  }

  #later(): void {
    if (this.#closed || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.resume().catch((error: unknown) => this.#options.say(String(error)))
    }, this.#delayMs)
    this.#timer.unref()
    this.#delayMs = Math.min(this.#delayMs * 2, RETRY_MAX_MS)
  }
}
