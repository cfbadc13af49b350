// Debian kernels that were crashed on purpose: what caused each crash is known, so more can be asked.

import { z } from 'zod'
import type { KindName, Report } from '../../src/core/model.ts'
import { type Case, casesOf, textOf } from './cases.ts'
import { frameSymbols, titleNames, withoutCompilerSuffix } from './functions.ts'
import { judgeDetails } from './lab-details.ts'
import { type Corpus, type Decode, judged, outOfScope, type Verdict } from './verdict.ts'

const expectationSchema = z.object({
  kernel_release: z.string(),
  arch: z.string(),
  trigger: z.string(),
  expect: z.object({
    kind: z.string(),
    faulting_function: z.string().nullable(),
    comm: z.string().nullable(),
    /** what was meant to fail, where another name was printed */
    intended_function: z.string().optional(),
    panic: z.boolean(),
    /** of a signal: the kernel wrote a line about it */
    kernel_line_present: z.boolean().optional(),
  }),
})

type LabCase = Case<z.infer<typeof expectationSchema>>

const oopsKinds: readonly KindName[] = [
  'null-dereference',
  'page-fault',
  'general-protection',
  'stack-segment',
  'bus-error',
  'unaligned',
  'illegal-instruction',
  'divide-error',
  'debug-trap',
  'double-fault',
  'oops',
  'bug-on',
  'control-flow',
  'list-corruption',
  'usercopy',
  'fortify',
  'slab-corruption',
  'stack-overflow',
  'stack-protector',
]

/** The lab's words for what happened → the kinds of ours that say so. */
const kindsOf: Readonly<Record<string, readonly KindName[]>> = {
  oops: oopsKinds,
  warning: ['warning', 'refcount', 'fortify', 'slab-corruption', 'list-corruption', 'ubsan', 'debug-objects'],
  // A machine that went down with an oops says so in `fatal`; its kind stays that of the oops.
  panic: ['panic', 'stack-protector', 'hung-task', 'oom-kill', ...oopsKinds],
  oom: ['oom-kill'],
  hung_task: ['hung-task'],
  soft_lockup: ['soft-lockup'],
  rcu_stall: ['rcu-stall'],
  alloc_failure: ['page-allocation'],
  bug_other: ['warning', 'unknown', 'filesystem'],
  signal: ['user-segfault'],
  restart: ['restart'],
  halt: ['halt'],
  poweroff: ['power-off'],
}

/** What is printed on request, or by a caller that only wants to show itself, is no exception. */
const harmless = new Set(['none', 'backtrace', 'task_dump', 'dump_stack'])

/** Where the kernel's own words contradict the expectation. */
const wrongExpectations: Readonly<Record<string, string>> = {
  'x86_64/lkdtm-WRITE_AFTER_FREE': 'booted with slub_debug, SLUB did report "BUG kmalloc-1k: Poison overwritten"',
  's390x/fl-div0': 'the kernel did report "fixpoint divide exception: 0009 ilc:2 [#3]"',
  's390x/reboot-f': 'the log ends before the kernel says that it restarts',
}

export const lab: Corpus = {
  name: 'lab',
  *judge(decode) {
    for (const one of casesOf('lab', expectationSchema)) yield* judgeCase(one, decode)
  },
}

function* judgeCase(one: LabCase, decode: Decode): Generator<Verdict> {
  const { name } = one
  const { expect } = one.expectation
  const reports = decode(one.log)
  const titles = reports.map(report => `${report.kind}: ${report.title}`)
  const wrong = wrongExpectations[name]
  if (wrong) {
    yield outOfScope('kind', name, expect.kind, wrong)
    return
  }
  if (harmless.has(expect.kind)) {
    const exceptions = reports.filter(report => report.severity !== 'notice')
    yield judged('no exception', name, exceptions.length === 0, expect.kind, titles)
    return
  }
  if (expect.kind === 'signal' && expect.kernel_line_present === false) {
    yield judged('no exception', name, reports.length === 0, 'nothing was printed', titles)
    return
  }
  const kinds = kindsOf[expect.kind]
  if (kinds === undefined) {
    yield outOfScope('kind', name, expect.kind, 'the lab states a kind that this judge does not know')
    return
  }
  const asked = ['restart', 'halt', 'poweroff'].includes(expect.kind)
  const candidates = reports.filter(candidate => asked || candidate.severity !== 'notice')
  // A trigger may end more than itself: init's segmentation fault is reported, and then the panic that follows from it.
  const report = candidates.find(candidate => kinds.includes(candidate.kind)) ?? candidates[0]
  yield judged('kind', name, report !== undefined && kinds.includes(report.kind), expect.kind, titles)
  if (report === undefined) return
  if (expect.faulting_function !== null) yield judgeFunction(one, report)
  if (expect.comm !== null)
    yield judged('comm', name, report.task?.comm === expect.comm, expect.comm, report.task?.comm)
  yield judged('fatal', name, report.fatal === expect.panic, expect.panic, report.fatal)
  yield judgeRelease(one, report)
  yield* judgeDetails(name, textOf(one.log), report)
}

/** In these the kernel names no faulting function of its own: the one that led there stands in the trace. */
const anywhereInTrace = new Set(['panic', 'oom', 'hung_task', 'alloc_failure', 'bug_other', 'rcu_stall'])

/** lkdtm's EXEC_* triggers all jump from this one function, which the compiler keeps out of line. */
const jumper = 'execute_location'

function judgeFunction(one: LabCase, report: Report): Verdict {
  const { kind, faulting_function, intended_function } = one.expectation.expect
  const wanted = [faulting_function, intended_function].flatMap(name => (name ? [withoutCompilerSuffix(name)] : []))
  if (one.expectation.trigger.startsWith('lkdtm-EXEC_')) wanted.push(jumper)
  const trace = frameSymbols(report).map(withoutCompilerSuffix)
  const pc = withoutCompilerSuffix(report.pc?.symbol ?? '')
  const candidates = anywhereInTrace.has(kind) ? trace : trace.slice(0, 1)
  const found = wanted.some(name => pc === name || candidates.includes(name) || titleNames(report.title, name))
  return judged('function', one.name, found, wanted, { title: report.title, pc, trace: trace.slice(0, 4) })
}

/** The release as any line of the log prints it; where none does, none may be invented. */
function judgeRelease(one: LabCase, report: Report): Verdict {
  const { kernel_release } = one.expectation
  const wanted = textOf(one.log).includes(kernel_release) ? kernel_release : undefined
  const got = report.kernel?.release
  return judged('release', one.name, got === wanted, wanted, got)
}
