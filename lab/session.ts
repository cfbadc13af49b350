// A guest that is driven over its console: the host names a phase, the guest's init runs it and marks when it is done.
// Between the marks stands what the kernel printed; a new `ready` says that the guest has booted again.

import { createHash } from 'node:crypto'
import { Machine, type MachineOptions } from './machine.ts'

export type PhaseEnd =
  /** the phase came to its end with this status */
  | { how: 'done'; status: number }
  /** the guest has booted again, or QEMU has ended, or nothing came within the time given */
  | { how: 'rebooted' | 'stopped' | 'silent' }

interface Mark {
  words: string[]
  /** place in the console's bytes behind its line */
  offset: number
}

/** Sent by `send` in the guest's init. */
export interface SentFile {
  path: string
  bytes: Buffer
}

const LINE_FEED = 10

export class Session {
  readonly machine: Machine
  /** a place in the console's bytes each time the guest was ready */
  readonly boots: number[] = []
  /** performance.now() of the first */
  firstReadyMs: number | undefined
  private readonly chunks: Buffer[] = []
  private readonly marks: Mark[] = []
  private length = 0
  private scanned = 0
  private tail: Buffer = Buffer.alloc(0)
  private wake: () => void = () => {}

  constructor(options: MachineOptions) {
    this.machine = new Machine({
      ...options,
      onConsole: chunk => {
        options.onConsole?.(chunk)
        this.take(chunk)
      },
    })
    void this.machine.ended.then(() => this.wake())
  }

  /** All that came over the console. */
  get console(): Buffer {
    return Buffer.concat(this.chunks)
  }

  get consoleBytes(): number {
    return this.length
  }

  /** Waits until the guest has booted `count` times. */
  async ready(count: number, seconds: number): Promise<boolean> {
    return this.until(() => this.boots.length >= count, seconds)
  }

  /** Has the guest do a phase; how that ended. */
  async phase(name: string, seconds: number): Promise<PhaseEnd> {
    const { length: boots } = this.boots
    const from = this.marks.length
    const end = (): Mark | undefined =>
      this.marks.slice(from).find(({ words }) => words[0] === 'done' && words[1] === name)
    this.machine.type(`${name}\n`)
    await this.until(() => end() !== undefined || this.boots.length > boots, seconds)
    const mark = end()
    if (mark !== undefined) return { how: 'done', status: Number(mark.words[2]) }
    if (this.boots.length > boots) return { how: 'rebooted' }
    return { how: this.machine.running ? 'silent' : 'stopped' }
  }

  /** True as soon as the console has this text after the place, false when the time is over before. */
  async says(text: string, from: number, seconds: number): Promise<boolean> {
    return this.until(() => this.console.indexOf(text, from) >= 0, seconds)
  }

  async until(met: () => boolean, seconds: number): Promise<boolean> {
    const deadline = performance.now() + seconds * 1000
    while (!met()) {
      const left = deadline - performance.now()
      if (left <= 0 || !this.machine.running) return met()
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>(resolve => {
        this.wake = resolve
        // A timer takes no more than 2^31 ms.
        timer = setTimeout(resolve, Math.min(left, 2 ** 31 - 1))
      })
      clearTimeout(timer)
    }
    return true
  }

  private take(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.length += chunk.length
    const bytes = this.tail.length === 0 ? chunk : Buffer.concat([this.tail, chunk])
    let start = 0
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, start)
      if (end < 0) break
      this.line(bytes.toString('latin1', start, end), this.scanned + end + 1)
      start = end + 1
    }
    this.scanned += start
    this.tail = bytes.subarray(start)
    this.wake()
  }

  private line(text: string, offset: number): void {
    const at = text.indexOf('@@lab ')
    if (at < 0) return
    const words = text
      .slice(at + 6)
      .trim()
      .split(' ')
    this.marks.push({ words, offset })
    if (words[0] !== 'ready') return
    this.boots.push(offset)
    this.firstReadyMs ??= performance.now()
  }
}

/** Lines of the lab's own: marks, and files that `send` printed. */
const mark = /^[^\n]*@@lab [^\n]*\n/gm

/** The console as a kernel's log: without the lab's own lines. */
export function consoleLog(console: Buffer): Buffer {
  const text = console.toString('latin1').replaceAll('\r', '')
  return Buffer.from(text.replace(sent, '').replace(mark, ''), 'latin1')
}

const sent = /^@@file (?<path>\S+) (?<md5>[0-9a-f]{32})\n(?<body>[\s\S]*?)^@@end [^\n]*\n/gm

const inserted = /\[ *\d+\.\d+\](?:\[[^\]\n]*\])? @@lab [^\n]*\n/g

/** Files that the guest sent; one that did not come through whole is missing. */
export function sentFiles(console: Buffer): SentFile[] {
  const found: SentFile[] = []
  for (const { groups } of console.toString('latin1').replaceAll('\r', '').matchAll(sent)) {
    const { path = '', md5, body = '' } = groups ?? {}
    // A line that the kernel printed in between is none of base64's.
    const bytes = Buffer.from(
      body
        .replace(inserted, '')
        .split('\n')
        .filter(line => /^[A-Za-z0-9+/]+=*$/.test(line))
        .join(''),
      'base64',
    )
    if (createHash('md5').update(bytes).digest('hex') === md5) found.push({ path, bytes })
  }
  return found
}
