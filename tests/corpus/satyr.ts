// The library that reads oopses for abrt: frames, taints and modules of one oops.

import { z } from 'zod'
import type { Report, Trace } from '../../src/core/model.ts'
import { casesOf } from './cases.ts'
import { symbolsOf } from './functions.ts'
import { exceptionsOf } from './lines.ts'
import { type Corpus, judged, outOfScope, type Verdict } from './verdict.ts'

const expectationSchema = z.object({
  expected: z
    .object({
      first_function_name: z.string().nullable(),
      last_function_name: z.string().nullable(),
      frame_count: z.number(),
      taint_count: z.number(),
      module_count: z.number(),
    })
    .nullable(),
  /** the whole answer, of one file */
  expected_json_text: z.string().optional(),
})

const wholeSchema = z.object({
  version: z.string().optional(),
  modules: z.array(z.string()),
  frames: z.array(
    z.object({
      function_name: z.string().optional(),
      function_offset: z.number().optional(),
      function_length: z.number().optional(),
      module_name: z.string().optional(),
      reliable: z.boolean(),
    }),
  ),
})

export const satyr: Corpus = {
  name: 'satyr',
  *judge(decode) {
    for (const { name, log, expectation } of casesOf('satyr', expectationSchema)) {
      const reports = exceptionsOf(decode(log))
      const report = reports[0]
      yield judged('an oops', name, report !== undefined, 'a report', report?.title)
      if (report === undefined) continue
      if (expectation.expected) yield* judgeCounts(name, expectation.expected, reports)
      if (expectation.expected_json_text) {
        yield* judgeUreport(name, wholeSchema.parse(JSON.parse(expectation.expected_json_text)), report)
      }
    }
  },
}

type Counts = NonNullable<z.infer<typeof expectationSchema>['expected']>

const tornFrame = 'rhbz-836206'

/** For satyr a file is one oops, and where the fault struck is its first frame. */
function* judgeCounts(name: string, counts: Counts, reports: Report[]): Generator<Verdict> {
  // On ARM a line names a function and its caller; they count lines, so the outermost caller is one of ours too many.
  const frames = reports.flatMap(report =>
    (report.traces ?? []).flatMap(trace => (report.arch === 'arm' ? trace.frames.slice(0, -1) : trace.frames)),
  )
  const pc = reports[0]?.pc
  const pcFirst = pc?.symbol === counts.first_function_name && frames[0]?.symbol !== counts.first_function_name
  if (pc && pcFirst) frames.unshift(pc)
  const symbols = symbolsOf(frames)
  const shown = `${frames.length} frames: ${symbols[0]} … ${symbols.at(-1)}`
  if (counts.first_function_name !== null) {
    yield judged('first frame', name, symbols[0] === counts.first_function_name, counts.first_function_name, shown)
  }
  if (counts.last_function_name !== null) {
    yield judged('last frame', name, symbols.at(-1) === counts.last_function_name, counts.last_function_name, shown)
  }
  if (name === tornFrame)
    yield outOfScope('frame count', name, counts.frame_count, 'a frame behind a torn stamp is missed by them')
  else yield judged('frame count', name, frames.length === counts.frame_count, counts.frame_count, shown)
  const taints = reports.map(taintFlags).find(flags => flags.length > 0) ?? []
  yield judged('taint count', name, taints.length === counts.taint_count, counts.taint_count, taints.join(''))
  const modules = reports.map(report => report.modules ?? []).find(list => list.length > 0) ?? []
  const got = `${modules.length}: ${modules[0]?.name} … ${modules.at(-1)?.name}`
  yield judged('module count', name, modules.length === counts.module_count, counts.module_count, got)
}

type Ureport = z.infer<typeof wholeSchema>

/** The uReport of FAF and satyr: every module and every frame. */
export function* judgeUreport(name: string, whole: Ureport, report: Report): Generator<Verdict> {
  if (whole.version !== undefined) {
    const got = report.kernel?.release
    if (report.text.includes(whole.version)) yield judged('version', name, got === whole.version, whole.version, got)
    else yield outOfScope('version', name, whole.version, 'is not in the text')
  }
  const modules = (report.modules ?? []).map(module => (module.taint ? `${module.name}(${module.taint})` : module.name))
  const unlisted = whole.modules.filter(module => !modules.includes(module))
  yield judged(
    'modules',
    name,
    unlisted.length === 0,
    unlisted.join(' '),
    `${modules.length} of ${whole.modules.length}`,
  )
  const theirs = whole.frames.map(frame =>
    [frame.function_name, frame.function_offset, frame.function_length, frame.module_name, frame.reliable].join(' '),
  )
  const ours = allFrames(report).map(frame =>
    [frame.symbol, frame.offset, frame.size, frame.module, frame.reliable !== false].join(' '),
  )
  const wrong = theirs.findIndex((frame, index) => ours[index] !== frame)
  yield judged(
    'frames',
    name,
    wrong < 0 && ours.length === theirs.length,
    theirs[wrong] ?? theirs.length,
    ours[wrong] ?? ours.length,
  )
}

export const ureportSchema = wholeSchema

function allFrames(report: Report): Trace['frames'] {
  return (report.traces ?? []).flatMap(trace => trace.frames)
}

/** 'G' stands where 'P' would: it is no taint. */
function taintFlags(report: Report): string[] {
  return (report.kernel?.tainted ?? []).map(taint => taint.flag).filter(flag => flag !== 'G')
}
