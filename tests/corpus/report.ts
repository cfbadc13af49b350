// One table of what other people's corpora say of us.
//
//   node tests/corpus/report.ts [CORPUS…]                      the table, for all or for the named corpora
//   node tests/corpus/report.ts --failures CORPUS[/CHECK]      its failing cases, expected and got
//   node tests/corpus/report.ts --reasons [CORPUS…]            also what was counted as out of scope, and why
//   node tests/corpus/report.ts --slow                         also the checks that take minutes
//   node tests/corpus/report.ts --slow --write                 keep the figures as floors.ts and in docs/titles.md

import { parseArgs, styleText } from 'node:util'
import { decodeBytes } from '../../src/core/decoder.ts'
import { absent } from './cases.ts'
import { corpora } from './index.ts'
import { ratio, record, tableLines } from './record.ts'
import { type Tally, tally } from './verdict.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    failures: { type: 'string' },
    reasons: { type: 'boolean' },
    slow: { type: 'boolean' },
    markdown: { type: 'boolean' },
    write: { type: 'boolean' },
  },
})
const [failingCorpus, failingCheck] = values.failures?.split('/') ?? []
const named = failingCorpus === undefined ? positionals : [failingCorpus]
const unknown = named.filter(name => !corpora.some(corpus => corpus.name === name))
if (unknown.length > 0) {
  console.error(`no such corpus: ${unknown.join(', ')}; there are ${corpora.map(corpus => corpus.name).join(', ')}`)
  process.exit(2)
}

if (values.write && (!values.slow || named.length > 0)) {
  console.error('--write keeps all figures, so it needs --slow and no names')
  process.exit(2)
}

const rows: Tally[] = []
for (const corpus of corpora) {
  if (named.length > 0 ? !named.includes(corpus.name) : corpus.slow && !values.slow) continue
  const missing = absent(corpus.folder ?? corpus.name)
  if (missing) console.error(`${corpus.name}: ${missing}`)
  else rows.push(...tally(corpus.name, corpus.judge(decodeBytes)))
}
if (values.failures === undefined) printTable(rows)
else printFailures(rows.filter(row => failingCheck === undefined || row.check === failingCheck))
if (values.reasons) printReasons(rows)
if (values.write) record(rows)

function printTable(tallies: Tally[]): void {
  if (values.markdown) {
    for (const line of tableLines(tallies)) console.log(line)
    return
  }
  const header = ['corpus', 'compared', 'cases', 'passed', 'ratio', 'out of scope']
  const cells = tallies.map(row => [
    row.corpus,
    row.check,
    ...[row.cases, row.passed].map(String),
    ratio(row),
    String(row.outOfScope),
  ])
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map(line => line[column]!.length)))
  for (const line of [header, ...cells]) {
    console.log(
      line
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
  }
}

function printFailures(tallies: Tally[]): void {
  for (const row of tallies) {
    console.log(`${row.corpus} ${row.check}: ${row.failures.length} of ${row.cases} failed`)
    for (const { name, expected, got } of row.failures) {
      console.log(`  ${styleText('bold', name)}\n    expected ${printable(expected)}\n    got      ${printable(got)}`)
    }
  }
}

function printReasons(tallies: Tally[]): void {
  for (const row of tallies) {
    for (const [reason, names] of row.reasons) console.log(`${row.corpus} ${row.check}: ${reason}: ${names.join(' ')}`)
  }
}

/** Log text on its way to a terminal: no control characters, one line. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd').slice(0, 400)
}
