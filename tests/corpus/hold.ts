// One test for each corpus: what it says of us may only get better.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBytes } from '../../src/core/decoder.ts'
import { absent } from './cases.ts'
import { floors } from './floors.ts'
import { type Corpus, tally } from './verdict.ts'

/** Skips, and says so, where the corpus is not beside the checkout. */
export function holdFloors(corpora: readonly Corpus[]): void {
  for (const corpus of corpora) {
    test(`corpus ${corpus.name}`, { skip: absent(corpus.folder ?? corpus.name) ?? false }, t => {
      const rows = tally(corpus.name, corpus.judge(decodeBytes))
      for (const row of rows) {
        const floor = floors[`${row.corpus}: ${row.check}`]
        t.diagnostic(`${row.check}: ${row.passed} of ${row.cases}`)
        assert.ok(floor !== undefined, `no floor is set for "${row.corpus}: ${row.check}"`)
        const failing = row.failures.map(failure => failure.name).join(' ')
        const measured = `${row.check}: ${row.passed} of ${row.cases} passed, at least ${floor} must`
        assert.ok(row.passed >= floor, `${measured}; failing: ${failing}`)
      }
      // A check that nothing reaches any more has not got better.
      const measured = new Set(rows.map(row => `${row.corpus}: ${row.check}`))
      const lost = Object.keys(floors).filter(key => key.startsWith(`${corpus.name}: `) && !measured.has(key))
      assert.deepEqual(lost, [])
    })
  }
}
