// Where all sources go on after a restart: kept after everything that was looked at.

import type { Router } from '../routes/index.ts'
import type { Channel } from './channel.ts'
import { type Position, PositionFile } from './positions.ts'

/** Positions are saved again when the routes may have taken what waited: soon, and less often the longer it takes. */
const LEAST_WAIT_MS = 5
const MOST_WAIT_MS = 1000

export interface ResumeOptions {
  /** over with the boot: the own kernel's numbers are in it */
  runtime: string
  /** places in files and journals, which outlive it */
  data: string
  channels(): readonly Channel[]
  router(): Router
  trouble(message: string): void
}

export class Resume {
  private readonly options: ResumeOptions
  private readonly files = new Map<'own' | 'other', PositionFile>()
  private asked = false
  private ended = false
  private waitMs = LEAST_WAIT_MS
  private timer: NodeJS.Timeout | undefined

  constructor(options: ResumeOptions) {
    this.options = options
    for (const [which, folder] of [
      ['own', options.runtime],
      ['other', options.data],
    ] as const) {
      try {
        this.files.set(which, new PositionFile(folder))
      } catch (error) {
        options.trouble(`${folder}: where to go on after a restart cannot be kept: ${messageOf(error)}`)
      }
    }
  }

  positionOf({ name, source }: Channel): Position | undefined {
    return this.files.get(source.own ? 'own' : 'other')?.saved[name]
  }

  /** Saves behind what is done now, once for all that is. */
  soon(): void {
    if (this.asked || this.ended) return
    this.asked = true
    queueMicrotask(() => this.save())
  }

  save(): void {
    this.asked = false
    if (this.ended) return
    const channels = this.options.channels()
    const idle = this.options
      .router()
      .status()
      .every(({ queued, down }) => queued === 0 || down === 1)
    if (idle) {
      this.waitMs = LEAST_WAIT_MS
      for (const channel of channels) channel.confirmRouted()
    } else this.timer ??= setTimeout(() => this.again(), this.waitMs)
    for (const [which, file] of this.files) {
      const entries = channels
        .filter(({ source }) => source.own === (which === 'own'))
        .flatMap(channel => {
          const position = channel.position()
          return position === undefined ? [] : [[channel.name, position] as const]
        })
      if (entries.length === 0) continue
      try {
        file.save({ ...file.saved, ...Object.fromEntries(entries) })
      } catch (error) {
        this.options.trouble(`where to go on after a restart cannot be kept: ${messageOf(error)}`)
      }
    }
  }

  close(): void {
    this.ended = true
    clearTimeout(this.timer)
    for (const file of this.files.values()) file.close()
  }

  private again(): void {
    this.timer = undefined
    this.waitMs = Math.min(this.waitMs * 2, MOST_WAIT_MS)
    this.save()
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
