// Which thread of output a record belongs to. With CONFIG_PRINTK_CALLER the kernel says so; without it, clocks tell apart
// what was merged from two machines or two boots.

import type { LogRecord } from '../model.ts'

/** Streams remembered at once. */
export const MAX_STREAMS = 512
/** Clocks of merged logs that are followed at once; the one unused for longest gives way. */
const MAX_TRACKS = 8
/** A clock may step back this much: printk() stamps before it takes the lock. */
const BACK_STEP_US = 2_000_000
/** With an event under way, a jump ahead of more than this is another clock. */
const FORWARD_STEP_US = 20_000_000

interface Track {
  name: string
  lastUs: number
  used: number
}

export class Streams {
  private readonly tracks: Track[] = []
  private current: Track | undefined
  private made = 0
  private clock = 0
  /** the stream of the last record that named its caller */
  private spoke: string | undefined
  /** the name that was made last, and of what: most records are of the same stream as the one before */
  private last = { host: '', thread: '', name: '|' }

  /** Name of the stream; `busy` tells whether an event is under way in a stream. */
  of(record: LogRecord, busy: (stream: string) => boolean): string {
    const host = record.host ?? ''
    if (record.caller !== undefined) {
      this.spoke = this.nameOf(host, record.caller)
      return this.spoke
    }
    // One kernel names all its callers or none: where the name has been lost on the way, the line goes on from the last.
    if (this.spoke?.startsWith(host) && this.spoke[host.length] === '|' && busy(this.spoke)) return this.spoke
    const us = record.sinceBootUs
    if (us === undefined) return this.nameOf(host, this.current?.name ?? 'console')
    this.clock++
    let best: Track | undefined
    for (const track of this.tracks) {
      if (best === undefined || Math.abs(us - track.lastUs) < Math.abs(us - best.lastUs)) best = track
    }
    if (best !== undefined) {
      const step = us - best.lastUs
      const foreign = step < -BACK_STEP_US || (step > FORWARD_STEP_US && busy(`${host}|${best.name}`))
      if (foreign) best = undefined
    }
    best ??= this.open()
    best.lastUs = us
    best.used = this.clock
    this.current = best
    return this.nameOf(host, best.name)
  }

  private nameOf(host: string, thread: string): string {
    if (host !== this.last.host || thread !== this.last.thread) this.last = { host, thread, name: `${host}|${thread}` }
    return this.last.name
  }

  private open(): Track {
    if (this.tracks.length === MAX_TRACKS) {
      let oldest = 0
      for (let i = 1; i < this.tracks.length; i++) if (this.tracks[i]!.used < this.tracks[oldest]!.used) oldest = i
      this.tracks.splice(oldest, 1)
    }
    const track = { name: this.made === 0 ? 'console' : `clock ${this.made}`, lastUs: 0, used: 0 }
    this.made++
    this.tracks.push(track)
    return track
  }
}
