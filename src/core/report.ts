// One excerpt becomes one report: everything the lines say, structured; nothing invented.

import { readUserFault } from './arch/index.ts'
import { type Culprit, findCulprit } from './decode/culprit.ts'
import { assess } from './decode/damage.ts'
import { readFacts } from './decode/facts.ts'
import { readIdentity } from './decode/kernel.ts'
import { readLocks } from './decode/locks.ts'
import { readMemory } from './decode/memory.ts'
import { type DecodedRegisters, readRegisters } from './decode/registers.ts'
import { settleArch } from './decode/settle-arch.ts'
import { readStack } from './decode/stack.ts'
import { type DecodedTraces, readTraces } from './decode/traces.ts'
import type { Excerpt } from './detect/event.ts'
import { explain } from './explain/index.ts'
import { fingerprintOf } from './group/fingerprint.ts'
import { titlesOf } from './group/title.ts'
import { NULL_PAGE } from './localise/special-values.ts'
import { labelStack } from './localise/stack-words.ts'
import type { Frame, KindName, Report, Trace } from './model.ts'

export interface ReportSource {
  file?: string
  host?: string
}

export function decodeExcerpt(excerpt: Excerpt, source: ReportSource): Report {
  const header = excerpt.lines[excerpt.header]!.record
  const arch = settleArch(excerpt)
  const facts = readFacts(excerpt)
  const registers = readRegisters(excerpt, arch)
  const kind = kindOf(excerpt, registers, facts)
  const search = findCulprit(excerpt)
  const { title, altTitles, missing } = titlesOf(excerpt, facts, search, kind)
  const traces = readTraces(excerpt)
  const identity = readIdentity(excerpt, excerpt.boot, facts)
  const texts = excerpt.lines.map(line => line.record.text)
  const report: Report = {
    schema: 'faultline.report/1',
    source: { ...source, transport: header.transport },
    kind,
    severity: excerpt.row.severity,
    title,
    altTitles,
    fatal: excerpt.fatal,
    ...extentOf(excerpt.lines),
    text: texts.join('\n'),
    fingerprint: '',
  }
  const { first } = report.lines
  if (excerpt.lines.some(({ record }, index) => record.line !== first + index))
    report.textLines = excerpt.lines.map(({ record }) => record.line)
  if (header.host !== undefined) report.source.host ??= header.host
  addIdentity(report, identity, registers)
  addTime(report, excerpt)
  addFault(report, registers, facts)
  if (kind === 'user-segfault') addUserFault(report, header.text)
  addRegisters(report, registers)
  addTraces(report, traces, search.culprit)
  const place = sourcePlace(facts['place'])
  if (place) report.place = place
  const stack = readStack(excerpt.lines)
  if (stack) report.stack = stack
  if (identity.modules) {
    report.modules = identity.modules.modules
    if (identity.modules.lastUnloaded !== undefined) report.lastUnloaded = identity.modules.lastUnloaded
  }
  const memory = readMemory(excerpt)
  if (memory) report.memory = memory
  const locks = readLocks(excerpt.lines)
  if (locks) report.locks = locks
  addStages(report, excerpt)
  const damage = assess(excerpt, search, traces, missing, title)
  if (damage.length > 0) report.damage = damage
  labelStack(report)
  report.fingerprint = fingerprintOf(report)
  const findings = explain(report, texts)
  if (findings.length > 0) report.findings = findings
  return report
}

/** Where the records stand in the input; a transport that had to be put in order has the first of them not in front. */
function extentOf(lines: Excerpt['lines']): Pick<Report, 'lines' | 'span'> {
  let first = Number.POSITIVE_INFINITY
  let last = 0
  let start = Number.POSITIVE_INFINITY
  let end = 0
  for (const { record } of lines) {
    const { line, lastLine = line, span } = record
    first = Math.min(first, line)
    last = Math.max(last, lastLine)
    start = Math.min(start, span.start)
    end = Math.max(end, span.end)
  }
  return { lines: { first, last }, span: { start, end } }
}

/** The row's kind, sharpened by what registers or the fault address say. */
function kindOf(excerpt: Excerpt, registers: DecodedRegisters, facts: Record<string, string>): KindName {
  const { kind } = excerpt.row
  if (kind === 'page-fault') {
    const address = facts['address'] ?? registers.fault.address?.slice(2)
    if (address !== undefined && /^[0-9a-f]{1,16}$/.test(address) && BigInt(`0x${address}`) < NULL_PAGE)
      return 'null-dereference'
  }
  if (kind === 'oops' && registers.main) {
    const address = registers.fault.address
    if (address !== undefined) return BigInt(address) < NULL_PAGE ? 'null-dereference' : 'page-fault'
  }
  return kind
}

