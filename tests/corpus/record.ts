// Keeps the measured figures: the floors that the tests hold, and the table that people read.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Tally } from './verdict.ts'

const floorsFile = fileURLToPath(new URL('./floors.ts', import.meta.url))
const titlesFile = fileURLToPath(new URL('../../docs/titles.md', import.meta.url))
const tableBegins = '<!-- figures: written by `node tests/corpus/report.ts --slow --write` -->'
const tableEnds = '<!-- end of figures -->'

export function tableLines(rows: readonly Tally[]): string[] {
  const lines = [
    '| corpus | compared | cases | passed | ratio | out of scope |',
    '| --- | --- | --: | --: | --: | --: |',
  ]
  for (const row of rows) {
    lines.push(`| ${row.corpus} | ${row.check} | ${row.cases} | ${row.passed} | ${ratio(row)} | ${row.outOfScope} |`)
  }
  return lines
}

export function ratio(row: Tally): string {
  return row.cases === 0 ? '-' : `${((100 * row.passed) / row.cases).toFixed(1)} %`
}

/** Floors and table as measured now. What falls must be explained in the commit. */
export function record(rows: readonly Tally[]): void {
  const floors = rows.map(row => `  '${row.corpus}: ${row.check}': ${row.passed},`)
  writeFileSync(
    floorsFile,
    [
      '// How many cases of each check pass, measured; written by `node tests/corpus/report.ts --slow --write`.',
      '',
      'export const floors: Readonly<Record<string, number>> = {',
      ...floors,
      '}',
      '',
    ].join('\n'),
  )
  const text = readFileSync(titlesFile, 'utf8')
  const begin = text.indexOf(tableBegins)
  const end = text.indexOf(tableEnds)
  if (begin < 0 || end < begin) throw new Error(`docs/titles.md has no "${tableBegins}" … "${tableEnds}"`)
  const before = text.slice(0, begin + tableBegins.length)
  writeFileSync(titlesFile, `${before}\n\n${tableLines(rows).join('\n')}\n\n${text.slice(end)}`)
}
