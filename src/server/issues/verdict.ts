// Hardware, model or software? By repetition: a bug in the code strikes wherever the code runs, a broken part strikes one
// machine again and again, a flaw of a product its every copy and nothing else.

import { say } from '../../core/say.ts'

export interface Spread {
  reports: number
  /** hosts that had it */
  hosts: number
  /** models of these hosts, as far as they are known */
  models: number
  /** boots in which it was seen; of several hosts, at least that many */
  boots: number
}

export interface Fleet {
  /** hosts that could have told of it */
  hosts: number
  /** of the one model, when only one had it */
  sameModelHosts: number
  models: number
}

export interface Verdict {
  is: 'hardware' | 'model' | 'software' | 'open'
  confidence: 'likely' | 'possible'
  because: string
}

/** Fewer say nothing. */
const ENOUGH_REPORTS = 3
const ENOUGH_BOOTS = 2
/** So many others stayed well before one is called the odd one out. */
const ENOUGH_OTHERS = 3
/** Chance that hosts drawn from the fleet are all of one model, below which it is no chance. */
const UNLIKELY = 0.05

const ofHosts = (count: number): string => (count === 1 ? say`1 host` : say`${count} hosts`)
const ofModels = (count: number): string => (count === 1 ? say`1 model` : say`${count} models`)
const ofBoots = (count: number): string => (count === 1 ? say`1 boot` : say`${count} boots`)
const ofReports = (count: number): string => (count === 1 ? say`1 report` : say`${count} reports`)

/** `severity` is that of the reports: what hardware says of itself needs less proof. */
export function verdictOf(spread: Spread, fleet: Fleet, severity: string): Verdict {
  const { reports, hosts, models, boots } = spread
  if (hosts > 1 && models > 1) {
    const confidence = hosts >= ENOUGH_OTHERS && severity !== 'hardware' ? 'likely' : 'possible'
    return { is: 'software', confidence, because: say`${ofHosts(hosts)} of ${ofModels(models)} had it` }
  }
  if (severity === 'hardware' && hosts === 1) {
    return { is: 'hardware', confidence: 'likely', because: say`the hardware of one host said so itself` }
  }
  if (hosts === 1) return ofOneHost(reports, boots, fleet)
  if (hosts > 1 && models === 1) return ofOneModel(hosts, fleet)
  return { is: 'open', confidence: 'possible', because: say`the models of ${ofHosts(hosts)} are not known` }
}

function ofOneHost(reports: number, boots: number, fleet: Fleet): Verdict {
  const others = fleet.hosts - 1
  if (reports < ENOUGH_REPORTS || boots < ENOUGH_BOOTS) {
    const because = say`one host, ${ofReports(reports)} in ${ofBoots(boots)}: too few to tell`
    return { is: 'open', confidence: 'possible', because }
  }
  if (others < ENOUGH_OTHERS) {
    return {
      is: 'open',
      confidence: 'possible',
      because:
        others === 1
          ? say`there is only 1 other host to compare with`
          : say`there are only ${others} other hosts to compare with`,
    }
  }
  const alike = fleet.sameModelHosts - 1
  const confidence = alike >= ENOUGH_OTHERS ? 'likely' : 'possible'
  const because = say`one host had it ${reports} times in ${ofBoots(boots)}; ${others} others, ${alike} of its model, never`
  return { is: 'hardware', confidence, because }
}

function ofOneModel(hosts: number, { hosts: all, sameModelHosts, models }: Fleet): Verdict {
  // As if each host had been drawn by itself.
  const chance = all === 0 ? 1 : (sameModelHosts / all) ** hosts
  const share = say`${sameModelHosts} of ${ofHosts(all)} are of that model`
  if (models > 1 && chance < UNLIKELY) {
    const confidence = hosts >= ENOUGH_OTHERS ? 'likely' : 'possible'
    return { is: 'model', confidence, because: say`all ${hosts} hosts that had it are of one model, and ${share}` }
  }
  return { is: 'open', confidence: 'possible', because: say`${hosts} hosts of one model had it, but ${share}` }
}
