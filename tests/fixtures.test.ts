// The logs of fixtures/kinds: every report found and what it says, whole and torn, in any pieces.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decoder, decodeBytes } from '../src/core/decoder.ts'
import type { Report } from '../src/core/model.ts'
import { disagreements, extent, fixtureFolders } from './fixture-folders.ts'

const LINE_FEED = 10
const CHUNK_BYTES = [1, 7, 4096]

function inChunks(bytes: Uint8Array, size: number): Report[] {
  const decoder = new Decoder()
  const reports: Report[] = []
  for (let at = 0; at < bytes.length; at += size) reports.push(...decoder.push(bytes.subarray(at, at + size)))
  return [...reports, ...decoder.finish()]
}

for (const { name, input, expected } of fixtureFolders()) {
  test(`${name}: what is expected is found, and no more`, () => {
    const reports = decodeBytes(input)
    assert.deepEqual(
      reports.map(report => report.kind),
      expected.reports.map(report => report.kind),
      reports.map(report => report.title).join('; '),
    )
    for (const [index, wanted] of expected.reports.entries()) {
      const report = reports[index]!
      assert.deepEqual(disagreements(wanted, report), [])
      assert.deepEqual(extent(wanted, report), { before: 0, after: 0 }, JSON.stringify(report.lines))
    }
  })

  test(`${name}: the same reports from any chunks`, () => {
    const whole = JSON.stringify(decodeBytes(input))
    for (const size of CHUNK_BYTES) assert.equal(JSON.stringify(inChunks(input, size)), whole, `${size} bytes`)
  })

  test(`${name}: every prefix of whole lines is read`, () => {
    for (let at = input.indexOf(LINE_FEED); at >= 0; at = input.indexOf(LINE_FEED, at + 1)) {
      const prefix = input.subarray(0, at + 1)
      for (const report of decodeBytes(prefix)) assert.ok(report.span.end <= prefix.length, report.title)
    }
  })
}
