// What kernels and syslog daemons send to a server by themselves, without an agent: the agent's own sources, decoders and
// spool, in the server's process. Each exception is durable in a spool of its own first, then in the store, then gone
// from the spool; what a killed server left there is taken in when it starts again.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { copyOf } from '../agent/bundles/copy.ts'
import { SpoolError } from '../agent/bundles/problem.ts'
import type { Spool } from '../agent/bundles/spool.ts'
import { readConfig } from '../agent/config/read.ts'
import { messageOf } from '../agent/sources/source.ts'
import type { Status } from '../agent/watch/status.ts'
import { Watch } from '../agent/watch/watch.ts'
import type { LogRecord } from '../core/model.ts'
import type { BundleCopy } from '../node/bundles/bundle.ts'

export interface ReceiverOptions {
  /** sources as `faultline watch --source` names them */
  sources: readonly string[]
  /** where what is not in the store yet is kept */
  data: string
  version: string
  /** Resolves when it is durable. Throws where it cannot be taken now; `refused` where it never will be. */
  take(name: string, copy: BundleCopy): Promise<void>
  refused(error: unknown): boolean
  /** what a machine says, all of it */
  heard?(record: LogRecord): void
  /** one line for who runs the server */
  tell(message: string): void
}

export interface Receiver {
  status(): Status
  /** for metrics */
  counts(): { source: string; records: number; lost: number; dropped: number }[]
  close(): Promise<void>
}

/** A store that does not take is asked again after so long, ms, each time after twice as long, up to the second. */
const LEAST_RETRY_MS = 500
const MOST_RETRY_MS = 60_000

/** Throws SourceError where none of the sources can be opened, SpoolError where the spool is another's. */
export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { sources, data, version, tell } = options
  const { config } = readConfig({
    files: [],
    overrides: {
      'Watch.Source': [...sources],
      'Watch.Runtime': join(data, 'run'),
      'Spool.Data': data,
      'Watch.MaxSenders': '2048',
      'Collect.Enabled': 'no',
    },
  })
  const passing = new Passing(options)
  const watch = await Watch.start({
    config,
    version,
    bootId: '',
    tell,
    ended: problem => {
      if (problem !== undefined) tell(problem)
    },
    ready: spool => passing.begin(spool),
    bundled: () => passing.look(),
    ...(options.heard === undefined ? {} : { heard: options.heard }),
  })
  return {
    status: () => watch.status(),
    counts: () =>
      watch.status().sources.map(({ source, records, lost, stats }) => ({
        // Where it listens is no part of what it is.
        source: source.split(':')[0] ?? source,
        records,
        lost,
        dropped: stats['dropped'] ?? 0,
      })),
    close: async () => {
      await watch.stop()
      await passing.close()
    },
  }
}

/** One bundle after the other, the oldest first, out of the spool into the store. */
class Passing {
  readonly #options: ReceiverOptions
  #spool: Spool | undefined
  #again = false
  #running: Promise<void> | undefined
  readonly #ending = new AbortController()

  constructor(options: ReceiverOptions) {
    this.#options = options
  }

  begin(spool: Spool): void {
    this.#spool = spool
    this.look()
  }

  /** There may be something. */
  look(): void {
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#again && !this.#ending.signal.aborted) this.look()
    })
  }

  /** What is not in the store by then stays in the spool. */
  async close(): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    let pauseMs = LEAST_RETRY_MS
    while (this.#again && !signal.aborted) {
      this.#again = false
      try {
        await this.#pass()
        pauseMs = LEAST_RETRY_MS
      } catch (error) {
        this.#options.tell(`what was received waits in ${this.#spool?.path}: ${messageOf(error)}`)
        this.#again = true
        await sleep(pauseMs, undefined, { signal }).catch(() => {})
        pauseMs = Math.min(MOST_RETRY_MS, pauseMs * 2)
      }
    }
  }

  async #pass(): Promise<void> {
    const spool = this.#spool
    if (spool === undefined) return
    for (const { name } of await spool.list()) {
      if (this.#ending.signal.aborted) return
      const copy = await this.#copied(spool, name)
      if (copy === undefined) continue
      try {
        await this.#options.take(name, copy)
      } catch (error) {
        if (!this.#options.refused(error)) throw error
        this.#options.tell(`${name} is not taken: ${messageOf(error)}`)
      }
      await spool.remove([name])
    }
  }

  async #copied(spool: Spool, name: string): Promise<BundleCopy | undefined> {
    try {
      return await copyOf(spool, name)
    } catch (error) {
      // A damaged one holds up no other; one that was removed is gone.
      if (!(error instanceof SpoolError)) throw error
      this.#options.tell(error.message)
      return undefined
    }
  }
}
