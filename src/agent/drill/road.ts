// A road on which the kernel's words reach someone, proved with a harmless record.
//
// How to add one: a file in roads/ with one DrillRoad, a line in roads/index.ts. It writes nothing but a line with the
// drill's token (or something of its own that it takes away again), says what it saw, and throws nothing.

import type { System } from '../system.ts'

export type Proof =
  /** the record came through to the end of the road */
  | 'proved'
  /** it did not */
  | 'failed'
  /** it is on its way, and can be looked for after a reboot: faultline drill --check */
  | 'later'
  /** the end of the road is another machine or a screen: someone must look for the token there */
  | 'elsewhere'
  /** this machine has no such road */
  | 'absent'

export interface Outcome {
  proof: Proof
  /** a sentence: what was seen, or what to do */
  what: string
}

export interface DrillHost {
  system: System
  /** folders of the configuration */
  data: string
  runtime: string
  /** a word that stands nowhere else */
  token: string
  /** the line that all roads carry; it was written to /dev/kmsg before, unless that could not be written */
  written: boolean
  sleep(ms: number): Promise<void>
}

export interface DrillRoad {
  name: string
  /** a sentence: what is written where, and who reads it */
  what: string
  prove(host: DrillHost): Promise<Outcome>
}

/** How long a reader may take to have what was written. */
const PATIENCE_MS = 5000
const LOOK_EVERY_MS = 100

/** Asks until it is so, or patience ends. */
export async function soon(host: DrillHost, met: () => boolean, patienceMs = PATIENCE_MS): Promise<boolean> {
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    if (met()) return true
    if (waited >= patienceMs) return false
    await host.sleep(LOOK_EVERY_MS)
  }
}

/** What /dev/kmsg gets: at level 4, which consoles show unless they are quiet. */
export const drillLine = (token: string): string => `faultline drill ${token}: a test record, nothing is wrong`
