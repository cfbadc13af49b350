// When a record was printed, by the wall. The kernel stamps records with its own clock: it starts near zero at boot,
// stops in suspend (kernel/printk/printk.c, local_clock()), and nobody steps it; it also runs a little faster or slower
// than CLOCK_MONOTONIC, which NTP slews.

import { CLOCK_BOOTTIME, CLOCK_REALTIME, libc } from '../node/libc.ts'

/** Microseconds of the three clocks, read at one moment. clock_gettime(2). */
export interface Instant {
  monotonicUs: number
  boottimeUs: number
  realtimeUs: number
}

export function readClocks(): Instant {
  const monotonicUs = Number(process.hrtime.bigint() / 1000n)
  const calls = libc()
  return {
    monotonicUs,
    boottimeUs: calls?.clockUs(CLOCK_BOOTTIME) ?? monotonicUs,
    realtimeUs: calls?.clockUs(CLOCK_REALTIME) ?? Date.now() * 1000,
  }
}

/** Offsets that differ by less are the same: the clocks are not read at once. */
const SAME_US = 20_000
/** A step of the clock that is found now happened before what was printed in this time. */
const JUST_NOW_US = 100_000
/** Steps and suspends that are remembered. */
const MAX_SEGMENTS = 256
/** Records that were read as they came, by which the kernel's stamps are compared with CLOCK_MONOTONIC. */
const LIVE_SAMPLES = 16

/** From this stamp on, so much later by the wall. */
interface Segment {
  fromUs: number
  offsetUs: number
  /** it begins with a resume, somewhere from this stamp on: the first record that tells of it settles where */
  soughtFromUs?: number
}

/**
 * What a resuming kernel prints: kernel/power/suspend.c, drivers/acpi/sleep.c, kernel/time/timekeeping_debug.c,
 * kernel/cpu.c (thaw_secondary_cpus).
 */
const resumes =
  /^(?:PM: (?:suspend exit|resume |noirq resume|early resume|Timekeeping suspended for|hibernation exit)|Timekeeping suspended for|Suspended for |ACPI: (?:PM: )?(?:Low-level resume complete|Waking up from system sleep)|Enabling non-boot CPUs)/

/**
 * Stamps of records → wall time. A stamp belongs to the offset between the clocks that held when it was made, so what
 * was printed before a suspend or a step of the clock keeps its time.
 */
export class WallClock {
  private readonly read: () => Instant
  private readonly segments: Segment[] = []
  private readonly live: number[] = []
  private driftUs = 0
  private last: Instant

  constructor(read: () => Instant = readClocks) {
    this.read = read
    this.last = read()
    this.segments.push({ fromUs: Number.NEGATIVE_INFINITY, offsetUs: this.last.realtimeUs - this.last.monotonicUs })
  }

  /** Looks at the clocks: do so whenever records are read, and some times a minute. */
  sample(): Instant {
    const { last } = this
    const now = this.read()
    this.last = now
    const offsetUs = now.realtimeUs - now.monotonicUs
    const segment = this.segments.at(-1)!
    if (Math.abs(offsetUs - segment.offsetUs) <= SAME_US) {
      segment.offsetUs = offsetUs
      return now
    }
    const sleptUs = now.boottimeUs - now.monotonicUs - (last.boottimeUs - last.monotonicUs)
    const fromUs = now.monotonicUs + this.driftUs
    if (sleptUs > SAME_US) this.push({ fromUs, offsetUs, soughtFromUs: last.monotonicUs + this.driftUs })
    else this.push({ fromUs: Math.max(last.monotonicUs + this.driftUs, fromUs - JUST_NOW_US), offsetUs })
    return now
  }

  /** The records that come now go back to the boot: what the machine slept since then was slept among them. */
  fromBoot(): void {
    const slept = this.last.boottimeUs - this.last.monotonicUs
    const first = this.segments[0]!
    if (slept <= SAME_US || this.segments.length > 1) return
    const { offsetUs } = first
    first.offsetUs -= slept
    this.push({ fromUs: this.last.monotonicUs, offsetUs, soughtFromUs: 0 })
  }

  /** A record with this stamp was read the moment it was printed. */
  seen(stampUs: number): void {
    this.live.push(stampUs - this.sample().monotonicUs)
    if (this.live.length > LIVE_SAMPLES) this.live.shift()
    // Reading is late by a little, never early: the one that was read soonest says how far the clocks are apart.
    this.driftUs = Math.max(...this.live)
  }

  /** ISO 8601 in UTC with microseconds of a record with this stamp and text. Ask in the order of printing. */
  wall(stampUs: number, text = ''): string | undefined {
    const last = this.segments.at(-1)!
    if (
      last.soughtFromUs !== undefined &&
      stampUs >= last.soughtFromUs &&
      stampUs < last.fromUs &&
      resumes.test(text)
    ) {
      last.fromUs = stampUs
      delete last.soughtFromUs
    }
    let at = this.segments.length - 1
    while (at > 0 && this.segments[at]!.fromUs > stampUs) at--
    return isoOf(Math.round(stampUs - this.driftUs + this.segments[at]!.offsetUs))
  }

  private push(segment: Segment): void {
    this.segments.push(segment)
    if (this.segments.length > MAX_SEGMENTS) this.segments.splice(1, 1)
  }
}

function isoOf(us: number): string | undefined {
  if (!Number.isSafeInteger(us) || us < 0) return undefined
  const text = new Date(Math.floor(us / 1000)).toISOString()
  return `${text.slice(0, -1)}${String(us % 1000).padStart(3, '0')}Z`
}
