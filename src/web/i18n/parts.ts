// Headings, labels and single words of a report come from the core in English; here they get the reader's words, where
// there are any. Sentences: said.ts.

import type { Section } from '../../core/render/outline.ts'
import { t } from './index.ts'
import { said } from './said.ts'

/** Names come from logs: "constructor" is none of a record's own. */
const wordOf = (words: Readonly<Partial<Record<string, string>>>, name: string): string =>
  (Object.hasOwn(words, name) ? words[name] : undefined) ?? name

const wordFor = (text: string): string => wordOf(t().report.parts, text)

/** What KASAN, KFENCE and KMSAN put above the traces of an object's past. */
const known = /^(?:allocated by task|freed by task|uninit was|local variable|preemption disabled)/i

/**
 * The heading of a part. Those of traces and registers are the kernel's words, with what was added to them: "Registers,
 * kernel mode, at fl_read", "Call Trace (fl-reader, pid 12)".
 */
export function partTitle({ title, form }: Section): string {
  if ((form !== 'trace' && form !== 'registers') || known.test(title)) return said(title)
  const bracket = title.indexOf(' (')
  if (bracket > 0) return wordFor(title.slice(0, bracket)) + title.slice(bracket)
  return title
    .split(', ')
    .map(part => (part.startsWith('at ') ? t().report.partAt(part.slice(3)) : wordFor(part)))
    .join(', ')
}

export const factLabel = (label: string): string => wordOf(t().report.labels, label)

/** Facts that are told in our words; all others are the log's own. */
const told = new Set(['at', 'called by', 'by', 'when', 'log', 'fault', 'asked for', 'why'])

/** "P proprietary module · O out-of-tree module" by its words, what is told as a sentence. */
export function factValue(label: string, value: string): string {
  // "oops, null-dereference"
  if (label === 'kind')
    return value
      .split(', ')
      .map(each => kindName(wordOf(t().severity, each)))
      .join(', ')
  if (label !== 'taint') return told.has(label) ? said(value) : value
  return value
    .split(' · ')
    .map(each => (/^[A-Z] /.test(each) ? each.slice(0, 2) + said(each.slice(2)) : said(each)))
    .join(' · ')
}

export const columnTitle = (title: string): string => wordOf(t().report.columns, title)

/** Cells are the log's own words, but for the row that says how many are left out. */
export const cellText = (cell: string): string => (/^\d+ others?$/.test(cell) ? said(cell) : cell)

/** A kind of report by its name for people; the API's name where there is none. */
export const kindName = (kind: string): string => wordOf(t().kinds, kind)
