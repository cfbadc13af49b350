// What Faultline's kernel module tells at the moment it happens: /dev/faultline, where the module is loaded (kmod/README.md).

import { closeSync, constants, openSync, readSync } from 'node:fs'
import { type Announcement, parseAnnouncement } from '../../core/formats/crash-window/announcement.ts'

const DEVICE = '/dev/faultline'

/** A line is at most 640 bytes, and each read gives one (kmod/device.c, FL_LINE_BYTES). */
const LINE_BYTES = 1024
/** The module keeps 64; a reading ends, whatever comes meanwhile. */
const LINES_IN_TURN = 256

export class Announcements {
  readonly descriptor: number
  private readonly sinceUs: number
  private readonly buffer = Buffer.alloc(LINE_BYTES)
  /** announcements that were overwritten before they could be read */
  lost = 0

  /** What was announced before `sinceUs` of CLOCK_MONOTONIC is left out. Undefined where there is no such device. */
  static open(sinceUs: number, device = DEVICE): Announcements | undefined {
    try {
      return new Announcements(openSync(device, constants.O_RDONLY | constants.O_NONBLOCK), sinceUs)
    } catch {
      return undefined
    }
  }

  private constructor(descriptor: number, sinceUs: number) {
    this.descriptor = descriptor
    this.sinceUs = sinceUs
  }

  read(): Announcement[] {
    const told: Announcement[] = []
    for (let turn = 0; turn < LINES_IN_TURN; turn++) {
      const line = this.line()
      if (line === undefined) break
      const announcement = parseAnnouncement(line)
      this.lost += announcement?.lost ?? 0
      if (announcement !== undefined && announcement.monotonicUs >= this.sinceUs) told.push(announcement)
    }
    return told
  }

  private line(): string | undefined {
    try {
      const length = readSync(this.descriptor, this.buffer, 0, LINE_BYTES, null)
      return length === 0 ? undefined : this.buffer.toString('latin1', 0, length).trimEnd()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EAGAIN' || code === 'EINTR') return undefined
      throw error
    }
  }

  close(): void {
    closeSync(this.descriptor)
  }
}
