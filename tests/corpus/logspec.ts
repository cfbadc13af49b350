// KernelCI's log reader: errors with their type, call trace, hardware and place.

import { z } from 'zod'
import type { KindName, Report } from '../../src/core/model.ts'
import { casesOf } from './cases.ts'
import { briefly, exceptionsOf } from './lines.ts'
import { type Corpus, judged, outOfScope, type Verdict } from './verdict.ts'

const errorSchema = z.object({
  error_type: z.string(),
  error_summary: z.string(),
  call_trace: z.array(z.string()).optional(),
  hardware: z.string().optional(),
  location: z.string().optional(),
})
const expectationSchema = z.object({
  expected: z.tuple([z.string(), z.looseObject({ errors: z.array(errorSchema) })]),
})

const kindsOf: Readonly<Record<string, readonly KindName[]>> = {
  'linux.kernel.panic': ['panic', 'filesystem'],
  'linux.kernel.ubsan': ['ubsan'],
  'linux.kernel.oops': ['oops', 'null-dereference', 'page-fault'],
  'linux.kernel.warning': ['warning'],
}

const returnCode = 'a driver that reports a return code; no exception'

export const logspec: Corpus = {
  name: 'logspec',
  *judge(decode) {
    for (const { name, log, expectation } of casesOf('logspec', expectationSchema)) {
      const reports = exceptionsOf(decode(log))
      const [, { errors }] = expectation.expected
      const exceptions = errors.filter(error => error.error_type !== 'linux.kernel.error_return_code')
      for (const error of errors) {
        if (!exceptions.includes(error)) yield outOfScope('error', name, error.error_summary, returnCode)
      }
      yield judged(
        'count',
        name,
        reports.length === exceptions.length,
        exceptions.map(error => error.error_type),
        briefly(reports),
      )
      for (const [index, error] of exceptions.entries())
        yield* judgeError(`${name} #${index + 1}`, error, reports[index])
    }
  },
}

function* judgeError(name: string, error: z.infer<typeof errorSchema>, report: Report | undefined): Generator<Verdict> {
  const kinds = kindsOf[error.error_type]
  const fits = report !== undefined && (kinds?.includes(report.kind) ?? false)
  yield judged('error', name, fits, `${error.error_type} ${error.error_summary}`, report && briefly([report]))
  if (report === undefined) return
  if (error.hardware) {
    yield judged('hardware', name, report.kernel?.hardware === error.hardware, error.hardware, report.kernel?.hardware)
  }
  if (error.location) {
    const [file, line] = error.location.split(':')
    const place = report.place && 'file' in report.place ? report.place : undefined
    yield judged('place', name, place?.file === file && String(place?.line) === line, error.location, place)
  }
  if (error.call_trace && error.call_trace.length > 0) {
    // ARM's "fn from fn+o/l" names a function and its caller: of the last line the caller is a frame as well.
    const wanted = error.call_trace.map(line => line.split(/[ +]/)[0])
    const outermost = / from ([\w.$]+)/.exec(error.call_trace.at(-1) ?? '')?.[1]
    if (outermost !== undefined) wanted.push(outermost)
    const got = (report.traces?.[0]?.frames ?? []).map(frame => frame.symbol)
    yield judged('call trace', name, wanted.join() === got.join(), wanted, got)
  }
}
