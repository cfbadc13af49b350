// The flight recorder beside the watch: begun a moment later, away when the watch is.

import type { Report } from '../../core/model.ts'
import type { NamedBytes } from '../bundles/bundle.ts'
import type { Config } from '../config/keys.ts'
import { keepLastBoot } from '../events/last-boot-file.ts'
import type { FlightRecorder } from '../events/recorder.ts'

/** After the first records have been read: setting probes takes its time. */
const BEGINS_AFTER_MS = 1000

export class Flight {
  private recorder: FlightRecorder | undefined
  private timer: NodeJS.Timeout | undefined
  private closed = false

  begin({ events, spool }: Pick<Config, 'events' | 'spool'>, say: (message: string) => void): void {
    this.timer = setTimeout(() => void this.open(events, spool.data, say), BEGINS_AFTER_MS)
  }

  private async open(config: Config['events'], data: string, say: (message: string) => void) {
    const { kinds, probe, before, maxEvents, buffer } = config
    const options = { kinds, probes: probe, beforeMs: before, maxEvents, bufferBytes: buffer }
    if (kinds.length === 0 && probe.length === 0) return
    try {
      // The recorder writes where the last boot's may be.
      await keepLastBoot(data)
    } catch (error) {
      say(`events of the last boot are not kept: ${error instanceof Error ? error.message : error}`)
    }
    const { FlightRecorder } = await import('../events/recorder.ts')
    const recorder = await FlightRecorder.open(options, say)
    // The watch may have ended meanwhile.
    if (this.closed) recorder?.close()
    else this.recorder = recorder
  }

  /** What happened before an exception of this kernel, as a file of its bundle. */
  before({ time }: Report): NamedBytes[] {
    const bytes = this.recorder?.near(time?.sinceBootUs ?? Number(process.hrtime.bigint() / 1000n))
    return bytes === undefined ? [] : [{ name: 'events.jsonl', bytes }]
  }

  stats(): Record<string, number> | undefined {
    return this.recorder?.stats()
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.recorder?.close()
  }
}
