// What other people's corpora say of us may only get better. Figures: docs/titles.md; failures: tests/corpus/report.ts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBytes } from '../src/core/decoder.ts'
import { absent } from './corpus/cases.ts'
import { floors } from './corpus/floors.ts'
import { corpora } from './corpus/index.ts'
import { tally } from './corpus/verdict.ts'

for (const corpus of corpora) {
  if (corpus.slow) continue
  test(`corpus ${corpus.name}`, { skip: absent(corpus.folder ?? corpus.name) ?? false }, t => {
    for (const row of tally(corpus.name, corpus.judge(decodeBytes))) {
      const floor = floors[`${row.corpus}: ${row.check}`]
      t.diagnostic(`${row.check}: ${row.passed} of ${row.cases}`)
      assert.ok(floor !== undefined, `no floor is set for "${row.corpus}: ${row.check}"`)
      const failing = row.failures.map(failure => failure.name).join(' ')
      assert.ok(row.passed >= floor, `${row.check}: ${row.passed} of ${row.cases} passed, at least ${floor} must: ${failing}`)
    }
  })
}
