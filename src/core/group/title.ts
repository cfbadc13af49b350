// The title of a report, in the words that syzbot gives to the same bug, and the other titles it is known under.

import type { CulpritSearch } from '../decode/culprit.ts'
import { syscallPrefixes } from '../decode/machinery.ts'
import type { Excerpt } from '../detect/event.ts'
import type { KindName } from '../model.ts'

export interface Titles {
  title: string
  altTitles: string[]
  /** names that the row's preferred template needs and the report lacks */
  missing: string[]
}

/** Titles are for lists and mail subjects; lines that ran into one another can be very long. */
const MAX_TITLE = 120
const NO_FUNCTION = 'corrupted'

export function titlesOf(
  excerpt: Excerpt,
  facts: Record<string, string>,
  { culprit, leftOut }: CulpritSearch,
  kind: KindName,
): Titles {
  const { row } = excerpt
  const names: Record<string, string> = { ...facts }
  const header = facts['function']
  if (header !== undefined) names['header'] = header
  delete names['function']
  if (row.culprit && !leftOut) names['function'] = culprit?.name ?? NO_FUNCTION
  else if (header !== undefined) names['function'] = header
  const atNull = kind === 'null-dereference' && kind !== row.kind ? row.titleAtNull : undefined
  const usual = typeof row.title === 'string' ? [row.title] : row.title
  const templates = atNull === undefined ? usual : [atNull]
  let title: string | undefined
  let used = templates[0]!
  for (const template of templates) {
    title = fill(template, names)
    if (title === undefined) continue
    used = template
    break
  }
  const alternatives = new Set<string>()
  const add = (template: string, values: Record<string, string>): void => {
    const filled = fill(template, values)
    if (filled !== undefined) alternatives.add(cleanTitle(filled))
  }
  const others = atNull === undefined ? (row.altTitles ?? []) : [...usual, ...(row.altTitles ?? [])]
  for (const template of others) add(template, names)
  if (culprit) {
    for (const variant of variants(culprit.raw)) {
      const values = { ...names, function: variant }
      add(used, values)
      for (const template of others) add(template, values)
    }
  }
  const missing = (row.needs ?? []).filter(name => names[name] === undefined)
  // half a header is no ground for naming a function
  if (missing.length > 0 && used === templates[0]) title = headerText(excerpt)
  const cleaned = cleanTitle(title ?? headerText(excerpt))
  alternatives.delete(cleaned)
  return { title: cleaned, altTitles: [...alternatives].sort(), missing }
}

function headerText(excerpt: Excerpt): string {
  const text = excerpt.lines[excerpt.header]!.record.text
  return text.trim().replace(/^\[ | \]$/g, '')
}

/** The raw name, and what is left when one prefix is taken off. */
function variants(raw: string): string[] {
  const out = [raw]
  for (const prefix of syscallPrefixes) if (raw.startsWith(prefix)) out.push(raw.slice(prefix.length))
  return out
}

const hole = /\{(\w+)\}/g

function fill(template: string, values: Record<string, string>): string | undefined {
  let complete = true
  const text = template.replace(hole, (_, name: string) => {
    const value = values[name]
    if (value === undefined) complete = false
    return value ?? ''
  })
  return complete ? text : undefined
}

// An address need not have a digit. (The name of a network driver happens to be a number.)
const hexadecimal = /([^a-zA-Z0-9])(?!e1000e\b)(?:0x)?[0-9a-f]{6,}/g
// What changes from one occurrence of a bug to the next has no place in its title.
const volatile: readonly (readonly [RegExp, string])[] = [
  [/syz-executor\.?[0-9]+(?:[/:][0-9]+)?/g, 'syz-executor'],
  [/syzkaller[0-9]+(?:[/:][0-9]+)?/g, 'syzkaller'],
  [hexadecimal, '$1ADDR'],
  [/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/g, 'IP'],
  [/(\.\w+)(?::[0-9]+)+/g, '$1:LINE'],
  [/([a-zA-Z][a-zA-Z0-9_.]{1,200})\+0x[0-9a-z]{1,16}\/0x[0-9a-z]{1,16}/g, '$1'],
  [/CPU#[0-9]+/g, 'CPU'],
  [/(\W)\d+(?=\W|$)/g, '$1NUM'],
  [/\d{7,}/g, 'NUM'],
]

/** Addresses, numbers and control characters out; blanks folded; at most MAX_TITLE characters. */
export function cleanTitle(title: string): string {
  let text = title.slice(0, 4 * MAX_TITLE)
  if (/\d/.test(text)) for (const [pattern, replacement] of volatile) text = text.replace(pattern, replacement)
  else text = text.replace(hexadecimal, '$1ADDR')
  return text
    .slice(0, MAX_TITLE)
    .replace(/\t/g, ' ')
    .replace(/[^\x20-\x7e]/g, '')
    .replace(/ {2,}/g, ' ')
    .trim()
}
