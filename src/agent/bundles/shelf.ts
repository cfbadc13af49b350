// How full the spool may get: weighs its bundles and removes what is over the limits.

import { parseBundleName } from '../../node/bundles/names.ts'
import type { Host } from '../host.ts'
import { isoTime } from './files-of.ts'
import type { Folder } from './folder.ts'
import type { LockWay } from './lock.ts'
import { bundleNames } from './open.ts'
import { codeOf, SpoolError } from './problem.ts'
import { removeBundles, weigh, whileRemoving } from './remove.ts'
import type { Removal, RemovalReason } from './removed.ts'
import { type Limits, type Victim, victims, victimsForRoom, type Weighed } from './retention.ts'
import { SteadyClock } from './steady-clock.ts'

/** How long another who removes is waited for: a person's command, and the agent where it can as well come back later. */
const WAIT_MS = 5000

/** A full disk needs the room for the files' blocks and for names, journal and all that comes with them. */
const ROOM_FACTOR = 2
const ROOM_BYTES = 256 * 1024

export class Shelf {
  readonly #host: Host
  readonly #limits: Limits | undefined
  readonly #ways: readonly LockWay[] | undefined
  readonly #clock: SteadyClock
  /** bundles that were removed since it was opened */
  removed = 0
  readonly #weighed = new Map<string, Weighed>()

  constructor(host: Host, limits: Limits | undefined, ways: readonly LockWay[] | undefined) {
    this.#host = host
    this.#limits = limits
    this.#ways = ways
    this.#clock = new SteadyClock(host)
  }

  /** Its size is not what it was. */
  changed(name: string): void {
    this.#weighed.delete(name)
  }

  forget(): void {
    this.#weighed.clear()
  }

  /** Weighs what is new, so that hold() has it at hand; only where there are limits to hold. */
  async weighAll(spool: Folder): Promise<void> {
    if (this.#limits !== undefined) await this.#weigh(spool)
  }

  /** Holds the limits of the agent; another who removes just now is not waited for. */
  async hold(spool: Folder): Promise<Removal[]> {
    const limits = this.#limits
    if (limits === undefined) return []
    return this.#remove(spool, 0, bundles => this.#over(spool, bundles, limits, this.#clock.now()))
  }

  /** Holds these limits, by someone who knows what time it is. */
  prune(spool: Folder, limits: Limits): Promise<Removal[]> {
    return this.#remove(spool, WAIT_MS, bundles => this.#over(spool, bundles, limits, this.#host.now()))
  }

  remove(spool: Folder, names: readonly string[], reason: RemovalReason): Promise<Removal[]> {
    return this.#remove(spool, WAIT_MS, async bundles => named(bundles, names, reason))
  }

  async wouldPrune(spool: Folder, limits: Limits): Promise<Removal[]> {
    return this.#planned(await this.#over(spool, await this.#weigh(spool), limits, this.#host.now()))
  }

  async wouldRemove(spool: Folder, names: readonly string[]): Promise<Removal[]> {
    return this.#planned(named(await this.#weigh(spool), names, 'asked'))
  }

  #planned(gone: readonly Victim[]): Removal[] {
    const at = isoTime(this.#host.now())
    return gone.map(({ name, reason, fatal, sizeBytes }) => ({ name, at, reason, fatal, sizeBytes }))
  }

  /** Does `task`; on a full disk makes room by the oldest bundles and tries once more. */
  async withRoom<T>(spool: Folder, bytes: number, task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT'].includes(codeOf(error))) throw error
      const needed = bytes * ROOM_FACTOR + ROOM_BYTES
      const removed = await this.#remove(spool, WAIT_MS, async bundles => victimsForRoom(bundles, needed))
      if (removed.length === 0) throw error
      return await task()
    }
  }

  alone<T>(spool: Folder, task: () => Promise<T>): Promise<T> {
    return whileRemoving(spool, WAIT_MS, this.#ways, task)
  }

  async #over(spool: Folder, bundles: Weighed[], limits: Limits, now: number | undefined): Promise<Victim[]> {
    const { freeBytes } = await spool.space()
    return victims(bundles, limits, { freeBytes, now })
  }

  async #remove(spool: Folder, waitMs: number, choose: (bundles: Weighed[]) => Promise<Victim[]>): Promise<Removal[]> {
    const gone = await choose(await this.#weigh(spool))
    if (gone.length === 0) return []
    try {
      const removals = await whileRemoving(spool, waitMs, this.#ways, () =>
        removeBundles(spool, gone, this.#host.now()),
      )
      for (const { name } of gone) this.#weighed.delete(name)
      this.removed += removals.length
      return removals
    } catch (error) {
      if (waitMs === 0 && error instanceof SpoolError && error.code === 'HELD') return []
      throw error
    }
  }

  async #weigh(spool: Folder): Promise<Weighed[]> {
    const names = await spool.list()
    const there = new Set(names)
    for (const name of this.#weighed.keys()) if (!there.has(name)) this.#weighed.delete(name)
    for (const bundle of bundleNames(names)) {
      if (this.#weighed.has(bundle.name)) continue
      const weighed = await weigh(spool, bundle)
      if (weighed !== undefined) this.#weighed.set(bundle.name, weighed)
    }
    return [...this.#weighed.values()].filter(({ name }) => parseBundleName(name) !== undefined)
  }
}

const named = (bundles: readonly Weighed[], names: readonly string[], reason: RemovalReason): Victim[] =>
  bundles.filter(({ name }) => names.includes(name)).map(bundle => ({ ...bundle, reason }))
