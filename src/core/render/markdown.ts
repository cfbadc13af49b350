// A report as Markdown for a bug tracker or a mail: what a maintainer asks for first, then the trace, then the log
// itself folded away. GitHub's and GitLab's dialect; it reads well as plain text too.

import type { Report } from '../model.ts'
import type { Fact } from './headline.ts'
import { inkFor } from './ink.ts'
import { outlineOf, type Section } from './outline.ts'
import { htmlSafe, markdownCode, markdownFence, markdownSafe, visible } from './safe.ts'
import type { Table } from './table.ts'
import { sectionLines } from './terminal-sections.ts'
import { counted } from './wording.ts'

/** Width of what goes into code blocks. */
const blockCells = 100

export function renderMarkdown(report: Report): string {
  const { title, severity, kind, fatal, why, facts, sections } = outlineOf(report)
  const state = `**${severity}**, ${kind}${fatal ? ', the machine went down with it' : ''}`
  return [
    `## ${markdownSafe(title)}\n`,
    `${why === undefined ? state : `${markdownSafe(why)}  \n${state}`}\n`,
    factTable(facts),
    ...sections.map(sectionText),
    details(`Log, ${counted(report.lines.last - report.lines.first + 1, 'line')}`, markdownFence(report.text)),
    `Fingerprint ${markdownCode(report.fingerprint)}\n`,
  ].join('\n')
}

/** `<details>` with an empty line inside, so that what follows is Markdown again (CommonMark §4.6, kind 6). */
const details = (summary: string, body: string): string =>
  `<details><summary>${htmlSafe(visible(summary))}</summary>\n\n${body}\n</details>\n`

function sectionText(section: Section): string {
  const body = bodyOf(section)
  return section.essential ? `### ${markdownSafe(section.title)}\n\n${body}` : details(section.title, body)
}

function bodyOf(section: Section): string {
  switch (section.form) {
    case 'facts':
      return factTable(section.facts)
    case 'table':
      return table(section.table)
    case 'list':
      return `${section.items
        .map(({ text, detail, lines }) => {
          const where = lines === undefined || lines.length === 0 ? '' : ` (line ${lines.join(', ')})`
          return `- ${markdownSafe(text)}${detail === undefined ? '' : `, ${markdownSafe(detail)}`}${where}`
        })
        .join('\n')}\n`
    case 'findings':
      return `${section.findings
        .map(({ text, confidence, because, next, lines }) => {
          const where = lines.length === 0 ? '' : ` (line ${lines.join(', ')})`
          const step = next === undefined ? '' : `\n  *${markdownSafe(next)}*`
          return `- **${markdownSafe(text)}**  \n  ${markdownSafe(`${confidence}: ${because}`)}${where}${step && `  ${step}`}`
        })
        .join('\n')}\n`
    default: {
      const lines = sectionLines(section, { width: blockCells, verbose: true, ink: inkFor(false) })
      return markdownFence(lines.map(line => line.slice(2)).join('\n'))
    }
  }
}

/** GFM wants a heading row; the labels are its first column. */
function factTable(facts: readonly Fact[]): string {
  const rows = facts.map(({ label, value, extra }) => {
    const more = extra === undefined ? '' : ` ${markdownCode(extra, true)}`
    return `| ${label} | ${markdownCode(value, true)}${more} |`
  })
  return `| | |\n|---|---|\n${rows.join('\n')}\n`
}

function table({ columns, rows, hidden }: Table): string {
  const cells = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`
  const lines = [
    cells(columns.map(column => markdownSafe(column.title))),
    cells(columns.map(column => (column.align === 'right' ? '---:' : '---'))),
    ...rows.map(row => {
      return cells(row.cells.map(cell => (row.marked ? `**${markdownCode(cell, true)}**` : markdownCode(cell, true))))
    }),
  ]
  return `${lines.join('\n')}\n${hidden === undefined ? '' : `\n… ${hidden} more\n`}`
}
