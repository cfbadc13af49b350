// Linaro's test lab: how many kernel messages of which kind a serial log holds.

import { z } from 'zod'
import type { Report, SeverityName } from '../../src/core/model.ts'
import { casesOf } from './cases.ts'
import { briefly, exceptionsOf, reportWith } from './lines.ts'
import { type Corpus, judged, outOfScope, type Verdict } from './verdict.ts'

const indexedText = z.tuple([z.string(), z.string()])
const expectationSchema = z.object({
  expected: z
    .array(
      z.object({
        count: z.number().optional(),
        kinds: z.array(z.string()).optional(),
        fatal_job_error: z.boolean(),
        starts_with: z.array(indexedText),
        messages: z.array(indexedText),
      }),
    )
    .nullable(),
})

/** LAVA's kinds → how bad our report of that line may be. */
const severitiesOf: Readonly<Record<string, readonly SeverityName[]>> = {
  warning: ['warning'],
  bug: ['bug', 'warning', 'stall', 'oops', 'panic'],
  oops: ['oops', 'bug', 'panic'],
  kfence: ['bug'],
}

/** Counts that only LAVA's way of cutting gives, with the reason. */
const otherCounts: Readonly<Record<string, string>> = {
  'kernel-lkft': 'four CPUs print at once without callers: LAVA cuts 134 pieces, the log has 141 warnings and 4 oopses',
  'kernel-many-errors':
    'LAVA takes everything between two of its marks as one message; the log has 8 spinlock lockups alone',
}

export const lava: Corpus = {
  name: 'lava',
  *judge(decode) {
    for (const { name, log, expectation } of casesOf('lava', expectationSchema)) {
      const all = decode(log)
      const reports = exceptionsOf(all)
      if (expectation.expected === null) yield judged('count', name, reports.length === 0, 0, briefly(reports))
      for (const expected of expectation.expected ?? []) {
        if (expected.count !== undefined) yield judgeCount(name, expected.count, expected.kinds, reports)
        const fatal = reports.some(report => report.fatal)
        yield judged(
          'fatal',
          name,
          fatal === expected.fatal_job_error,
          expected.fatal_job_error,
          briefly(reports).slice(0, 4),
        )
        for (const [, line] of [...expected.starts_with, ...expected.messages]) {
          if (/cut here/.test(line)) continue
          yield judged(
            'line',
            `${name} ${line}`,
            reportWith(all, line) !== undefined,
            line,
            briefly(reports).slice(0, 6),
          )
        }
      }
    }
  },
}

function judgeCount(name: string, count: number, kinds: string[] | undefined, reports: Report[]): Verdict {
  const other = otherCounts[name]
  if (other) return outOfScope('count', name, count, other)
  const sameKinds =
    kinds === undefined ||
    kinds.every((kind, index) => severitiesOf[kind]?.includes(reports[index]?.severity ?? 'notice'))
  const shown = `${reports.length}: ${briefly(reports).slice(0, 20).join(', ')}`
  return judged('count', name, reports.length === count && sameKinds, `${count}: ${kinds?.join(' ') ?? ''}`, shown)
}
