// Sending as long as the agent runs: what the spool has, as it comes, to the server that the configuration names.

import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Spool } from '../bundles/spool.ts'
import type { Config } from '../config/keys.ts'
import { type PushEvent, pushBundles } from './push.ts'
import { enrolAt, PushError, retrying, type Via } from './server.ts'
import { type PushState, readState, stateFile, writeState } from './state.ts'

export interface PusherOptions {
  spool: Spool
  /** the data folder, which has the token */
  data: string
  server: Config['server'] & { url: string }
  tell(message: string): void
  /** the server takes what this host sends, by this state */
  opened?(state: PushState): void
  via?: Via | undefined
  /** for tests: between two passes while bundles come, and after a server that will not have this host */
  gatherMs?: number
  closedMs?: number
}

export interface PushStatus {
  url: string
  /** `away`: it is tried again; `closed`: it does not want this host, which is tried seldom */
  state: 'open' | 'away' | 'closed'
  /** bundles that the server has acknowledged since the agent began, and those that it refused */
  sent: number
  refused: number
}

/** Collections and evidence follow a bundle within moments: one pass for all of it. */
const GATHER_MS = 1000
const CLOSED_MS = 5 * 60 * 1000
/** What changes in the spool is told; this is for what others do in it. */
const LOOK_MS = 15 * 60 * 1000

export class Pusher {
  readonly #options: PusherOptions
  readonly #ending = new AbortController()
  readonly #running: Promise<void>
  readonly #status: PushStatus
  #wake: () => void = () => {}
  #asked = false
  #codeTried = false

  constructor(options: PusherOptions) {
    this.#options = options
    this.#status = { url: options.server.url, state: 'open', sent: 0, refused: 0 }
    this.#running = this.#run()
  }

  /** Something is in the spool that was not there. */
  soon(): void {
    this.#asked = true
    this.#wake()
  }

  status(): PushStatus {
    return { ...this.#status }
  }

  /** Ends what is under way; it is sent again by the next agent. */
  async close(): Promise<void> {
    this.#ending.abort()
    this.#wake()
    await this.#running
  }

  async #run(): Promise<void> {
    const { gatherMs = GATHER_MS, closedMs = CLOSED_MS } = this.#options
    const { signal } = this.#ending
    while (!signal.aborted) {
      this.#asked = false
      await this.#pass()
      // A server that is closed is not asked again because something new is there.
      if (this.#status.state === 'closed') await sleep(closedMs, undefined, { signal, ref: false }).catch(() => {})
      else {
        if (!this.#asked) await this.#asking(LOOK_MS)
        await sleep(gatherMs, undefined, { signal, ref: false }).catch(() => {})
      }
    }
  }

  async #asking(mostMs: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, mostMs).unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#ending.signal.aborted) this.#wake()
    })
    this.#wake = () => {}
  }

  async #pass(): Promise<void> {
    const { spool, data } = this.#options
    const { signal } = this.#ending
    try {
      const state = await this.#state()
      this.#options.opened?.(state)
      await pushBundles({
        spool,
        data,
        state,
        via: this.#options.via,
        tries: Number.POSITIVE_INFINITY,
        told: event => this.#told(event),
        signal,
      })
      this.#is('open')
    } catch (error) {
      if (signal.aborted) return
      this.#is('closed', error instanceof Error ? error.message : String(error))
    }
  }

  /** The token that is known, or one for the code. Throws PushError. */
  async #state(): Promise<PushState> {
    const { data, server } = this.#options
    const { url, code } = server
    const known = await readState(data)
    const same = known !== undefined && URL.parse(known.url)?.origin === URL.parse(url)?.origin
    // A token that the server takes no longer may have been replaced by a new code.
    if (same && (this.#status.state !== 'closed' || code === undefined || this.#codeTried)) return known
    if (code === undefined)
      throw new PushError('closed', `${stateFile(data)} has no token for ${url}: set Code= in [Server]`)
    const host = server.name ?? hostname()
    this.#codeTried = same
    const { signal } = this.#ending
    const enrol = () => enrolAt(url, code, host, signal, this.#options.via)
    const token = await retrying(enrol, Number.POSITIVE_INFINITY, error => this.#is('away', error.message), signal)
    const sent = same && known.host === host ? known.sent : {}
    const state: PushState = { schema: 'faultline.server/1', url, host, token, sent }
    await writeState(data, state)
    return state
  }

  #told(event: PushEvent): void {
    if (event.what === 'waiting') this.#is('away', event.why)
    else if (event.what === 'unreadable') this.#options.tell(`${event.bundle} is not sent: ${event.why}`)
    else {
      this.#is('open')
      if (event.what === 'refused') {
        this.#status.refused++
        this.#options.tell(`${event.bundle} is not taken by the server: ${event.why}`)
      } else this.#status.sent++
    }
  }

  #is(state: PushStatus['state'], why = ''): void {
    const before = this.#status.state
    this.#status.state = state
    if (state === before) return
    if (state === 'open') this.#options.tell(`${this.#status.url} takes bundles again`)
    else this.#options.tell(`${why}. Bundles wait in the spool until the server takes them.`)
  }
}
