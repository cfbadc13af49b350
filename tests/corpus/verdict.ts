// What a corpus says of us, one line a check and case.

import type { Report } from '../../src/core/model.ts'

export type Decode = (log: Uint8Array) => Report[]

export interface Verdict {
  /** what was compared: 'title', 'frames'… Each is a row of the table. */
  check: string
  /** the case's name */
  name: string
  outcome: 'passed' | 'failed' | 'out-of-scope'
  expected: string
  got: string
  /** of an out-of-scope case: why the expectation is not ours to meet */
  reason?: string
}

/** One folder of ../shared/corpus. `slow` ones are asked for by name, or by the slow tests. */
export interface Corpus {
  name: string
  judge(decode: Decode): Iterable<Verdict>
  slow?: true
  /** where it differs from the name */
  folder?: string
}

export function judged(check: string, name: string, passed: boolean, expected: unknown, got: unknown): Verdict {
  return { check, name, outcome: passed ? 'passed' : 'failed', expected: shown(expected), got: shown(got) }
}

export function outOfScope(check: string, name: string, expected: unknown, reason: string): Verdict {
  return { check, name, outcome: 'out-of-scope', expected: shown(expected), got: '', reason }
}

function shown(value: unknown): string {
  if (value === undefined) return '(none)'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export interface Tally {
  corpus: string
  check: string
  cases: number
  passed: number
  outOfScope: number
  failures: Verdict[]
  reasons: Map<string, string[]>
}

/** Verdicts of one corpus counted by check, in the order in which the checks first appeared. */
export function tally(corpus: string, verdicts: Iterable<Verdict>): Tally[] {
  const rows = new Map<string, Tally>()
  for (const verdict of verdicts) {
    const { check } = verdict
    const row = rows.get(check) ?? {
      corpus,
      check,
      cases: 0,
      passed: 0,
      outOfScope: 0,
      failures: [],
      reasons: new Map<string, string[]>(),
    }
    rows.set(check, row)
    if (verdict.outcome === 'out-of-scope') {
      row.outOfScope++
      const reason = verdict.reason ?? ''
      row.reasons.set(reason, [...(row.reasons.get(reason) ?? []), verdict.name])
      continue
    }
    row.cases++
    if (verdict.outcome === 'passed') row.passed++
    else row.failures.push(verdict)
  }
  return [...rows.values()]
}
