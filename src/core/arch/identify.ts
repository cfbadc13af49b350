// Which architecture printed a report: every line that only one of them prints is a vote.

import type { ArchName } from '../model.ts'
import { arches } from './index.ts'

/** So many votes ahead of the next, an architecture has won and the rest is not read. */
const decisiveLead = 3

/** One look at a line tells whether any architecture signs it; most lines of a report are signed by none. */
let anySignature: RegExp | undefined

function signedByAny(line: string): boolean {
  anySignature ??= new RegExp(arches.flatMap(arch => arch.signatures.map(signature => signature.source)).join('|'))
  return anySignature.test(line)
}

/**
 * The architecture whose signatures stand on most of `lines` (records' texts); undefined when none does. Where two have as
 * many, the one that comes first in `arches`. Time is linear in the lines; reading ends once one is far enough ahead.
 */
export function identifyArch(lines: readonly string[]): ArchName | undefined {
  const votes = new Map<ArchName, number>()
  for (const line of lines) {
    if (!signedByAny(line)) continue
    for (const arch of arches) {
      if (!arch.signatures.some(signature => signature.test(line))) continue
      votes.set(arch.name, (votes.get(arch.name) ?? 0) + 1)
    }
    const [first = 0, second = 0] = [...votes.values()].sort((a, b) => b - a)
    if (first - second >= decisiveLead) break
  }
  let winner: ArchName | undefined
  for (const arch of arches) {
    const count = votes.get(arch.name) ?? 0
    if (count > 0 && (winner === undefined || count > votes.get(winner)!)) winner = arch.name
  }
  return winner
}
