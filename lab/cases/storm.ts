// A million lines at once, with warnings among them: more than the kernel's buffer holds while a reader reads.

import { type Case, fault, type Seen } from './case.ts'

const LINES = 1_000_000

/** One for each 50,000 lines: fl.c, fl_storm(). */
const WARNINGS = 20

function counted(seen: Seen): string[] {
  if (seen.road === 'serial' && seen.reports.length !== WARNINGS) {
    return [`${seen.reports.length} warnings arrived, of ${WARNINGS}`]
  }
  return seen.road === 'kmsg' ? countedRecords(seen) : []
}

/** Records of /dev/kmsg: every sequence number is there, or its loss shows in the next. */
function countedRecords({ evidence }: Seen): string[] {
  let arrived = 0
  let lost = 0
  let last: number | undefined
  let lastLine = -1
  for (const { bytes } of evidence) {
    for (const match of Buffer.from(bytes).toString('latin1').matchAll(record)) {
      const sequence = Number(match.groups?.sequence)
      if (last !== undefined) lost += sequence - last - 1
      last = sequence
      if (match.groups?.line === undefined) continue
      arrived++
      lastLine = Number(match.groups.line)
    }
  }
  const problems: string[] = []
  if (lastLine !== LINES - 1) problems.push(`the storm's last line is ${lastLine}, not ${LINES - 1}`)
  if (arrived + lost < LINES) problems.push(`${arrived} lines arrived and ${lost} records were lost, of ${LINES} lines`)
  return problems
}

const record = /^\d+,(?<sequence>\d+),\d+,[^;\n]*;(?:fl: storm line (?<line>\d+) of )?/gm

export const storm: Case = {
  name: 'storm',
  does: 'prints a million lines with twenty warnings among them, more than a reader can follow',
  // Consoles get the warnings only: their speed would be the kernel's.
  crash: `dmesg -n 5; ${fault('storm')}; dmesg -n 8`,
  memoryMb: 512,
  ends: 'lives',
  seconds: 60,
  settles: 2,
  expects: [{ kind: 'warning', title: 'WARNING in fl_warn_text', comm: 'sh', fatal: false, repeats: true }],
  check: counted,
}
