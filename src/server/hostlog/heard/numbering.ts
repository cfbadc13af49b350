// Which boot a record is of and which number it has, of a kernel that is only heard: it may say neither. Numbers grow by
// one, and by what was lost where the kernel's own show that, or where it says so: of a machine that sends extended
// netconsole alone they are the kernel's.

import type { LogRecord } from '../../../core/model.ts'

/** CPUs' clocks and networks put records out of order, by less than that. */
const BACK_US = 1_000_000
/** A kernel that says so early a time has just begun. */
const NEAR_START_US = 10_000_000
/** A kernel's time begins so long before its first words at most, ms. */
const SLACK_MS = 1000
/** Lines that some kernels print before they say their version: "Booting Linux on physical CPU 0x0". */
const BEFORE_VERSION = 64
/** Nobody has to prove who he is: boots are told apart as long as they are not more than that, and one in BOOT_EVERY_MS. */
const BOOT_BURST = 30
const BOOT_EVERY_MS = 10_000
/** Numbers and gaps beyond are not a kernel's. */
const MAX_FIRST = 2 ** 40
const MAX_GAP = 2 ** 31

export interface Numbered {
  sequence: number
  /** the first of a boot */
  anew: boolean
}

/** What is known of the last record that is kept of a host. */
export interface LastKept {
  sequence: number
  at: number
  sinceBootUs?: number | undefined
  /** its number is the kernel's, where the kernel has numbers at all */
  exact: boolean
}

// init/main.c, start_kernel(): pr_notice("%s", linux_banner)
const banner = /^Linux version (?<release>\S{1,200}) \(/

/** Of the kernel's first line; undefined for others. */
export const releaseOf = ({ text, userSpace }: LogRecord): string | undefined =>
  text.startsWith('Linux version ') && userSpace !== true ? banner.exec(text)?.groups?.['release'] : undefined

/** Of one host. */
export class Numbering {
  #next: number | undefined
  /** the kernel's own number of the last record that had one */
  #kernelLast: number | undefined
  /** the latest time of this boot */
  #latestUs = 0
  #lastAt = 0
  /** of this boot */
  #records = 0
  #versionSaid = false
  #boots = BOOT_BURST
  #bootsAt = 0

  /** Goes on behind what is kept. */
  resume({ sequence, at, sinceBootUs, exact }: LastKept): void {
    this.#next = sequence + 1
    this.#kernelLast = exact ? sequence : undefined
    this.#latestUs = sinceBootUs ?? 0
    this.#lastAt = at
    this.#records = BEFORE_VERSION
  }

  /** Where a record stands that came at `at`, ms since 1970. `kept`: false for one that is only looked at, and has no number. */
  place(record: LogRecord, at: number, kept = true): Numbered {
    const { sequence } = record
    const anew = this.#next === undefined || (this.#isOfNextBoot(record, at) && this.#mayBoot(at))
    let missing = 0
    if (anew) {
      this.#begin(sequence !== undefined && sequence < MAX_FIRST ? sequence : 0)
    } else if (sequence !== undefined && this.#kernelLast !== undefined) {
      missing = sequence - this.#kernelLast - 1
    } else {
      missing = record.lostBefore ?? 0
    }
    if (sequence !== undefined) this.#kernelLast = anew ? sequence : Math.max(sequence, this.#kernelLast ?? 0)
    this.#records++
    this.#versionSaid ||= releaseOf(record) !== undefined
    this.#latestUs = Math.max(this.#latestUs, record.sinceBootUs ?? 0)
    this.#lastAt = at
    const number = this.#next! + (missing > 0 && missing < MAX_GAP ? missing : 0)
    this.#next = kept ? number + 1 : number
    return { sequence: number, anew }
  }

  #begin(first: number): void {
    this.#next = first
    this.#kernelLast = undefined
    this.#latestUs = 0
    this.#records = 0
    this.#versionSaid = false
  }

  #isOfNextBoot(record: LogRecord, at: number): boolean {
    if (releaseOf(record) !== undefined && (this.#versionSaid || this.#records >= BEFORE_VERSION)) return true
    const { sequence, sinceBootUs } = record
    if (sinceBootUs === undefined) return false
    // Its kernel began when all that is known had been said: no late or repeated record of the boot before.
    const beganSince = at - sinceBootUs / 1000 >= this.#lastAt - SLACK_MS
    if (sequence !== undefined && sequence < (this.#kernelLast ?? 0) && beganSince) return true
    return this.#latestUs - sinceBootUs > BACK_US && (sinceBootUs < NEAR_START_US || beganSince)
  }

  #mayBoot(at: number): boolean {
    this.#boots = Math.min(BOOT_BURST, this.#boots + Math.max(0, at - this.#bootsAt) / BOOT_EVERY_MS)
    this.#bootsAt = at
    if (this.#boots < 1) return false
    this.#boots--
    return true
  }
}
