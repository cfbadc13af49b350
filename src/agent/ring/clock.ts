// When the machine was booted, so that a record's time since then gets a date. util-linux, lib/monotonic.c

import { readClocks } from '../clock.ts'
import type { Clock } from './times.ts'

/**
 * The clock of the log stands still in suspend, and so does CLOCK_MONOTONIC: now less that is when boot would have been
 * without any sleep. What was printed before the last suspend gets too late a date, as with every dmesg.
 */
export function bootClock(): Clock {
  const { realtimeUs, monotonicUs } = readClocks()
  return { bootMicros: realtimeUs - monotonicUs }
}
