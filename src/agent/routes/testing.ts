// A world for routes in tests: a clock that stands still until it is moved, messages kept.

import * as files from 'node:fs/promises'
import type { LogRecord } from '../../core/model.ts'
import type { RouteHost } from './host.ts'

export class TestHost implements RouteHost {
  hostname = 'board'
  files: RouteHost['files'] = { ...files }
  logins: RouteHost['logins'] = () => []
  readonly told: string[] = []
  private clock: number
  private timers: { at: number; call: () => void }[] = []

  constructor(startMs = Date.UTC(2026, 10, 29, 6, 4, 16)) {
    this.clock = startMs
  }

  now(): number {
    return this.clock
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.clock + ms, call }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter(each => each !== timer)
    }
  }

  tell(message: string): void {
    this.told.push(message)
  }

  /** Moves the clock on, lets what is due happen in order, and gives pending work the time to be done. */
  async pass(ms: number): Promise<void> {
    const end = this.clock + ms
    for (;;) {
      await settled()
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.timers = this.timers.filter(each => each !== next)
      this.clock = Math.max(this.clock, next.at)
      next.call()
    }
    this.clock = end
  }

  /** Waits in real time, while the clock here stands, until it holds. */
  async until(holds: () => boolean): Promise<void> {
    for (let turn = 0; turn < 10_000; turn++) {
      if (holds()) return
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    throw new Error(`waited in vain for ${holds}`)
  }
}

/** Files are read and written by threads: a few turns of the event loop with real time in them. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setTimeout(resolve, 1))
}

export const testRecord = (text: string, more: Partial<LogRecord> = {}): LogRecord => ({
  text,
  line: 1,
  span: { start: 0, end: 0 },
  transport: 'kmsg',
  facility: 0,
  level: 6,
  ...more,
})
