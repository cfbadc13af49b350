// A report as a person reads it, before it takes the form of a terminal, a page or Markdown: what stands where, in
// which words, in which order. Every text in it is as the log has it; a view passes each through safe.ts.

import type { KindName, Report, SeverityName } from '../model.ts'
import { say } from '../say.ts'
import { type CodeView, codeView } from './code.ts'
import { type FunctionLine, functionView } from './function.ts'
import { type Fact, facts, why } from './headline.ts'
import { lockTables } from './locks.ts'
import { memoryFacts, memoryTables } from './memory.ts'
import { type RegisterView, registerViews } from './registers.ts'
import { type StackView, stackView } from './stack.ts'
import type { Table } from './table.ts'
import { type TraceLine, traceViews } from './traces.ts'
import { damageWords } from './wording.ts'

/**
 * One part below the headline. `essential` parts are shown at once, the others on request; the items of a `quoted` list are
 * the log's own words.
 */
export type Section = { id: string; title: string; essential: boolean } & (
  | { form: 'list'; tone?: 'warning'; quoted?: true; items: ListItem[] }
  | { form: 'findings'; findings: FindingView[] }
  | { form: 'facts'; facts: Fact[] }
  | { form: 'table'; table: Table }
  | { form: 'trace'; lines: TraceLine[] }
  | { form: 'registers'; view: RegisterView }
  | { form: 'code'; view: CodeView }
  | { form: 'source'; view: SourceView }
  | { form: 'function'; view: FunctionLine[] }
  | { form: 'stack'; view: StackView }
  | { form: 'modules'; modules: ModuleView[]; lastUnloaded?: string }
)

export interface ListItem {
  text: string
  /** why, in a lighter voice */
  detail?: string
  /** lines of the input that show it, 1-based */
  lines?: number[]
}

export interface FindingView {
  text: string
  confidence: NonNullable<Report['findings']>[number]['confidence']
  because: string
  /** what to do now */
  next?: string
  lines: number[]
}

export interface SourceView {
  place: string
  lines: { number: number; text: string; marked: boolean }[]
}

export interface ModuleView {
  name: string
  taint?: string
}

export interface Outline {
  title: string
  severity: SeverityName
  kind: KindName
  fatal: boolean
  /** the cause in one line, absent where the title says it all */
  why?: string
  facts: Fact[]
  sections: Section[]
}

/** Traces that a person wants to see without asking; with more than this, the rest waits. */
const essentialTraces = 4

export function outlineOf(report: Report): Outline {
  const reason = why(report)
  return {
    title: report.title,
    severity: report.severity,
    kind: report.kind,
    fatal: report.fatal,
    ...(reason === undefined ? {} : { why: reason }),
    facts: facts(report),
    sections: [
      ...damage(report),
      ...findings(report),
      ...memory(report),
      ...lockTables(report).map(
        (table, index): Section => ({
          id: `locks-${index + 1}`,
          title: table.caption,
          essential: true,
          form: 'table',
          table,
        }),
      ),
      ...traces(report),
      ...stages(report),
      ...source(report),
      ...code(report),
      ...disassembly(report),
      ...maintainers(report),
      ...registers(report),
      ...stack(report),
      ...modules(report),
      ...otherTitles(report),
    ],
  }
}

function damage(report: Report): Section[] {
  if (report.damage === undefined || report.damage.length === 0) return []
  const items = report.damage.map(({ what, line, detail }) => ({
    text: damageWords[what],
    ...(detail === undefined ? {} : { detail }),
    lines: [line],
  }))
  return [{ id: 'damage', title: say`Damaged`, essential: true, form: 'list', tone: 'warning', items }]
}

function findings(report: Report): Section[] {
  if (report.findings === undefined || report.findings.length === 0) return []
  const views = report.findings.map(
    ({ what, because, evidence, confidence, next }): FindingView => ({
      text: what,
      confidence,
      because,
      ...(next === undefined ? {} : { next }),
      lines: evidence,
    }),
  )
  return [{ id: 'findings', title: say`Why`, essential: true, form: 'findings', findings: views }]
}

