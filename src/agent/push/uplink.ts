// All that goes to one server: bundles as they come, the kernel's log as it is printed, and what the machine is.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Facts } from './facts.ts'
import { LogSender, type LogStatus } from './log-sender.ts'
import { Pusher, type PusherOptions, type PushStatus } from './pusher.ts'
import { ask, PushError, retrying } from './server.ts'
import type { PushState } from './state.ts'

export interface UplinkOptions extends PusherOptions {
  bootId: string
  /** undefined: this host's log is not for the server */
  log: boolean
  facts(signal: AbortSignal): Promise<Facts>
}

export interface UplinkStatus extends PushStatus {
  log?: LogStatus
}

/** Settings change, and with them what would be lost. */
const FACTS_MS = 24 * 60 * 60 * 1000
/** The harvest of what the last boot left comes first. */
const FIRST_FACTS_MS = 3000

export class Uplink {
  readonly #options: UplinkOptions
  readonly #pusher: Pusher
  readonly #ending = new AbortController()
  #log: LogSender | undefined
  #state: PushState | undefined
  #facts: Promise<void> | undefined
  #changing: Promise<void> = Promise.resolve()

  constructor(options: UplinkOptions) {
    this.#options = options
    this.#pusher = new Pusher({ ...options, opened: state => this.#opened(state) })
  }

  soon(): void {
    this.#pusher.soon()
  }

  status(): UplinkStatus {
    const log = this.#log?.status()
    return { ...this.#pusher.status(), ...(log === undefined ? {} : { log }) }
  }

  async close(): Promise<void> {
    this.#ending.abort()
    await this.#pusher.close()
    await this.#changing
    await this.#log?.close()
    await this.#facts
  }

  /** The first time, and again with each pass; a new token makes all anew. */
  #opened(state: PushState): void {
    const before = this.#state
    this.#state = state
    if (before?.token === state.token) return
    this.#facts ??= this.#sendFacts()
    if (this.#options.log) this.#changing = this.#changing.then(() => this.#openLog(state))
  }

  async #openLog({ token }: PushState): Promise<void> {
    await this.#log?.close()
    if (this.#ending.signal.aborted) return
    const { server, data, tell, via, bootId } = this.#options
    this.#log = new LogSender({ url: server.url, token, bootId, data, tell, via })
  }

  async #sendFacts(): Promise<void> {
    const { signal } = this.#ending
    for (let wait = FIRST_FACTS_MS; ; wait = FACTS_MS) {
      await sleep(wait, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      try {
        const body = JSON.stringify(await this.#options.facts(signal))
        await retrying(
          () => this.#post(body),
          Number.POSITIVE_INFINITY,
          () => {},
          signal,
        )
      } catch (error) {
        if (signal.aborted) return
        const why = error instanceof PushError ? error.message : String(error)
        this.#options.tell(`what this machine is could not be told: ${why}`)
      }
    }
  }

  #post(body: string): Promise<unknown> {
    const { server, via } = this.#options
    const headers = { authorization: `Bearer ${this.#state?.token}`, 'content-type': 'application/json' }
    return ask(new URL('/api/v1/facts', server.url), { method: 'POST', headers, body }, this.#ending.signal, via)
  }
}
