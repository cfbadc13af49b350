// Verdicts for a terminal: a row for each case and guest, a column for each road.

import type { Results } from './matrix.ts'
import type { CaseVerdict } from './run-case.ts'
import type { RoadVerdict } from './verdict.ts'

const signs: Record<RoadVerdict['outcome'], string> = { right: '✔', wrong: '✖', lost: '○', 'not-judged': '·' }

/** Something went otherwise than the case says. */
export const failedCase = ({ problems, roads }: CaseVerdict): boolean =>
  problems.length > 0 || roads.some(({ outcome }) => outcome === 'wrong' || outcome === 'lost')

/** One line for a case that is done. */
export function lineOf(verdict: CaseVerdict): string {
  const { case: name, guest, skipped, seconds } = verdict
  if (skipped !== undefined) return `- ${name} on ${guest}: not run: ${skipped}`
  const right = verdict.roads.filter(({ outcome }) => outcome === 'right').length
  const judged = verdict.roads.filter(({ outcome }) => outcome !== 'not-judged').length
  return `${failedCase(verdict) ? '✖' : '✔'} ${name} on ${guest}: ${right} of ${judged} roads right, ${seconds.toFixed(0)} s`
}

export function tableOf({ verdicts, roads, seconds }: Results): string {
  const head = ['case', 'guest', ...roads]
  const rows = verdicts.map(verdict => [
    verdict.case,
    verdict.guest,
    ...roads.map(road => signs[verdict.roads.find(each => each.road === road)?.outcome ?? 'not-judged']),
  ])
  const widths = head.map((word, index) => Math.max(word.length, ...rows.map(row => row[index]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join('  ')
      .trimEnd()}\n`
  const judged = verdicts.flatMap(each => each.roads).filter(({ outcome }) => outcome !== 'not-judged')
  const right = judged.filter(({ outcome }) => outcome === 'right').length
  const skipped = verdicts.filter(each => each.skipped !== undefined)
  return [
    line(head),
    ...rows.map(line),
    '\n✔ captured once and decoded rightly  ✖ wrong  ○ lost  · nothing to find on this road\n',
    ...problemsOf(verdicts),
    ...skipped.map(each => `not run: ${each.case} on ${each.guest}: ${each.skipped}\n`),
    `\n${right} of ${judged.length} right; ${verdicts.filter(failedCase).length} of ${verdicts.length} cases failed; ${seconds.toFixed(0)} s\n`,
  ].join('')
}

/** What went otherwise, a sentence each. */
export const troubles = ({ problems, roads }: CaseVerdict): string[] => [
  ...problems,
  ...roads.flatMap(({ road, problems }) => problems.map(problem => `${road}: ${problem}`)),
]

function problemsOf(verdicts: readonly CaseVerdict[]): string[] {
  return verdicts.filter(failedCase).map(verdict => {
    const lines = troubles(verdict).map(each => `  ${each}\n`)
    return `\n${verdict.case} on ${verdict.guest} (${verdict.folder ?? 'no log'})\n${lines.join('')}`
  })
}