function memory(report: Report): Section[] {
  if (report.memory === undefined) return []
  const rows = memoryFacts(report.memory)
  const first: Section[] =
    rows.length === 0 ? [] : [{ id: 'memory', title: say`Memory`, essential: true, form: 'facts', facts: rows }]
  const tables = memoryTables(report.memory).map(
    ({ id, essential, table }): Section => ({ id, title: table.caption, essential, form: 'table', table }),
  )
  return [...first, ...tables]
}

function traces(report: Report): Section[] {
  return traceViews(report).map(({ title, lines }, index) => ({
    id: `trace-${index + 1}`,
    title,
    essential: index < essentialTraces,
    form: 'trace',
    lines,
  }))
}

function stages(report: Report): Section[] {
  if (report.stages === undefined || report.stages.length === 0) return []
  const items = report.stages.map(({ title, line }) => ({ text: title, lines: [line] }))
  return [{ id: 'stages', title: say`Then`, essential: true, form: 'list', quoted: true, items }]
}

function source({ sourceLines }: Report): Section[] {
  if (sourceLines === undefined || sourceLines.lines.length === 0) return []
  const { file, line, first, lines } = sourceLines
  const numbered = lines.map((text, index) => ({ number: first + index, text, marked: first + index === line }))
  const view = { place: `${file}:${line}`, lines: numbered }
  return [{ id: 'source', title: say`Source`, essential: true, form: 'source', view }]
}

function code(report: Report): Section[] {
  const view = codeView(report)
  return view === undefined ? [] : [{ id: 'code', title: say`Code`, essential: true, form: 'code', view }]
}

function disassembly({ disassembly: listing }: Report): Section[] {
  if (listing === undefined || listing.rows.length === 0) return []
  const name = listing.module === undefined ? listing.symbol : `${listing.symbol} [${listing.module}]`
  const title = say`Function ${name}, as ${listing.file} has it`
  return [{ id: 'function', title, essential: false, form: 'function', view: functionView(listing) }]
}

function maintainers({ maintainers: found }: Report): Section[] {
  if (found === undefined) return []
  const items = found.sections.flatMap(({ title, status, ...people }): ListItem[] => {
    const of = status === undefined ? title : `${title} (${status})`
    const rows: [string, readonly string[] | undefined][] = [
      [say`maintainer of ${of}`, people.maintainers],
      [say`reviewer of ${of}`, people.reviewers],
      [say`list of ${of}`, people.lists],
      [say`bugs of ${of}`, people.bugs],
    ]
    return rows.flatMap(([detail, names = []]) => names.map(text => ({ text, detail })))
  })
  if (items.length === 0) return []
  return [{ id: 'maintainers', title: say`Whom to tell of ${found.file}`, essential: true, form: 'list', items }]
}

function registers(report: Report): Section[] {
  return registerViews(report).map((view, index) => ({
    id: `registers-${index + 1}`,
    title: view.title,
    essential: false,
    form: 'registers',
    view,
  }))
}

function stack(report: Report): Section[] {
  const view = stackView(report)
  if (view === undefined) return []
  const frames = report.stack?.frames?.length ?? 0
  const count = report.stack?.words.length ?? 0
  const words = count === 1 ? say`1 word` : say`${count} words`
  const title =
    frames === 0
      ? say`Stack, ${words}`
      : frames === 1
        ? say`Stack, ${words} in 1 frame`
        : say`Stack, ${words} in ${frames} frames`
  return [{ id: 'stack', title, essential: false, form: 'stack', view }]
}

function modules(report: Report): Section[] {
  const { modules: list = [], lastUnloaded } = report
  if (list.length === 0 && lastUnloaded === undefined) return []
  const views = list.map(({ name, taint }) => (taint === undefined ? { name } : { name, taint }))
  const base = {
    id: 'modules',
    title: list.length === 0 ? say`Modules` : say`Modules, ${list.length}`,
    essential: false,
    form: 'modules',
    modules: views,
  } as const
  return [lastUnloaded === undefined ? base : { ...base, lastUnloaded }]
}

function otherTitles(report: Report): Section[] {
  if (report.altTitles.length === 0) return []
  const items = report.altTitles.map(text => ({ text }))
  return [{ id: 'other-titles', title: say`Also known as`, essential: false, form: 'list', quoted: true, items }]
}
