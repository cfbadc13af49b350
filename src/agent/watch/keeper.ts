// Reports on their way into the spool: each once, in order, held in memory while the disk does not take them.

import type { Draft } from '../bundles/bundle.ts'
import { type RepeatLimits, Repeats } from './repeats.ts'

/** What of the spool is needed here. */
export interface KeeperSpool {
  write(draft: Draft): Promise<{ name: string; path: string }>
  attach(
    name: string,
    evidence: { label: string; files: readonly { name: string; bytes: Uint8Array }[] },
  ): Promise<unknown>
}

/** Drafts that wait for a disk that takes them; what comes beyond is counted as not kept. */
const MAX_WAITING = 512
const MAX_WAITING_BYTES = 64 * 1024 * 1024
const LEAST_RETRY_MS = 500
/** At the end it is looked this often whether another one has been written. */
const PROGRESS_MS = 20
const MOST_RETRY_MS = 30_000

export interface KeeperOptions extends RepeatLimits {
  /** undefined while the spool cannot be opened; it is asked again */
  spool(): Promise<KeeperSpool>
  /** the spool has it already; `again`: its records were read before a restart */
  has(draft: Draft, again: boolean): Promise<boolean>
  written(bundle: { name: string; path: string }, draft: Draft): void
  trouble(message: string): void
  now(): number
}

interface Waiting {
  draft: Draft
  again: boolean
  bytes: number
  done: () => void
}

export class Keeper {
  private readonly options: KeeperOptions
  private readonly repeats: Repeats
  private readonly waiting: Waiting[] = []
  private waitingBytes = 0
  private busy: Promise<void> | undefined
  private wake: (() => void) | undefined
  private ending = false
  private ended = false
  private told = ''
  readonly counts = { found: 0, bundled: 0, repeated: 0, known: 0, notKept: 0, failures: 0 }

  constructor(options: KeeperOptions) {
    this.options = options
    this.repeats = new Repeats(options)
  }

  /** `again`: its first record was read before a restart. `done` is called when the exception is durable, or will never be: then its records need not be read again. */
  keep(draft: Draft, again: boolean, done: () => void): void {
    this.counts.found++
    if (!this.repeats.wanted(draft.report, this.options.now())) {
      this.counts.repeated++
      done()
      return
    }
    const bytes = draft.excerpt.length + (draft.context?.length ?? 0)
    if (this.waiting.length >= MAX_WAITING || this.waitingBytes + bytes > MAX_WAITING_BYTES) {
      this.counts.notKept++
      this.options.trouble(
        `"${draft.report.title}" is not kept: ${this.waiting.length} exceptions wait for the spool already`,
      )
      done()
      return
    }
    this.waiting.push({ draft, again, bytes, done })
    this.waitingBytes += bytes
    this.busy ??= this.work().finally(() => {
      this.busy = undefined
    })
  }

  get stats(): Record<string, number> {
    return { ...this.counts, waiting: this.waiting.length }
  }

  /** Tries now what has failed before. */
  retry(): void {
    this.wake?.()
  }

  /**
   * Writes what waits, for as long as each takes no longer than `patienceMs` and all together no longer than `deadlineMs`; adds
   * to bundles how often their exceptions came again. Nothing is written afterwards.
   */
  async close(patienceMs: number, deadlineMs: number): Promise<void> {
    this.ending = true
    this.retry()
    const deadline = performance.now() + deadlineMs
    while (this.busy !== undefined && performance.now() < deadline) {
      const { length } = this.waiting
      const patience = Math.min(patienceMs, deadline - performance.now())
      await this.progress(length, patience)
      if (this.waiting.length === length) break
    }
    this.ended = true
    if (this.busy === undefined) await within(this.tellRepeats(true), patienceMs)
  }

  /** Until fewer wait than that, or the time is over. */
  private async progress(length: number, ms: number): Promise<void> {
    const until = performance.now() + ms
    while (this.busy !== undefined && this.waiting.length >= length && performance.now() < until)
      await within(this.busy, Math.min(PROGRESS_MS, ms))
  }

  /** Says in their bundles how often exceptions came again; all of them, or those whose time is over. */
  async tellRepeats(all: boolean): Promise<void> {
    for (const repeat of this.repeats.over(this.options.now(), all)) {
      const bytes = Buffer.from(`${JSON.stringify(repeat.said, undefined, 2)}\n`)
      try {
        await (await this.options.spool()).attach(repeat.bundle, {
          label: 'repeats',
          files: [{ name: 'repeats.json', bytes }],
        })
      } catch (error) {
        this.options.trouble(messageOf(error))
      }
    }
  }

  private async work(): Promise<void> {
    let pauseMs = LEAST_RETRY_MS
    while (this.waiting.length > 0 && !this.ended) {
      const { draft, again, bytes, done } = this.waiting[0]!
      try {
        const spool = await this.options.spool()
        if (await this.options.has(draft, again)) this.counts.known++
        else {
          const bundle = await spool.write(draft)
          this.counts.bundled++
          this.repeats.kept(draft.report, bundle.name)
          this.options.written(bundle, draft)
        }
        this.waiting.shift()
        this.waitingBytes -= bytes
        pauseMs = LEAST_RETRY_MS
        this.told = ''
        done()
      } catch (error) {
        this.counts.failures++
        const message = messageOf(error)
        if (message !== this.told) this.options.trouble(`${message} ${this.waiting.length} exceptions wait in memory.`)
        this.told = message
        if (this.ending) return
        await this.pause(pauseMs)
        pauseMs = Math.min(MOST_RETRY_MS, pauseMs * 2)
      }
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
