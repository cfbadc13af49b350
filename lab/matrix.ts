// Cases × guests, some at the same time.

import { prepareGuest } from './boot.ts'
import type { Case } from './cases/index.ts'
import type { Guest } from './guests/index.ts'
import { Unavailable } from './packages.ts'
import type { Road } from './roads/index.ts'
import { type CaseVerdict, fitOneBoot, runCase } from './run-case.ts'

export interface Selection {
  cases: readonly Case[]
  guests: readonly Guest[]
  roads: readonly Road[]
  /** on guests that are not `full`, and with `core` everywhere, only core cases */
  core: boolean
  /** the cases were asked for by their names: they run on every guest */
  named?: boolean
  jobs: number
}

export interface Results {
  verdicts: CaseVerdict[]
  roads: string[]
  seconds: number
}

export async function runMatrix(selection: Selection, done: (verdict: CaseVerdict) => void): Promise<Results> {
  const began = performance.now()
  const pairs = pairsOf(selection)
  const verdicts: CaseVerdict[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (;;) {
      const index = next++
      const pair = pairs[index]
      if (pair === undefined) return
      const verdict = await runPair(pair, roadsOf(pair, selection))
      verdicts[index] = verdict
      done(verdict)
    }
  }
  // Fetching and building comes first: it would make the guests that already run too slow.
  for (const guest of new Set(pairs.map(pair => pair.guest))) await prepareGuest(guest).catch(() => {})
  await Promise.all(Array.from({ length: Math.max(1, selection.jobs) }, worker))
  return { verdicts, roads: selection.roads.map(({ name }) => name), seconds: (performance.now() - began) / 1000 }
}

interface Pair {
  guest: Guest
  each: Case
}

function pairsOf({ cases, guests, core, named }: Selection): Pair[] {
  return guests.flatMap(guest =>
    cases
      .filter(each => each.only?.includes(guest.name) ?? true)
      .filter(() => !core || guest.rolling === undefined)
      .filter(each => each.core || (!core && (named || guest.full || each.only !== undefined)))
      .map(each => ({ guest, each })),
  )
}

/** All roads where that is asked for; one of each group, which is one boot, in the reduced matrix. */
function roadsOf({ guest, each }: Pair, { roads, core }: Selection): Road[] {
  if (!core || (each.everyRoad && guest.full)) return [...roads]
  const usable = (road: Road): boolean => guest.lacks?.[road.name] === undefined && road.lacks?.(guest) === undefined
  const inBoot: Road[] = []
  return roads.filter(road => {
    if (!usable(road)) return true
    const fits = inBoot.every(other => fitOneBoot(road, other))
    if (fits) inBoot.push(road)
    return fits
  })
}

async function runPair({ guest, each }: Pair, roads: readonly Road[]): Promise<CaseVerdict> {
  try {
    return await runCase(each, guest, roads)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    const { name, does } = each
    const verdict = { case: name, guest: guest.name, does, problems: [], roads: [], bootSeconds: [], seconds: 0 }
    return error instanceof Unavailable ? { ...verdict, skipped: problem } : { ...verdict, problems: [problem] }
  }
}
