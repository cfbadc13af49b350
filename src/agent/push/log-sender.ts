// This machine's kernel log to the server, as it is printed: read by a reader of its own from the kernel's ring, from
// where the server is. The server says how far it has it, so nothing comes there twice and nothing is left out; what
// cannot be sent waits in log-outbox.ts.

import { setTimeout as sleep } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import { type KeptRecord, lineOfRecord } from '../../core/log/kept-record.ts'
import type { LogRecord } from '../../core/model.ts'
import { createPoller } from '../../node/poller.ts'
import { WallClock } from '../clock.ts'
import { kmsg } from '../sources/kmsg.ts'
import { type Capture, type CaptureSource, messageOf, type Sink } from '../sources/source.ts'
import { LogOutbox } from './log-outbox.ts'
import { ask, PushError, type Via, waitBefore } from './server.ts'

export interface LogSenderOptions {
  url: string
  token: string
  bootId: string
  /** the data folder, for what waits */
  data: string
  tell(message: string): void
  via?: Via | undefined
  /** for tests */
  source?: CaptureSource
  gatherMs?: number
  retryMs?: number
}

export interface LogStatus {
  state: 'open' | 'away' | 'blind'
  /** records that the server has acknowledged since the agent began */
  sent: number
  waiting: number
  /** pieces of the log that had to go while the server was away */
  dropped: number
}

/** A log that is watched is to be live, and a request for each record would be too many. */
const GATHER_MS = 500
/** Text of one request. */
const BATCH_BYTES = 512 * 1024
/** In memory, while the server is away; then it becomes a file. */
const SPILL_BYTES = 256 * 1024
/** … or so old. */
const SPILL_MS = 30_000
const MAX_RETRY_MS = 60_000
/** To send or keep what is there, when the agent ends. */
const LAST_MS = 3000

export class LogSender {
  readonly #options: LogSenderOptions
  readonly #outbox: LogOutbox
  readonly #ending = new AbortController()
  readonly #poller = createPoller()
  readonly #running: Promise<void>
  #capture: Capture | undefined
  #queue: KeptRecord[] = []
  #queuedBytes = 0
  #queuedAt = 0
  #wake: () => void = () => {}
  #state: LogStatus['state'] = 'open'
  #sent = 0
  /** all below it was sent or is on its way */
  #from: number | undefined

  constructor(options: LogSenderOptions) {
    this.#options = options
    this.#outbox = new LogOutbox(options.data)
    this.#running = this.#run()
  }

