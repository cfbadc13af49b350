// Decides for which exceptions the state of the machine is collected, and does it, one collection after the other, behind
// the bundle that is already durable.

import type { Report } from '../../core/model.ts'
import type { Draft } from '../bundles/bundle.ts'
import { spoolError } from '../bundles/problem.ts'
import type { Spool } from '../bundles/spool.ts'
import type { Config } from '../config/keys.ts'
import type { Host } from '../host.ts'
import { collect } from './collection.ts'
import { findCollectors } from './found.ts'
import { builtInCollectors } from './index.ts'
import { Throttle } from './throttle.ts'

export type CollectSettings = Config['collect']

/** What says nothing of the kernel's state, or happens on every shutdown. */
const spareSeverities: readonly string[] = ['notice', 'user']

/** Ended collectors are waited for so long when the agent ends. */
const CLOSE_MS = 5000

export interface CollectionsOptions {
  settings: CollectSettings
  /** Of this machine now: what another machine or an earlier boot said is not collected for. undefined: for all. */
  bootId: string | undefined
  host: Host
  /** done before each collection */
  before?: () => Promise<void>
}

export class Collections {
  readonly #settings: CollectSettings
  readonly #bootId: string | undefined
  readonly #before: (() => Promise<void>) | undefined
  readonly #host: Host
  readonly #throttle: Throttle
  readonly #abort = new AbortController()
  #turn: Promise<unknown> = Promise.resolve()
  readonly #waiting = new Set<string>()
  #done = 0
  #spared = 0

  constructor({ settings, bootId, host, before }: CollectionsOptions) {
    this.#settings = settings
    this.#bootId = bootId
    this.#before = before
    this.#host = host
    this.#throttle = new Throttle({ any: settings.interval, same: settings.sameInterval })
  }

  /** The bundle whose collection must do for this exception; undefined: begin() one. */
  instead({ report, origin }: Pick<Draft, 'report' | 'origin'>): string | undefined {
    if (!this.#wanted(report, origin)) return undefined
    const bundle = this.#throttle.instead(report.fingerprint, this.#host.monotonic())
    if (bundle !== undefined) this.#spared++
    return bundle
  }

  /** Collects for a bundle that is written, behind those that are under way; never throws. */
  begin(spool: Spool, name: string, draft: Pick<Draft, 'report' | 'origin'>, say: (message: string) => void): void {
    const { report } = draft
    if (!this.#wanted(report, draft.origin)) return
    this.#throttle.collected(report.fingerprint, name, this.#host.monotonic())
    const job = `${spool.path}/${name}`
    this.#waiting.add(job)
    this.#turn = this.#turn
      .then(() => this.#collect(spool, name, report))
      .finally(() => this.#waiting.delete(job))
      .catch((error: unknown) => {
        say(spoolError(`${name}: the state of the machine could not be collected`, error).message)
      })
  }

  /** A bundle, by its path, into which is collected now or soon. */
  isBusyWith(path: string): boolean {
    return this.#waiting.has(path)
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    await this.#turn
  }

  stats(): { done: number; spared: number } {
    return { done: this.#done, spared: this.#spared }
  }

  /** Ends what is under way; what was printed is kept. */
  async close(): Promise<void> {
    this.#abort.abort()
    await Promise.race([this.#turn, new Promise(resolve => setTimeout(resolve, CLOSE_MS).unref())])
  }

  #wanted({ severity }: Report, { bootId }: Draft['origin']): boolean {
    const here = this.#bootId === undefined || bootId === this.#bootId
    return here && this.#settings.enabled && !this.#abort.signal.aborted && !spareSeverities.includes(severity)
  }

  async #collect(spool: Spool, name: string, report: Report): Promise<void> {
    await this.#before?.()
    const { folder: folders, skip, timeout, maxOutput, maxTotal, concurrency } = this.#settings
    const found = await findCollectors(this.#host, folders)
    const collectors = [...builtInCollectors, ...found.collectors].filter(each => !skip.includes(each.name))
    const bundle = await spool.bundleFolder(name)
    try {
      // The bundle may be one that was written before the agent was stopped.
      if ((await bundle.list()).includes('collect')) return
      await collect({
        bundle,
        path: `${spool.path}/${name}`,
        collectors,
        refused: found.refused,
        limits: { timeoutMs: timeout, maxBytes: maxOutput, maxTotalBytes: maxTotal, concurrency },
        // Words of our own lists, a hash, a path of ours: nothing of what the kernel printed.
        environment: {
          FAULTLINE_BUNDLE: `${spool.path}/${name}`,
          FAULTLINE_KIND: report.kind,
          FAULTLINE_SEVERITY: report.severity,
          FAULTLINE_FINGERPRINT: /^[0-9a-zA-Z:_-]*$/.test(report.fingerprint) ? report.fingerprint : '',
        },
        host: this.#host,
        signal: this.#abort.signal,
      })
      spool.grown(name)
      this.#done++
    } finally {
      await bundle.close()
    }
  }
}
