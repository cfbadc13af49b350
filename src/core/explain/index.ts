// The reason behind a report, as findings: pure functions of what the report holds.

import type { Finding, Report } from '../model.ts'
import {
  badJump,
  errorPointer,
  flippedBit,
  nullMember,
  poison,
  shadowOfKasan,
  textAsPointer,
  userMemory,
} from './address.ts'
import { freedInitMemory, stackBounds, unmappedArea } from './areas.ts'
import { bug, canary, divideByZero, listCorruption, machineFault, referenceCount, usedAfterFree } from './checks.ts'
import { Evidence } from './evidence.ts'
import { dataRace, lockInInterrupt, lockOrder, lockRule, uninitialised } from './locking.ts'
import { fragmentation, outOfMemory } from './memory.ts'
import { explainOperand } from './operand.ts'
import { panicReason } from './panics.ts'
import { programFault } from './programs.ts'
import type { Rule } from './rule.ts'
import { askedFor, followOn, foreignModule, recursion, stackOverflow } from './state.ts'
import { atomicDepth, hungTask, sleeping, spinning } from './waiting.ts'

export type { Rule } from './rule.ts'

/** Of each group the first rule that knows an answer speaks. Groups in the order in which a reader wants them. */
export const groups: readonly (readonly Rule[])[] = [
  [
    freedInitMemory,
    badJump,
    shadowOfKasan,
    poison,
    errorPointer,
    nullMember,
    textAsPointer,
    flippedBit,
    userMemory,
    unmappedArea,
  ],
  [usedAfterFree, referenceCount, listCorruption, canary, divideByZero, machineFault, bug],
  [lockOrder, lockInInterrupt, lockRule, dataRace, uninitialised],
  [programFault],
  [hungTask, spinning, sleeping, atomicDepth],
  [outOfMemory, fragmentation],
  [panicReason],
  [recursion, stackOverflow, stackBounds],
  [askedFor],
  [foreignModule],
  [followOn],
]

/**
 * What the report's own words, registers and traces allow to say of its cause; none when that is nothing. `lines`: those
 * of its text, where they are at hand.
 */
export function explain(report: Report, lines?: readonly string[]): Finding[] {
  const evidence = new Evidence(report, lines)
  const findings: Finding[] = []
  for (const rules of groups) {
    for (const rule of rules) {
      const finding = rule.explain(evidence)
      if (finding === undefined) continue
      const { evidence: shown } = finding
      if (shown.length > 1) finding.evidence = [...new Set(shown)].sort((one, other) => one - other)
      findings.push(finding)
      break
    }
  }
  return findings
}

/** Adds what the disassembled instruction says of the address, behind what the address itself says. */
export function addOperand(report: Report): void {
  const operand = explainOperand(report)
  if (operand === undefined) return
  const evidence = new Evidence(report)
  const ofAddress = groups[0]?.some(rule => rule.explain(evidence) !== undefined) ?? false
  const findings = [...(report.findings ?? [])]
  findings.splice(ofAddress ? 1 : 0, 0, operand)
  report.findings = findings
}