function addIdentity(report: Report, identity: ReturnType<typeof readIdentity>, registers: DecodedRegisters): void {
  if (registers.arch !== undefined) report.arch = registers.arch
  if (Object.keys(identity.kernel).length > 0) report.kernel = identity.kernel
  const task = { ...registers.task, ...identity.task }
  if (Object.keys(task).length > 0) report.task = task
}

function addTime(report: Report, excerpt: Excerpt): void {
  const { sinceBootUs, wall } = excerpt.lines[excerpt.header]!.record
  // a clock that was set below zero prints 2^64 less a little
  const known = sinceBootUs !== undefined && Number.isSafeInteger(sinceBootUs)
  if (!known && wall === undefined) return
  report.time = {}
  if (known) report.time.sinceBootUs = sinceBootUs
  if (wall !== undefined) report.time.wall = wall
}

const accesses = { read: 'read', write: 'write', execute: 'execute' } as const

function addFault(report: Report, registers: DecodedRegisters, facts: Record<string, string>): void {
  const fault: NonNullable<Report['fault']> = { ...registers.fault }
  const address = facts['address'] ?? facts['addr']
  if (address !== undefined) {
    if (/^[0-9a-f]{1,16}$/.test(address)) fault.address = `0x${address}`
    else if (address === '(null)') fault.address = '0x0'
  }
  const access = accesses[(facts['access'] ?? '').toLowerCase() as keyof typeof accesses]
  if (access !== undefined) fault.access = access
  if (facts['size'] !== undefined && /^\d{1,9}$/.test(facts['size'])) fault.sizeBytes = Number(facts['size'])
  if (Object.keys(fault).length > 0) report.fault = fault
}

/** What the kernel's one line about a program says. */
function addUserFault(report: Report, line: string): void {
  const user = readUserFault(line)
  if (!user) return
  report.fault = { ...user.fault, ...report.fault, mode: 'user' }
  report.task = { ...user.task, ...report.task }
  if (user.pc) report.pc ??= user.pc
}

function addRegisters(report: Report, registers: DecodedRegisters): void {
  if (registers.pc) report.pc = registers.pc
  if (registers.main && Object.keys(registers.main.values).length > 0) report.registers = registers.main.values
  // a header's program counter alone is in `pc`
  const sets = registers.sets.filter(set => Object.keys(set.values).length > 0)
  if (sets.length > 0) report.registerSets = sets
  if (registers.code) report.code = registers.code
}

/** mm/slub.c print_track(), kernel/sched/core.c print_preempt_disable_ip(): told on the way to the report's own stack. */
const sideTrace = /^(?:(?:Allocated|Freed) in |Preemption disabled at)/

/** The trace that holds the culprit comes first; without one, the order of the log. */
function addTraces(report: Report, decoded: DecodedTraces, culprit: Culprit | undefined): void {
  const traces: Trace[] = decoded.traces
  if (traces.length === 0) return
  if (!culprit && sideTrace.test(traces[0]!.title)) {
    const call = traces.findIndex(({ title }) => title === 'Call Trace')
    if (call > 0) traces.unshift(...traces.splice(call, 1))
  }
  const line = culprit?.frame === undefined ? undefined : decoded.traceOfLine.get(culprit.line)
  if (line !== undefined) {
    const at = traces.findIndex(trace => holds(trace, culprit!.frame!))
    if (at > 0 && traces[at]!.context !== traces[0]!.context && traces[at]!.title === traces[0]!.title) {
      // contexts of one stack keep their order: interrupt above task
    } else if (at > 0) traces.unshift(...traces.splice(at, 1))
  }
  report.traces = traces
}

const holds = (trace: Trace, frame: Frame): boolean =>
  trace.frames.some(one => one.symbol === frame.symbol && one.offset === frame.offset)

function sourcePlace(text: string | undefined): Report['place'] | undefined {
  if (text === undefined) return undefined
  const match = /^(?<file>[\w./+-]+\.\w+):(?<line>\d{1,7})(?::(?<column>\d{1,7}))?/.exec(text)
  if (!match) return undefined
  const { file, line, column } = match.groups!
  return { file: file!, line: Number(line), ...(column !== undefined && { column: Number(column) }) }
}

function addStages(report: Report, excerpt: Excerpt): void {
  if (excerpt.stages.length === 0) return
  report.stages = excerpt.stages
    .toSorted((a, b) => a.at - b.at)
    .map(stage => ({
      kind: stage.row.kind,
      title: excerpt.lines[stage.at]?.record.text.trim() ?? '',
      line: excerpt.lines[stage.at]?.record.line ?? report.lines.first,
    }))
}
