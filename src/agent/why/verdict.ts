// All clues together: how likely each ending is. Bayes' rule over clues that are taken as independent, which the strengths
// allow for: two files that copied one line count as one.

import { utmpTypes } from '../../core/formats/utmp.ts'
import { bootedAt, readBootRecords } from '../boot-record.ts'
import type { System } from '../system.ts'
import { type Clue, type Ending, type EvidenceRow, endings, type Scene, strengths } from './clue.ts'
import { evidenceRows } from './evidence/index.ts'
import { readWtmp } from './evidence/wtmp.ts'

/** How often machines end so, when nothing is known. What is known to be nothing stays unknown. */
const before: Record<Ending, number> = {
  restart: 0.3,
  'power-off': 0.12,
  halt: 0.03,
  panic: 0.06,
  oops: 0.02,
  watchdog: 0.03,
  'power-loss': 0.1,
  unknown: 0.35,
}

/** Without a clue for it no ending is more than that. */
export type Confidence = 'certain' | 'likely' | 'possible'

export interface RankedEnding {
  ending: Ending
  /** 0 to 1; all together are 1 */
  probability: number
  clues: Clue[]
}

export interface Verdict {
  schema: 'faultline.why-reboot/1'
  ending: Ending
  confidence: Confidence
  /** title of the exception that ended it */
  title?: string
  /** of the boot that ended, where the agent recorded it */
  bootId?: string
  /** ISO 8601 */
  began?: string
  bootedAgain?: string
  ranked: RankedEnding[]
  clues: Clue[]
  /** what was looked at, and found nothing to say */
  silent: string[]
}

export async function whyReboot(
  system: System,
  data: string,
  rows: readonly EvidenceRow[] = evidenceRows,
): Promise<Verdict> {
  const scene = sceneOf(system, data)
  const clues: Clue[] = []
  const silent: string[] = []
  for (const row of rows) {
    const found = await row.look(scene)
    if (found.length === 0) silent.push(row.what)
    clues.push(...found)
  }
  const ranked = rank(clues)
  const [first] = ranked as [RankedEnding]
  const title = first.clues.find(clue => clue.title !== undefined)?.title
  const current = system.text('/proc/sys/kernel/random/boot_id')
  const record = readBootRecords(system, data).findLast(({ bootId }) => bootId !== current)
  return {
    schema: 'faultline.why-reboot/1',
    ending: first.ending,
    confidence: first.probability >= 0.95 ? 'certain' : first.probability >= 0.6 ? 'likely' : 'possible',
    ...(title === undefined ? {} : { title }),
    ...(record === undefined ? {} : { bootId: record.bootId }),
    ...(scene.beganMs === undefined ? {} : { began: new Date(scene.beganMs).toISOString() }),
    ...(scene.bootedMs === undefined ? {} : { bootedAgain: new Date(scene.bootedMs).toISOString() }),
    ranked,
    clues,
    silent,
  }
}

function sceneOf(system: System, data: string): Scene {
  const boots = readWtmp(system).filter(({ type }) => type === utmpTypes.boot)
  const bootedMs = bootedAt(system) ?? boots.at(-1)?.at
  const current = system.text('/proc/sys/kernel/random/boot_id')
  const recorded = readBootRecords(system, data)
    .filter(({ bootId }) => bootId !== current)
    .map(({ began }) => Date.parse(began))
  const inWtmp = boots.filter(({ at }) => bootedMs === undefined || at < bootedMs - 60_000).map(({ at }) => at)
  const known = recorded.length > 0 ? recorded : inWtmp
  const beganMs = known.at(-1)
  const earlierMs = known.length > 1 ? known[0] : undefined
  return { system, data, bootedMs, beganMs, earlierMs }
}

/** The likeliest first. */
export function rank(clues: readonly Clue[]): RankedEnding[] {
  const counted = withoutCopies(clues)
  const weights = endings.map(ending =>
    counted.reduce(
      (odds, clue) => (clue.says.includes(ending) ? odds * strengths[clue.strength] : odds),
      before[ending],
    ),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return endings
    .map((ending, index) => ({
      ending,
      probability: weights[index]! / total,
      clues: clues
        .filter(clue => clue.says.includes(ending))
        .sort((a, b) => strengths[b.strength] - strengths[a.strength]),
    }))
    .sort((a, b) => b.probability - a.probability)
}

/** One line that is in the journal, in syslog's file and in a dump is one clue. */
function withoutCopies(clues: readonly Clue[]): Clue[] {
  const seen = new Set<string>()
  return clues.filter(({ says, what }) => {
    const key = `${says.join()} ${what}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
