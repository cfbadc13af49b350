import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headers } from '../fixtures/headers.ts'
import { negatives } from '../fixtures/negatives.ts'
import { reportSchema } from '../src/core/schema.ts'
import { kindNames } from '../src/core/vocabulary.ts'
import { fixtureFolders } from './fixture-folders.ts'

const fixtures = fixtureFolders()
const release = String.raw`\d+\.\d+(?:\.\d+)?`
const era = new RegExp(`^(?:${release}|(?:${release})?-(?:${release})?)$`)
/** what an expectation may hold: the report's own fields, and the short form of its first trace */
const fields = new Set([...Object.keys(reportSchema.shape), 'frames'])

test('every kind has a fixture that a folder of its name holds', () => {
  const held = new Set(fixtures.map(fixture => fixture.kind))
  assert.deepEqual(
    kindNames.filter(kind => !held.has(kind)),
    [],
  )
  assert.deepEqual(
    [...held].filter(kind => !kindNames.some(name => name === kind)),
    [],
  )
})

test('every kind but unknown has a header in the coverage table', () => {
  const held = new Set<string>(headers.map(header => header.kind))
  assert.deepEqual(
    kindNames.filter(kind => kind !== 'unknown' && !held.has(kind)),
    [],
  )
})

test('a header is one line, names its source, its era and known kinds, and stands there once', () => {
  const seen = new Set<string>()
  for (const header of headers) {
    assert.match(header.line, /\S/)
    assert.doesNotMatch(header.line, /[\r\n]/, header.line)
    assert.match(header.era, era, header.line)
    assert.match(header.source, /\w/, header.line)
    for (const kind of [header.kind, ...(header.or ?? [])]) assert.ok(kindNames.includes(kind), header.line)
    assert.ok(!header.or?.includes(header.kind), header.line)
    const key = `${header.arch ?? ''} ${header.line}`
    assert.ok(!seen.has(key), `twice: ${key}`)
    seen.add(key)
  }
  assert.ok(headers.length >= 300)
})

test('a negative says why and is no header of the coverage table', () => {
  const lines = new Set(headers.map(header => header.line))
  const seen = new Set<string>()
  for (const { why, log } of negatives) {
    assert.match(why, /\w/, log)
    assert.ok(!lines.has(log), log)
    assert.ok(!seen.has(log), `twice: ${log}`)
    seen.add(log)
  }
  assert.ok(negatives.length >= 150)
})

for (const { name, kind, input, expected } of fixtures) {
  test(`${name} is well-formed`, () => {
    assert.match(name, /^[a-z0-9-]+\/[A-Za-z0-9._-]+$/)
    assert.match(expected.origin, /\w/)
    const text = new TextDecoder('utf-8', { fatal: true }).decode(input)
    assert.ok(text.endsWith('\n'), 'ends with a line break')
    const lineCount = text.split('\n').length - 1
    assert.ok(
      expected.reports.some(report => report.kind === kind),
      'one report is of the kind of the folder',
    )
    let after = 0
    for (const report of expected.reports) {
      assert.deepEqual(
        Object.keys(report).filter(key => !fields.has(key)),
        [],
      )
      assert.ok(kindNames.includes(report.kind))
      assert.ok(after < report.lines.first && report.lines.first <= report.lines.last, 'reports stand in order')
      after = report.lines.last
    }
    assert.ok(after <= lineCount)
    for (const [first, last] of expected.outside ?? []) {
      assert.ok(1 <= first && first <= last && last <= lineCount)
      for (const { lines } of expected.reports) assert.ok(last < lines.first || lines.last < first, `${first}-${last}`)
    }
  })
}
