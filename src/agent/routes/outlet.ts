// One route at work: a bounded queue before a target that may be slow, stuck or away, and the count of what it missed.

import type { LogRecord } from '../../core/model.ts'
import type { RouteHost } from './host.ts'
import { type Message, ownWord } from './message.ts'
import { facilityOf, levelOf } from './selector.ts'
import type { Channel } from './targets/target.ts'

/** Messages that wait for a target, unless queue= says otherwise, and their text; more is counted as lost. */
export const QUEUE_MESSAGES = 10_000
/** one message, and the word about those that were lost before it */
const MIN_QUEUE = 2
const QUEUE_BYTES = 8 * 1024 * 1024
/** what a message takes beside its text */
const MESSAGE_BYTES = 400

const BATCH_MESSAGES = 4096

/** A target that takes nothing just now is asked again after so long, doubled up to the second. */
const BUSY_MS = 10
const MAX_BUSY_MS = 1000
/** … one that is broken or away */
const RETRY_MS = 1000
const MAX_RETRY_MS = 60_000

/** How long a repetition is held back before it is said. sysklogd's first step. */
const REPEAT_MS = 30_000

export interface OutletCounts {
  delivered: number
  lost: number
  queued: number
  failures: number
  /** 1 while the target cannot be reached */
  down: number
}

export interface OutletOptions {
  /** the route as written, for messages */
  line: string
  queue?: number | undefined
  repeat?: boolean | undefined
}

export class Outlet {
  private readonly options: OutletOptions
  private readonly channel: Channel
  private readonly host: RouteHost
  private waiting: Message[] = []
  private waitingBytes = 0
  private delivered = 0
  private lost = 0
  /** lost and not yet said in the target itself */
  private unsaid = 0
  private failures = 0
  private down = false
  private running = false
  private closed = false
  private wake: (() => void) | undefined
  private idle: (() => void)[] = []
  private last: LogRecord | undefined
  private repeated = 0
  private cancelRepeat: (() => void) | undefined

  constructor(options: OutletOptions, channel: Channel, host: RouteHost) {
    this.options = options
    this.channel = channel
    this.host = host
  }

  /** Never waits, never throws. */
  push(message: Message): void {
    if (this.closed) {
      this.lost++
      return
    }
    if (this.options.repeat && this.holdBack(message)) return
    this.enqueue(message)
  }

  counts(): OutletCounts {
    return {
      delivered: this.delivered,
      lost: this.lost,
      queued: this.waiting.length,
      failures: this.failures,
      down: this.down ? 1 : 0,
    }
  }

  /** Opens the target anew and tries at once, however long the wait was to be. */
  reopen(): void {
    this.channel.reopen?.()
    this.wake?.()
  }

  /** Gives what waits so many milliseconds to go out; counts the rest as lost. */
  async close(deadlineMs: number): Promise<void> {
    this.sayRepeated()
    if (this.running) this.sayLost()
    this.closed = true
    let cancel = (): void => {}
    const deadline = new Promise<'late'>(resolve => {
      cancel = this.host.after(deadlineMs, () => resolve('late'))
    })
    this.wake?.()
    await Promise.race([this.drained(), deadline])
    for (const { stands } of this.waiting) this.lost += stands
    this.waiting = []
    this.wake?.()
    await Promise.race([this.channel.close().catch(() => {}), deadline])
    cancel()
  }

  private drained(): Promise<void> {
    if (!this.running) return Promise.resolve()
    return new Promise(resolve => this.idle.push(resolve))
  }

  /** The same message again is counted instead of written: `last message repeated N times`. */
  private holdBack(message: Message): boolean {
    const { record } = message
    const same =
      this.last !== undefined &&
      message.report === undefined &&
      this.last.text === record.text &&
      this.last.host === record.host &&
      levelOf(this.last) === levelOf(record) &&
      facilityOf(this.last) === facilityOf(record)
    if (same) {
      this.repeated++
      this.cancelRepeat ??= this.host.after(REPEAT_MS, () => this.sayRepeated())
      return true
    }
    this.sayRepeated()
    this.last = record
    return false
  }

  private sayRepeated(): void {
    this.cancelRepeat?.()
    this.cancelRepeat = undefined
    if (this.repeated === 0) return
    const times = this.repeated === 1 ? 'once' : `${this.repeated} times`
    const word = ownWord(`last message repeated ${times}`, this.host.now(), this.repeated)
    this.repeated = 0
    this.enqueue(word)
  }

  private enqueue(message: Message): void {
    const room = Math.max(this.options.queue ?? QUEUE_MESSAGES, MIN_QUEUE) - this.waiting.length
    // Where something was lost, the word about it takes a place, too.
    if (room < (this.unsaid > 0 ? 2 : 1) || this.waitingBytes > QUEUE_BYTES) {
      this.lost += message.stands
      this.unsaid += message.stands
      return
    }
    this.sayLost()
    this.add(message)
    if (!this.running) void this.run()
  }

  private sayLost(): void {
    if (this.unsaid === 0) return
    const what = this.unsaid === 1 ? '1 message' : `${this.unsaid} messages`
    this.unsaid = 0
    this.add(ownWord(`${what} lost here: this target took them too slowly or was away`, this.host.now(), 0))
  }

  private add(message: Message): void {
    this.waiting.push(message)
    this.waitingBytes += sizeOf(message)
  }

  /** Sends until nothing waits. One such run at a time. */
  private async run(): Promise<void> {
    this.running = true
    let busyMs = BUSY_MS
    let retryMs = RETRY_MS
    // so that a burst which comes in one turn of the event loop goes out together
    await Promise.resolve()
    while (this.waiting.length > 0) {
      const outcome = await this.sendSome()
      if (outcome === 'failed') {
        if (await this.pause(retryMs)) break
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)
      } else if (outcome === 0) {
        if (await this.pause(busyMs)) break
        busyMs = Math.min(busyMs * 2, MAX_BUSY_MS)
      } else {
        busyMs = BUSY_MS
        retryMs = RETRY_MS
      }
      // What was lost at the end of a burst is said even when nothing follows it.
      if (this.waiting.length === 0 && !this.closed) this.sayLost()
    }
    this.running = false
    for (const resolve of this.idle.splice(0)) resolve()
  }

  private async sendSome(): Promise<number | 'failed'> {
    const batch = this.waiting.slice(0, BATCH_MESSAGES)
    try {
      const taken = await this.channel.send(batch)
      this.release(Math.min(taken, this.waiting.length))
      if (this.down && taken > 0) this.told(false, 'takes messages again')
      return taken
    } catch (error) {
      this.failures++
      if (!this.down) this.told(true, error instanceof Error ? error.message : String(error))
      return 'failed'
    }
  }

  private told(down: boolean, what: string): void {
    this.down = down
    this.host.tell(`route "${this.options.line}": ${what}`)
  }

  private release(count: number): void {
    for (const message of this.waiting.splice(0, count)) {
      this.waitingBytes -= sizeOf(message)
      this.delivered += message.stands
    }
  }

  /** Waits unless woken; true when there is no use in going on. */
  private async pause(ms: number): Promise<boolean> {
    if (this.closed && this.waiting.length === 0) return true
    await new Promise<void>(resolve => {
      const cancel = this.host.after(ms, () => resolve())
      this.wake = () => {
        cancel()
        resolve()
      }
    })
    this.wake = undefined
    return this.closed && this.waiting.length === 0
  }
}

const sizeOf = ({ record, report }: Message): number =>
  MESSAGE_BYTES + record.text.length + (report === undefined ? 0 : report.text.length)
