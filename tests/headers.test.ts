// The coverage table: every header that a kernel prints is recognised, nothing harmless is, and each row of detect/kinds
// earns its place.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Header, headers } from '../fixtures/headers.ts'
import { negatives } from '../fixtures/negatives.ts'
import { decodeBytes } from '../src/core/decoder.ts'
import { readItem } from '../src/core/detect/items/index.ts'
import { kindRows } from '../src/core/detect/kinds/index.ts'
import { headerNeedles, openingOf } from '../src/core/detect/match.ts'
import type { KindRow } from '../src/core/detect/row.ts'
import type { Report } from '../src/core/model.ts'

const decoded = (log: string): Report[] => decodeBytes(new TextEncoder().encode(log))
const kindsOf = ({ kind, or }: Header): string[] => [kind, ...(or ?? [])]

test('every header opens a report of its kind', () => {
  const wrong = headers
    .filter(header => header.inside !== true)
    .flatMap(header => {
      const kind = openingOf(header.line)?.row.kind
      return kind !== undefined && kindsOf(header).includes(kind) ? [] : [`${kind}, not ${header.kind}: ${header.line}`]
    })
  assert.deepEqual(wrong, [])
})

test('what stands inside a report opens one of its kind, or is known as part of one', () => {
  const wrong = headers
    .filter(header => header.inside === true)
    .flatMap(header => {
      const kind = openingOf(header.line)?.row.kind
      const known = kind === undefined ? readItem(header.line).is !== 'text' : kindsOf(header).includes(kind)
      return known ? [] : [`${kind}, not ${header.kind}: ${header.line}`]
    })
  assert.deepEqual(wrong, [])
})

test('a header behind a printk stamp, and nothing else, is one report', () => {
  const wrong = headers
    .filter(header => header.inside !== true)
    .flatMap(header => {
      const found = decoded(`[   12.345678] ${header.line}\n`).map(report => report.kind)
      return found.length === 1 && kindsOf(header).includes(found[0]!) ? [] : [`[${found}]: ${header.line}`]
    })
  assert.deepEqual(wrong, [])
})

test('negatives give no report', () => {
  const wrong = negatives.flatMap(({ why, log }) => decoded(log).map(report => `${why}: ${report.title} (${log})`))
  assert.deepEqual(wrong, [])
})

const samplesOf = (row: KindRow): string[] => [row.example, ...(row.also ?? [])]

test('a row opens its own samples, each of which holds one of its needles', () => {
  for (const row of kindRows) {
    for (const sample of samplesOf(row)) {
      assert.ok(
        row.needles.some(needle => sample.includes(needle)),
        sample,
      )
      assert.match(sample, row.opens)
      assert.equal(openingOf(sample)?.row.kind, row.kind, sample)
    }
  }
})

test('every row is the first for its example, or one of the same title is', () => {
  const shadowed = kindRows.filter(row => {
    const found = openingOf(row.example)?.row
    return found !== row && String(found?.title) !== String(row.title)
  })
  assert.deepEqual(
    shadowed.map(row => row.example),
    [],
  )
})

test('no needle is dead: each stands in a header or a sample', () => {
  const lines = [...headers.map(header => header.line), ...kindRows.flatMap(samplesOf)]
  const dead = headerNeedles.filter(needle => !lines.some(line => line.includes(needle)))
  assert.deepEqual(dead, [])
})

test('a row is found by its needles: whatever it matches holds one', () => {
  const lines = [...headers.map(header => header.line), ...kindRows.flatMap(samplesOf)]
  const missed = kindRows.flatMap(row =>
    lines
      .filter(line => row.opens.test(line.trimStart()) && !row.needles.some(needle => line.includes(needle)))
      .map(line => `${row.opens} without a needle: ${line}`),
  )
  assert.deepEqual(missed, [])
})
