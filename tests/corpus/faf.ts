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
      const printed = problem.frames.every(frame => problem.raw_oops.includes(frame.function_name ?? ''))
      if (printed) yield* judgeUreport(name, problem, report)
      else yield outOfScope('frames', name, problem.frames.length, 'frames were written into the uReport by hand')
    }
  },
}
