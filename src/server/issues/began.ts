// "Began with": what is new where an issue is seen and was not there where it is not: a kernel, a firmware of its models,
// or a module, perhaps of one version. By counting boots and hosts that did without.

import { say } from '../../core/say.ts'
import { compareFirmware } from './hardware.ts'
import { nameOf } from './modules.ts'
import { compareReleases } from './release.ts'

export interface Began {
  what: 'kernel' | 'firmware' | 'module'
  /** the first that has it: "6.2.0", "2.10.0 11/12/2020", "zfs 2.2.0"; modules that cannot be told apart, with commas */
  name: string
  /** the latest before it, which does not have it */
  lastGood?: string
  confidence: 'likely' | 'possible'
  because: string
}

/** Fewer boots without it say little, however often it is seen otherwise. */
const ENOUGH_BOOTS = 3
/** Fewer hosts say nothing of what they have in common. */
const ENOUGH_HOSTS = 2
/** So many others stayed well before something of the others is called the reason. */
const ENOUGH_OTHERS = 3
/** Below this chance it is no chance. */
const UNLIKELY = 0.05
const VERY_UNLIKELY = 0.01
/** Modules that cannot be told apart, in one name. */
const MAX_NAMES = 3

const boots = (count: number): string => (count === 1 ? say`1 known boot` : say`${count} known boots`)

/**
 * `having`: of those in which it was seen, in any order; `ran`: of all that the server knows, with their boots; `seen`: boots
 * in which it was seen. undefined: nothing earlier is known, or it was there from the beginning.
 */
export function beganWithin(
  what: 'kernel' | 'firmware',
  having: readonly string[],
  ran: ReadonlyMap<string, number>,
  seen: number,
): Began | undefined {
  const compare = what === 'kernel' ? compareReleases : compareFirmware
  const [first] = [...having].sort(compare)
  if (first === undefined) return undefined
  const earlier = [...ran.keys()].filter(each => compare(each, first) < 0).sort(compare)
  const lastGood = earlier.at(-1)
  if (lastGood === undefined) return undefined
  const all = [...ran].reduce((sum, [, count]) => sum + count, 0)
  const without = earlier.reduce((sum, each) => sum + (ran.get(each) ?? 0), 0)
  const since = Math.max(all - without, seen)
  // As if each boot had it by the same chance: that so many did without it before.
  const chance = since === 0 ? 1 : (1 - seen / since) ** without
  return {
    what,
    name: first,
    lastGood,
    confidence: without >= ENOUGH_BOOTS && chance < UNLIKELY ? 'likely' : 'possible',
    because:
      what === 'kernel'
        ? say`seen in ${seen} of ${boots(since)} since, in none of ${without} of earlier releases, the latest of them ${lastGood}`
        : say`seen in ${seen} of ${boots(since)} since, in none of ${without} of earlier firmware of the same models, the latest of them ${lastGood}`,
  }
}

export interface ModuleSpread {
  /** modules that were loaded wherever it was seen, also by their versions */
  common: readonly string[]
  /** hosts that had it */
  having: number
  /** of the modules, and of other versions of them: how many hosts have them loaded */
  hosts: ReadonlyMap<string, number>
  /** hosts whose modules are known */
  known: number
  /** in which it happened, by its reports */
  blamed?: string | undefined
}

/** What all hosts with the issue have loaded and few others have. */
export function beganWithModule({ common, having, hosts, known, blamed }: ModuleSpread): Began | undefined {
  if (having < ENOUGH_HOSTS) return undefined
  const countOf = (module: string): number => Math.max(hosts.get(module) ?? 0, having)
  const fewest = Math.min(...common.map(countOf))
  const chance = (fewest / known) ** having
  if (!(known - fewest >= ENOUGH_OTHERS && chance < UNLIKELY)) return undefined
  const rarest = common.filter(module => countOf(module) === fewest)
  // A version says something where other versions of it are loaded elsewhere.
  const telling = rarest.filter(each => each === nameOf(each) || !rarest.includes(nameOf(each))).sort()
  const chosen = telling.filter(each => nameOf(each) === blamed)
  const named = chosen.length > 0 ? chosen : telling
  const [name = ''] = named
  const versions = [...hosts.keys()].filter(each => nameOf(each) === nameOf(name) && compareReleases(each, name) < 0)
  const lastGood = named.length === 1 && name !== nameOf(name) ? versions.sort(compareReleases).at(-1) : undefined
  return {
    what: 'module',
    name: named.slice(0, MAX_NAMES).join(', ') + (named.length > MAX_NAMES ? ' …' : ''),
    ...(lastGood === undefined || lastGood === nameOf(name) ? {} : { lastGood }),
    confidence: having > ENOUGH_HOSTS && chance < VERY_UNLIKELY ? 'likely' : 'possible',
    because: say`all ${having} hosts that had it have it loaded, of ${known} hosts only ${fewest}`,
  }
}