  status(): LogStatus {
    return { state: this.#state, sent: this.#sent, waiting: this.#queue.length, dropped: this.#outbox.dropped }
  }

  /** What is there is sent, or waits on the disk for the next agent. */
  async close(): Promise<void> {
    await this.#capture?.close()
    this.#ending.abort()
    this.#wake()
    await this.#running
    this.#poller.close()
    if (this.#queue.length === 0) return
    try {
      await this.#sendQueue(AbortSignal.timeout(LAST_MS))
    } catch {
      this.#spill()
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    const { gatherMs = GATHER_MS } = this.#options
    for (let tries = 0; !signal.aborted; ) {
      try {
        if (this.#capture === undefined) await this.#open(signal)
        await this.#sendFiles(signal)
        await this.#sendQueue(signal)
        if (this.#state === 'away') this.#options.tell(`${this.#options.url} takes the kernel's log again`)
        if (this.#state !== 'blind') this.#state = 'open'
        tries = 0
        if (this.#state === 'blind') await this.#pause(MAX_RETRY_MS)
        else {
          if (this.#queue.length === 0) await this.#pause(Number.POSITIVE_INFINITY)
          if (!signal.aborted) await sleep(gatherMs, undefined, { signal, ref: false }).catch(() => {})
        }
      } catch (error) {
        if (signal.aborted) return
        await this.#failed(error, tries++)
      }
    }
  }

  /** The ring from where the server is; what waits on the disk is behind that. */
  async #open(signal: AbortSignal): Promise<void> {
    const { bootId, url, source = kmsg, tell } = this.#options
    const waiting = this.#outbox.list().findLast(file => file.bootId === bootId)
    const { next } = (await this.#ask('GET', bootId, undefined, signal)) as { next?: unknown }
    const known = typeof next === 'number' ? next : undefined
    const from = waiting === undefined ? known : Math.max(known ?? 0, waiting.last + 1)
    const sink: Sink = {
      take: ({ records }) => this.#take(records),
      lost: () => {},
      trouble: tell,
      ended: () => {},
    }
    const host = { poller: this.#poller, clock: new WallClock(), bootId, maxSenders: 1 }
    try {
      this.#capture = await source.open('', sink, host, from === undefined ? undefined : { bootId, sequence: from })
      this.#from = known
    } catch (error) {
      if (this.#state !== 'blind') tell(`the kernel's log is not sent to ${url}: ${messageOf(error)}`)
      this.#state = 'blind'
    }
  }

  #take(records: readonly LogRecord[]): void {
    if (this.#queue.length === 0) this.#queuedAt = performance.now()
    for (const record of records) {
      const last = this.#queue.at(-1)
      // One printk of several lines is one record, of which the first line has the number.
      if (record.sequence === undefined) {
        if (last !== undefined) last.text += `\n${record.text}`
        continue
      }
      this.#queue.push(keptOf(record, record.sequence))
      this.#queuedBytes += record.text.length + 64
    }
    if (this.#state === 'away' && this.#queuedBytes > SPILL_BYTES) this.#spill()
    this.#wake()
  }

  async #sendFiles(signal: AbortSignal): Promise<void> {
    for (const file of this.#outbox.list()) {
      const body = this.#outbox.read(file)
      // The same boot's server has all before it, or never will.
      await this.#post(file.bootId, body, file.first, signal).catch((error: unknown) => {
        // A file that the disk has spoilt holds up no other.
        if (!(error instanceof PushError) || error.when !== 'never') throw error
        this.#options.tell(`${file.path} is not taken: ${error.message}`)
      })
      this.#sent += file.last + 1 - file.first
      this.#outbox.remove(file)
    }
  }

  async #sendQueue(signal: AbortSignal): Promise<void> {
    while (this.#queue.length > 0) {
      const lines: string[] = []
      let bytes = 0
      for (const record of this.#queue) {
        const line = lineOfRecord(record)
        bytes += line.length
        if (lines.length > 0 && bytes > BATCH_BYTES) break
        lines.push(line)
      }
      const { bootId } = this.#options
      const taken = this.#queue.slice(0, lines.length)
      await this.#post(bootId, zstdCompressSync(Buffer.from(lines.join(''))), this.#from, signal)
      // A storm may have made a file of some of it meanwhile.
      const last = taken.at(-1)!.sequence
      this.#queue = this.#queue.filter(({ sequence }) => sequence > last)
      this.#queuedBytes = this.#queue.reduce((sum, { text }) => sum + text.length + 64, 0)
      this.#queuedAt = performance.now()
      this.#from = undefined
      this.#sent += taken.length
    }
  }

  async #failed(error: unknown, tries: number): Promise<void> {
    const { url, tell, retryMs } = this.#options
    if (!(error instanceof PushError)) tell(`the kernel's log: ${messageOf(error)}`)
    else if (this.#state !== 'away') tell(`${error.message}. The kernel's log waits until ${url} takes it.`)
    this.#state = 'away'
    const old = performance.now() - this.#queuedAt > SPILL_MS
    if (this.#queue.length > 0 && (old || this.#queuedBytes > SPILL_BYTES)) this.#spill()
    const cause = error instanceof PushError ? error : new PushError('later', messageOf(error))
    const ms = retryMs ?? Math.min(MAX_RETRY_MS, waitBefore(tries, cause))
    await sleep(ms, undefined, { signal: this.#ending.signal, ref: false }).catch(() => {})
  }

  #spill(): void {
    try {
      this.#outbox.keep(this.#options.bootId, this.#queue)
      this.#queue = []
      this.#queuedBytes = 0
    } catch (error) {
      this.#options.tell(`the kernel's log cannot be kept while the server is away: ${messageOf(error)}`)
      // The kernel still has the latest; what it overwrites shows as a gap.
      if (this.#queuedBytes > 8 * SPILL_BYTES) {
        this.#queue = []
        this.#queuedBytes = 0
      }
    }
  }

  #post(bootId: string, body: Uint8Array, from: number | undefined, signal: AbortSignal): Promise<unknown> {
    return this.#ask('POST', bootId, { body, from }, signal)
  }

  #ask(
    method: 'GET' | 'POST',
    bootId: string,
    given: { body: Uint8Array; from: number | undefined } | undefined,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { url, token, via } = this.#options
    const target = new URL('/api/v1/log', url)
    target.searchParams.set('boot', bootId)
    if (given?.from !== undefined) target.searchParams.set('from', String(given.from))
    const headers = { authorization: `Bearer ${token}`, ...(given && { 'content-type': 'application/zstd' }) }
    const request = { method, headers, ...(given && { body: Buffer.from(given.body) }) }
    return ask(target, request, signal, via)
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, ms).unref() : undefined
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#ending.signal.aborted) this.#wake()
    })
    this.#wake = () => {}
  }
}

function keptOf(record: LogRecord, sequence: number): KeptRecord {
  const at = Date.parse(record.wall ?? '')
  const { sinceBootUs, level, facility, caller, text } = record
  return {
    sequence,
    at: Number.isNaN(at) ? Date.now() : at,
    ...(sinceBootUs === undefined ? {} : { sinceBootUs }),
    ...(level === undefined ? {} : { level }),
    ...(facility === undefined ? {} : { facility }),
    ...(caller === undefined ? {} : { caller }),
    text,
  }
}
