// Console logs of fuzzed kernels, with the titles syzbot gives them.

import { z } from 'zod'
import type { Report } from '../../src/core/model.ts'
import { type Case, casesOf } from './cases.ts'
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
  if (!expectation.title) {
    const titles = reports.map(report => report.title)
    if (reports.every(report => report.severity === 'user') && reports.length > 0) {
      yield outOfScope('nothing found', name, [], 'faults of user programs, which they leave out and we report')
      return
    }
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

/** A log made up by its authors, of two lines that no kernel prints together. */
const madeUp = new Set(['guilty_0020'])

/** The blamed file must be among the places that the report's lines name. */
function judgeGuilty(name: string, guilty: string, reports: Report[]): Verdict {
  if (madeUp.has(name)) return outOfScope('guilty file', name, guilty, 'two lines that no kernel prints together')
  const first = reports[0]
  if (first === undefined) return judged('guilty file', name, false, guilty, 'no report')
  const named = first.text.includes(guilty)
  return judged('guilty file', name, named, guilty, `${first.title}: ${first.lines.first}-${first.lines.last}`)
}

/**
 * The cut-out text. Theirs puts in front what stands above a short report, ours the ruler above the header; theirs
 * leaves out unreliable frames and other contexts; and ours is one event, so it goes on where theirs ends with the
 * panic that follows. Between the header and their last line both must have the same lines.
 */
function* judgeExtent(one: SyzkallerCase, report: Report | undefined): Generator<Verdict> {
  const { start_line, end_line, expected_report_text } = one.expectation
  const ours = (report?.text ?? '')
    .split('\n')
    .filter(line => !unreliable.test(line))
    .map(line => line.trim())
  if (start_line) {
    const wanted = message(start_line)
    const header = ours.find(line => !ruler.test(line))
    yield judged('first line', one.name, header === wanted, wanted, header)
  }
  if (end_line) {
    const wanted = message(end_line)
    yield judged('last line', one.name, ours.includes(wanted), wanted, ours.at(-1))
  }
  if (!expected_report_text) return
  if (one.name.startsWith('symbolize_')) {
    yield outOfScope('text', one.name, '', 'theirs is with names demangled and places put in; our text is as printed')
    return
  }
  const theirs = expected_report_text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  const difference = firstDifference(
    theirs,
    ours.filter(line => line !== ''),
  )
  yield judged('text', one.name, difference === undefined, difference?.wanted ?? '', difference?.got ?? '')
}

const ruler = /^(?:={5,}|-{5,}|-+\[ cut here \]-+|8<--- cut here ---)$/
// "[<ffffffff81429500>] ? rcu_barrier_func+0x90/0x90"
const unreliable = /^ *(?:\[<[0-9a-f]+>\] )?\? /

function firstDifference(theirs: string[], ours: string[]): { wanted: string; got: string } | undefined {
  const header = ours.findIndex(line => !ruler.test(line))
  const start = theirs.indexOf(ours[header] ?? '')
  if (start < 0) return { wanted: theirs[0] ?? '', got: ours[header] ?? '(no report)' }
  const end = Math.min(theirs.length, start + ours.length - header)
  for (let index = start; index < end; index++) {
    const line = ours[header + index - start]
    if (line !== theirs[index]) return { wanted: `${index + 1}: ${theirs[index]}`, got: line ?? '(end)' }
  }
  if (end === theirs.length) return undefined
  return { wanted: `${end + 1}: ${theirs[end]}`, got: '(end)' }
}

const printkStamp = /^(?:<\d+>)?\[ *\d+\.\d+\](?:\[[ \w@]+\])? ?/

function message(line: string): string {
  return line.replace(printkStamp, '').trimEnd()
}
