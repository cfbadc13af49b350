// "Began with kernel X": the earliest release that has the issue, if earlier ones ran long enough without it.

import { compareReleases } from './release.ts'

export interface ReleaseCount {
  release: string
  reports: number
}

export interface Began {
  release: string
  /** the latest release before it, which does not have it */
  lastGood: string
  confidence: 'likely' | 'possible'
  because: string
}

/** Boots with earlier releases that say that it was not there. */
const ENOUGH_BOOTS = 10

/**
 * `issue`: the releases of its reports; `ran`: of all boots that the server knows, with their number. undefined: nothing
 * earlier is known, or it was there from the beginning.
 */
export function beganWith(issue: readonly ReleaseCount[], ran: ReadonlyMap<string, number>): Began | undefined {
  const [first] = issue.map(({ release }) => release).sort(compareReleases)
  if (first === undefined) return undefined
  const earlier = [...ran.keys()].filter(release => compareReleases(release, first) < 0).sort(compareReleases)
  const lastGood = earlier.at(-1)
  if (lastGood === undefined) return undefined
  const boots = earlier.reduce((sum, release) => sum + (ran.get(release) ?? 0), 0)
  return {
    release: first,
    lastGood,
    confidence: boots >= ENOUGH_BOOTS ? 'likely' : 'possible',
    because: `none in ${boots} known boot${boots === 1 ? '' : 's'} of earlier releases, the latest of them ${lastGood}`,
  }
}
