// Faultline's answer against what was done.

import { Decoder } from '../src/core/decoder.ts'
import type { Report } from '../src/core/model.ts'
import type { Case, Expected } from './cases/case.ts'
import type { Bundled } from './roads/bundled-reports.ts'
import type { Evidence, Road } from './roads/index.ts'

export interface RoadVerdict {
  road: string
  outcome: /** captured once and decoded as the case says */
    | 'right'
    /** captured, but not as the case says */
    | 'wrong'
    /** nothing was found on a road that should have it */
    | 'lost'
    /** the road has nothing to do with such a crash */
    | 'not-judged'
  /** how many reports came out */
  captured: number
  problems: string[]
  /** why it is not judged */
  reason?: string
  /** the evidence was read after a reboot */
  survived?: boolean
  reports?: ReportSummary[]
}

export interface ReportSummary {
  kind: string
  title: string
  function?: string
  comm?: string
  fatal: boolean
  frames: string[]
  /** how it came, of one that an agent in the guest bundled */
  agent?: Bundled
}

/** Decodes evidence as one input, in the order given. */
export function decodeEvidence(evidence: readonly Evidence[]): Report[] {
  const decoder = new Decoder({ source: {} })
  const reports: Report[] = []
  for (const { bytes } of evidence) {
    reports.push(...decoder.push(bytes))
    if (bytes.length > 0 && bytes.at(-1) !== 10) reports.push(...decoder.push(Buffer.from('\n')))
  }
  reports.push(...decoder.finish())
  return reports
}

/** Reports that were decoded elsewhere, an object a line. */
const reportsIn = (evidence: readonly Evidence[]): Report[] =>
  evidence
    .flatMap(({ bytes }) => Buffer.from(bytes).toString().split('\n'))
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Report)

/** Kinds of an end that is no exception: no bundle is made of it. */
const orderly: readonly Expected['kind'][] = ['restart', 'halt', 'power-off']

/** The case as this road can show it. */
function caseOver(road: Road, each: Case): Case {
  const { times = 1 } = each
  const expects = road.sees === 'bundled' ? each.expects.filter(({ kind }) => !orderly.includes(kind)) : each.expects
  // Each time ends with as many of them as the others.
  const shown = road.newest ? expects.slice((expects.length * (times - 1)) / times) : expects
  return { ...each, expects: road.leavesEarly ? shown.map(({ fatal: _unsaid, ...expected }) => expected) : shown }
}

export function judgeRoad(whole: Case, road: Road, evidence: readonly Evidence[]): RoadVerdict {
  const each = caseOver(road, whole)
  const reports = road.answers ? reportsIn(evidence) : decodeEvidence(evidence)
  const verdict = { road: road.name, captured: reports.length, reports: reports.map(summary) }
  const survived = road.survives === undefined ? {} : { survived: evidence.length > 0 && reports.length > 0 }
  const problems = [...judge(each, reports), ...(each.check?.({ road: road.name, evidence, reports }) ?? [])]
  if (problems.length === 0) return { ...verdict, ...survived, outcome: 'right', problems }
  const lost = each.expects.length > 0 && reports.length === 0
  if (lost) {
    const size = evidence.reduce((sum, { bytes }) => sum + bytes.length, 0)
    problems.unshift(`nothing found in ${evidence.length} pieces of evidence, ${size} bytes`)
  }
  return { ...verdict, ...survived, outcome: lost ? 'lost' : 'wrong', problems }
}

/** Where the reports differ from what the case expects, a sentence each. */
export function judge(each: Case, reports: readonly Report[]): string[] {
  const problems: string[] = []
  const left = [...reports]
  for (const expected of each.expects) {
    const kinds = typeof expected.kind === 'string' ? [expected.kind] : expected.kind
    const same = left.filter(({ kind }) => kinds.includes(kind))
    const best = same.find(report => differences(expected, report).length === 0) ?? same[0]
    if (best === undefined) {
      problems.push(`no report of kind ${kinds.join(' or ')}`)
      continue
    }
    problems.push(...differences(expected, best))
    left.splice(left.indexOf(best), 1)
    if (expected.repeats) for (const more of same) if (left.includes(more)) left.splice(left.indexOf(more), 1)
  }
  for (const report of left) {
    if (!each.mayAlso?.includes(report.kind)) problems.push(`also reported: ${report.kind}, ${report.title}`)
  }
  return problems
}

/** A function's name without what compilers add. */
export const plainName = (symbol: string): string =>
  symbol.replace(/(?:\.(?:isra|constprop|part|cold|llvm|lto_priv)(?:\.\d+)*)+$/, '')

const functionOf = (report: Report): string | undefined => report.pc?.symbol && plainName(report.pc.symbol)

function namesOf(report: Report): string[] {
  const frames = report.traces?.[0]?.frames ?? []
  const all = [report.pc?.symbol, ...frames.map(frame => frame.symbol)]
  return all.filter(name => name !== undefined).map(plainName)
}

function differences(expected: Expected, report: Report): string[] {
  const found: string[] = []
  const compare = (what: string, want: unknown, have: unknown): void => {
    if (want === undefined) return
    const right = want instanceof RegExp ? typeof have === 'string' && want.test(have) : want === have
    if (!right) found.push(`${what}: expected ${want}, found ${have ?? 'none'}`)
  }
  compare('severity', expected.severity, report.severity)
  compare('title', expected.title, report.title)
  compare('comm', expected.comm, report.task?.comm)
  compare('fatal', expected.fatal, report.fatal)
  compare('module', expected.module, report.pc?.module)
  if (expected.function !== undefined) {
    const wanted = typeof expected.function === 'string' ? [expected.function] : expected.function
    const blamed = functionOf(report)
    if (!wanted.some(name => name === blamed || report.title.endsWith(` in ${name}`))) {
      found.push(`function: expected ${wanted.join(' or ')}, found ${blamed ?? 'none'} in "${report.title}"`)
    }
  }
  const names = namesOf(report)
  for (const name of expected.without ?? []) {
    const frame = report.traces?.[0]?.frames.find(({ symbol, reliable }) => reliable !== false && symbol === name)
    if (frame !== undefined) found.push(`frames: ${name} should not be there`)
  }
  if (expected.chain !== undefined) {
    let at = 0
    for (const wanted of expected.chain) {
      const next = names.indexOf(wanted, at)
      if (next < 0) found.push(`frames: ${wanted} is missing in ${names.slice(0, 12).join(' < ')}`)
      else at = next + 1
    }
  }
  return found
}

function summary(report: Report & { agent?: Bundled }): ReportSummary {
  const name = functionOf(report)
  return {
    kind: report.kind,
    title: report.title,
    ...(name === undefined ? {} : { function: name }),
    ...(report.task?.comm === undefined ? {} : { comm: report.task.comm }),
    fatal: report.fatal,
    frames: namesOf(report),
    ...(report.agent === undefined ? {} : { agent: report.agent }),
  }
}
