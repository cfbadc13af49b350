// The crash server of Fedora: whole uReports, version 2, each with its raw oops.

import { z } from 'zod'
import { casesOf } from './cases.ts'
import { exceptionsOf } from './lines.ts'
import { judgeUreport, ureportSchema } from './satyr.ts'
import { type Corpus, judged, outOfScope } from './verdict.ts'

const flagOf: Readonly<Record<string, string>> = {
  module_proprietary: 'P',
  forced_module: 'F',
  warning: 'W',
  module_out_of_tree: 'O',
  module_unsigned: 'E',
  died_recently: 'D',
  firmware_workaround: 'I',
}

const problemSchema = ureportSchema.extend({ raw_oops: z.string(), taint_flags: z.array(z.string()) })
const expectationSchema = z.object({ ureport: z.object({ problem: problemSchema }) })

/** Their raw oops is the same as in the first, the lists beside it are not. */
const shortened = new Set(['ureport_kerneloops2'])

export const faf: Corpus = {
  name: 'faf',
  *judge(decode) {
    for (const { name, log, expectation } of casesOf('faf', expectationSchema)) {
      const { problem } = expectation.ureport
      const report = exceptionsOf(decode(log))[0]
      yield judged('an oops', name, report !== undefined, 'a report', report?.title)
      if (report === undefined) continue
      const wanted = problem.taint_flags.map(flag => flagOf[flag] ?? flag).sort()
      const got = (report.kernel?.tainted ?? [])
        .map(taint => taint.flag)
        .filter(flag => flag !== 'G')
        .sort()
      yield judged('taints', name, wanted.join('') === got.join(''), wanted.join(''), got.join(''))
      if (shortened.has(name))
        yield outOfScope('frames', name, problem.frames.length, 'frames and modules were taken out by hand')
      else yield* judgeUreport(name, problem, report)
    }
  },
}
