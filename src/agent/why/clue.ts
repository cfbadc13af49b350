// Why a boot ended: what each piece of evidence says of it.
//
// How to add a kind of evidence: a file in evidence/ with one EvidenceRow, a line in evidence/index.ts, a test in
// why.test.ts. A row looks at one thing, says only what follows from it and how far it can be trusted, and throws nothing;
// verdict.ts weighs all of them together.

import type { System } from '../system.ts'

export const endings = [
  /** in order, or by a program's or the firmware's own wish */
  'restart',
  'power-off',
  'halt',
  /** the kernel gave up */
  'panic',
  /** the kernel failed, and the machine went without saying more */
  'oops',
  /** a watchdog of the hardware reset it */
  'watchdog',
  'power-loss',
  'unknown',
] as const
export type Ending = (typeof endings)[number]

/** How much more often such a thing is seen when it ended in one of the ways that the clue names than otherwise. */
export const strengths = { proof: 1000, sure: 300, strong: 30, fair: 8, weak: 2.5 } as const
export type Strength = keyof typeof strengths

export interface Clue {
  /** the endings that it speaks for */
  says: readonly Ending[]
  strength: Strength
  /** a sentence for people */
  what: string
  /** the file, device or program that says so */
  from: string
  /** ISO 8601 */
  at?: string
  /** title of the exception that brought it down */
  title?: string
}

export const orderly: readonly Ending[] = ['restart', 'power-off', 'halt']
export const abrupt: readonly Ending[] = ['panic', 'oops', 'watchdog', 'power-loss']

/** Of the boot that ended; times are ms since 1970, as far as they are known. */
export interface Scene {
  system: System
  /** the data folder */
  data: string
  /** when the boot after it began */
  bootedMs: number | undefined
  /** when it began itself */
  beganMs: number | undefined
  /** when the first boot that is known of began, if that is another */
  earlierMs?: number | undefined
}

export interface EvidenceRow {
  name: string
  /** a sentence: what is looked at */
  what: string
  look(scene: Scene): Promise<Clue[]> | Clue[]
}

/** Clocks are set while a machine boots: so far off a time may be and still be of that boot. */
export const SLACK_MS = 5 * 60 * 1000

/** The beginning of a boot is known as well as this. */
const BEGAN_MS = 2000

/** Whether something dated so belongs to the boot that ended. What has no date may. */
export function isOfScene(wallMs: number | undefined, { beganMs, bootedMs, earlierMs }: Scene): boolean {
  if (wallMs === undefined) return true
  // Machines that boot again and again within minutes: what came in the time of a boot before it is that one's.
  if (beganMs !== undefined && earlierMs !== undefined && wallMs >= earlierMs && wallMs < beganMs - BEGAN_MS)
    return false
  return wallMs >= (beganMs ?? 0) - SLACK_MS && wallMs <= (bootedMs ?? Number.POSITIVE_INFINITY) + SLACK_MS
}
