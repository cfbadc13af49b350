// Console logs of fuzzed kernels, with the titles syzbot gives them.

import { z } from 'zod'
import type { Report } from '../../src/core/model.ts'
import { type Case, casesOf, textOf } from './cases.ts'
import { type Corpus, type Decode, judged, outOfScope, type Verdict } from './verdict.ts'

const expectationSchema = z.object({
  title: z.string().nullable(),
  alt_titles: z.array(z.string()).optional(),
  corrupted: z.boolean().optional(),
  start_line: z.string().nullish(),
  end_line: z.string().nullish(),
  expected_report_text: z.string().nullish(),
  /** the source file to blame, on logs whose frames are symbolised */
  guilty_file: z.string().optional(),
})

export type SyzkallerCase = Case<z.infer<typeof expectationSchema>>

export function syzkallerCases(): Generator<SyzkallerCase> {
  return casesOf('syzkaller', expectationSchema)
}

/** Two crashes are one bug when title and alternatives meet; of ours only the title itself counts. */
export function titleMeets(title: string | undefined, { expectation }: SyzkallerCase): boolean {
  if (title === undefined) return false
  return title === expectation.title || (expectation.alt_titles ?? []).includes(title)
}

export const syzkaller: Corpus = {
  name: 'syzkaller',
  *judge(decode) {
    for (const one of syzkallerCases()) yield* judgeCase(one, decode)
  },
}

function* judgeCase(one: SyzkallerCase, decode: Decode): Generator<Verdict> {
  const { name, expectation } = one
  const reports = decode(one.log)
  const first = reports[0]
  if (expectation.guilty_file !== undefined) {
    yield judgeGuilty(name, expectation.guilty_file, reports)
    return
  }
  if (expectation.title === null) {
    const titles = reports.map(report => report.title)
    yield judged('nothing found', name, titles.length === 0, [], titles)
    return
  }
  yield judged('title', name, titleMeets(first?.title, one), expectation.title, first?.title)
  if (expectation.corrupted !== undefined) {
    const damage = first?.damage?.map(item => `${item.what}@${item.line}`) ?? []
    const agrees = damage.length > 0 === expectation.corrupted
    yield judged('corrupted', name, agrees, expectation.corrupted ? 'damaged' : 'sound', damage.join(' ') || 'sound')
  }
  yield* judgeExtent(one, first)
}

/** The blamed file must be among the places that the report's lines name. */
function judgeGuilty(name: string, guilty: string, reports: Report[]): Verdict {
  const first = reports[0]
  if (first === undefined) return judged('guilty file', name, false, guilty, 'no report')
  const named = first.text.includes(guilty)
  return judged('guilty file', name, named, guilty, `${first.title}: ${first.lines.first}-${first.lines.last}`)
}

/**
 * The cut-out text. Theirs leaves other contexts out and ends where a following panic begins; ours is one event with
 * its stages, so ours holds every line of theirs in order, and between their first line and their last nothing else.
 */
function* judgeExtent(one: SyzkallerCase, report: Report | undefined): Generator<Verdict> {
  const { start_line, end_line, expected_report_text } = one.expectation
  const lines = (report?.text ?? '').split('\n').map(line => line.trimEnd())
  if (start_line) {
    const wanted = message(start_line)
    yield judged('first line', one.name, lines[0] === wanted, wanted, lines[0])
  }
  if (end_line) {
    const wanted = message(end_line)
    yield judged('last line', one.name, lines.includes(wanted), wanted, lines.at(-1))
  }
  if (!expected_report_text) return
  const wanted = expected_report_text.split('\n').map(line => line.trimEnd())
  while (wanted.at(-1) === '') wanted.pop()
  const difference = firstDifference(wanted, lines)
  const symbolised = textOf(one.log).includes(wanted[0] ?? '')
  if (difference && !symbolised) yield outOfScope('text', one.name, wanted[0], 'the text was symbolised afterwards')
  else yield judged('text', one.name, difference === undefined, difference?.wanted ?? '', difference?.got ?? '')
}

function firstDifference(wanted: string[], got: string[]): { wanted: string; got: string } | undefined {
  const start = got.indexOf(wanted[0] ?? '')
  for (const [index, line] of wanted.entries()) {
    const ours = start < 0 ? undefined : got[start + index]
    if (ours !== line) return { wanted: `${index + 1}: ${line}`, got: ours ?? '(end)' }
  }
  return undefined
}

const printkStamp = /^(?:<\d+>)?\[ *\d+\.\d+\](?:\[[ \w@]+\])? ?/

function message(line: string): string {
  return line.replace(printkStamp, '').trimEnd()
}
