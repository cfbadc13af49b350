// The named facts of a report: the groups of its header, of its stages, and of the details that its later lines bring.

import type { Excerpt } from '../detect/event.ts'

/** Only so many lines are searched for a detail; they stand near the header. */
const MAX_DETAIL_LINES = 400

/** What a later stage's header may say for the whole event: "insmod(412): Oops 0", the place of a BUG(). */
const told = ['place', 'comm', 'pid'] as const

export function readFacts(excerpt: Excerpt): Record<string, string> {
  const facts: Record<string, string> = { ...excerpt.groups }
  const details = excerpt.row.details
  if (details) {
    const last = Math.min(excerpt.intrudedAt ?? excerpt.lines.length, excerpt.header + MAX_DETAIL_LINES)
    const open = new Set(details)
    // the message of a WARN stands before its header, everything else behind
    for (const index of order(excerpt.header, last)) {
      const text = excerpt.lines[index]!.record.text.trimStart()
      for (const pattern of open) {
        const match = pattern.exec(text)
        if (!match) continue
        for (const [name, value] of Object.entries(match.groups ?? {})) if (value !== undefined) facts[name] ??= value
        open.delete(pattern)
      }
      if (open.size === 0) break
    }
  }
  for (const { groups } of excerpt.stages)
    for (const name of told) if (groups[name] !== undefined) facts[name] ??= groups[name]
  derive(excerpt, facts)
  return facts
}

function* order(header: number, last: number): Generator<number> {
  for (let i = header + 1; i < last; i++) yield i
  for (let i = 0; i < header; i++) yield i
}

/** Words that are spelt differently over the years, made one. */
function derive(excerpt: Excerpt, facts: Record<string, string>): void {
  if (facts['on'] !== undefined) facts['cpu'] ??= facts['on']
  if (excerpt.row.kind === 'kasan' && facts['what'] !== undefined) facts['what'] = facts['what'].replaceAll(' ', '-')
  if (facts['how'] !== undefined && excerpt.row.kind === 'pcie-aer') {
    const how = facts['how']
    facts['aer'] = /^Correct/i.test(how) ? 'corrected' : /\(Fatal\)|^Fatal/.test(how) ? 'fatal' : 'uncorrected'
  }
  if (excerpt.row.kind === 'oom-kill') {
    const memcg =
      facts['scope']?.startsWith('Memory cgroup') === true ||
      facts['memcg'] !== undefined ||
      facts['constraintLine']?.includes('CONSTRAINT_MEMCG') === true
    facts['scope'] = memcg ? 'Memory cgroup out of memory' : 'Out of memory'
    for (const stage of excerpt.stages)
      if (stage.groups['victim'] !== undefined) facts['victim'] ??= stage.groups['victim']
    if (facts['task'] !== undefined) facts['victim'] ??= facts['task']
  }
}
