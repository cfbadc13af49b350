// A bar on standard error for work that takes long, where standard error is a terminal.

import { terminalSafe } from '../core/render/safe.ts'
import type { Terminal } from './terminal.ts'

/** Short work shows no bar at all. */
const showAfterMs = 700
const redrawEveryMs = 100
const barCells = 24

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`

export class Progress {
  readonly #terminal: Terminal
  readonly #now: () => number
  readonly #began: number
  #drawn = 0
  #visible = false

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal
    this.#now = now
    this.#began = now()
  }

  /** `done` and `total` in bytes, no total for a pipe; `found`: what came of it so far, in words. */
  update(name: string, done: number, total: number | undefined, found: string): void {
    const { stderr } = this.#terminal
    const now = this.#now()
    if (stderr.isTTY !== true || now - this.#began < showAfterMs || now - this.#drawn < redrawEveryMs) return
    this.#drawn = now
    this.#visible = true
    const rate = `${megabytes((done * 1000) / Math.max(1, now - this.#began))}/s`
    const line =
      total === undefined || total === 0
        ? `${megabytes(done)}  ${rate}  ${found}  ${terminalSafe(name)}`
        : `${bar(done / total)} ${String(Math.floor((100 * done) / total)).padStart(3)}%  ${rate}  ${found}  ${terminalSafe(name)}`
    stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns ?? 80) - 1)}`)
  }

  /** Takes the bar away, so that other text can be written. */
  clear(): void {
    if (!this.#visible) return
    this.#visible = false
    this.#terminal.stderr.write('\r\x1b[K')
  }
}

function bar(share: number): string {
  const full = Math.max(0, Math.min(barCells, Math.round(share * barCells)))
  return '█'.repeat(full) + '░'.repeat(barCells - full)
}
