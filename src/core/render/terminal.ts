// A report on a terminal: what a kernel developer looks for first comes first, the rest on request.

import type { Report } from '../model.ts'
import { type Ink, inkFor, severityTone } from './ink.ts'
import { outlineOf, type Section } from './outline.ts'
import { terminalSafe } from './safe.ts'
import { factLines, narrowest } from './terminal-facts.ts'
import { sectionLines } from './terminal-sections.ts'
import { clip } from './wording.ts'

export interface TerminalView {
  /** paint with SGR escapes */
  colour: boolean
  /** cells in a line */
  width: number
  /** registers, stack, modules and every trace too */
  verbose: boolean
  /** the lines of the log below the report */
  raw?: boolean
  /** ids of sections that are wanted though they are not essential */
  also?: readonly string[]
}

/** Longer headlines are cut; the report in JSON has them whole. */
const headlineCells = 400

/** Several lines, the last one ended. Nothing of the log in them moves the cursor or changes a colour. */
export function renderTerminal(report: Report, view: TerminalView): string {
  const ink = inkFor(view.colour)
  const width = Math.max(narrowest, view.width)
  const outline = outlineOf(report)
  const shown = outline.sections.filter(({ id, essential }) => view.verbose || essential || view.also?.includes(id))
  const lines = [
    ...headline(outline, ink),
    '',
    ...outline.facts.flatMap(fact => factLines(fact, width, ink)),
    ...shown.flatMap(section => ['', ...sectionBlock(section, width, view.verbose, ink)]),
    ...(view.verbose ? ['', `  ${ink('dim', `fingerprint ${terminalSafe(report.fingerprint)}`)}`] : []),
    ...more(outline.sections, shown, ink),
    ...(view.raw === true ? ['', ...rawLines(report, ink)] : []),
  ]
  return `${lines.join('\n')}\n`
}

function headline({ title, severity, fatal, why }: ReturnType<typeof outlineOf>, ink: Ink): string[] {
  const badge = ink.badge(severityTone[severity], severity.toUpperCase())
  const last = fatal && severity !== 'panic' ? ` ${ink('red', '(fatal)')}` : ''
  const first = `${badge} ${ink('bold', clip(terminalSafe(title), headlineCells))}${last}`
  return why === undefined ? [first] : [first, `  ${clip(terminalSafe(why), headlineCells)}`]
}

function sectionBlock(section: Section, width: number, verbose: boolean, ink: Ink): string[] {
  const tone = section.form === 'list' && section.tone === 'warning' ? 'yellow' : 'bold'
  return [
    `  ${ink(tone, clip(terminalSafe(section.title), width - 2))}`,
    ...sectionLines(section, { width, verbose, ink }),
  ]
}

/** "  4 more with --verbose: registers, stack, modules" */
function more(all: readonly Section[], shown: readonly Section[], ink: Ink): string[] {
  const names = all.filter(section => !shown.includes(section)).map(section => section.id.replace(/-\d+$/, ''))
  if (names.length === 0) return []
  const said = [...new Set(names)].map(name => name.replaceAll('-', ' ')).join(', ')
  return ['', `  ${ink('dim', `${names.length} more with --verbose: ${said}`)}`]
}

function rawLines({ text, lines }: Report, ink: Ink): string[] {
  const all = text.split('\n')
  if (all.at(-1) === '') all.pop()
  // Numbers only where the cut-out has the lines of the log one for one.
  const numbered = lines.last - lines.first + 1 === all.length
  const digits = String(lines.last).length
  return all.map((line, index) => {
    const number = numbered ? `${String(lines.first + index).padStart(digits)} ` : ''
    return `  ${ink('dim', `${number}│ `)}${terminalSafe(expandTabs(line))}`
  })
}

const tabCells = 8
function expandTabs(line: string): string {
  if (!line.includes('\t')) return line
  let out = ''
  for (const part of line.split('\t')) out += part + ' '.repeat(tabCells - (part.length % tabCells))
  return out.trimEnd()
}
