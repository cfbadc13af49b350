// The decoder as a live watcher uses it: records in, a clock beside, reports as soon as a silence shows their end.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Decoder } from '../src/core/decoder.ts'
import { SETTLED_AFTER_END_MS, SETTLED_MS } from '../src/core/detect/assembler.ts'
import { readRecords } from '../src/core/log/index.ts'
import type { LogRecord, Report } from '../src/core/model.ts'
import { fixtureFolders } from './fixture-folders.ts'

const name = 'fixtures/kinds/null-dereference/x86_64-6.1-read-in-module/input.log'
const oops = readRecords(readFileSync(name))

/** Gives each record its time; the reports with the time at which they came. */
function watch(records: readonly { record: LogRecord; at: number }[], until: number, tickMs = 100) {
  const decoder = new Decoder({ live: true })
  const out: { report: Report; at: number }[] = []
  let next = 0
  for (let now = 0; now <= until; now += tickMs) {
    for (; next < records.length && records[next]!.at <= now; next++)
      for (const report of decoder.pushRecords([records[next]!.record], records[next]!.at + 1))
        out.push({ report, at: now })
    for (const report of decoder.settle(now + 1)) out.push({ report, at: now })
  }
  return { out, decoder }
}

const shifted = (records: readonly LogRecord[], bytes: number, lines: number): LogRecord[] =>
  records.map(record => ({
    ...record,
    line: record.line + lines,
    span: { start: record.span.start + bytes, end: record.span.end + bytes },
  }))

test('a report comes when it has ended and nothing follows, and only once', () => {
  const { out, decoder } = watch(
    oops.map(record => ({ record, at: 1000 })),
    5000,
  )
  assert.equal(out.length, 1)
  assert.ok(out[0]!.at - 1000 <= Math.max(SETTLED_AFTER_END_MS, SETTLED_MS) + 100)
  assert.equal(decoder.pending, undefined)
  assert.deepEqual(decoder.finish(), [])
})

test('at the end, a report that is whole is given, and one that is not waits for its reader to come back', () => {
  const decoder = new Decoder({ live: true })
  assert.deepEqual(decoder.pushRecords(oops, 1), [])
  assert.equal(decoder.settleEnded().length, 1)
  decoder.pushRecords(shifted(oops.slice(0, 12), oops.at(-1)!.span.end + 1, oops.at(-1)!.line), 2)
  assert.deepEqual(decoder.settleEnded(), [])
  assert.notEqual(decoder.pending, undefined)
})

test('one after another, each by itself; the same as of the whole log', () => {
  const bytes = oops.at(-1)!.span.end + 1
  const both = [...oops, ...shifted(oops, bytes, oops.at(-1)!.line)]
  const { out } = watch(
    both.map((record, index) => ({ record, at: index < oops.length ? 100 : 900 })),
    5000,
  )
  assert.equal(out.length, 2)
  assert.equal(out[0]!.report.title, out[1]!.report.title)
})

test('other lines without end do not hold it up', () => {
  const last = oops.at(-1)!
  const noise = Array.from({ length: 400 }, (_, index) => ({
    record: {
      text: `usb 1-1: nothing to see, number ${index}`,
      line: last.line + 1 + index,
      span: { start: last.span.end + 1 + index * 40, end: last.span.end + 40 + index * 40 },
      transport: 'plain',
      sinceBootUs: (last.sinceBootUs ?? 0) + index * 300_000,
    },
    at: 100 + index * 300,
  }))
  const { out } = watch([...oops.map(record => ({ record, at: 100 })), ...noise], 20_000)
  assert.equal(out.length, 1)
  assert.ok(out[0]!.at <= 2000, `came at ${out[0]!.at}`)
})

test('a report that pauses before its end is not found a second time by it', () => {
  const at = oops.findIndex(record => record.text.includes('end trace'))
  assert.ok(at > 0)
  const { out } = watch(
    oops.map((record, index) => ({ record, at: index < at ? 100 : 4000 })),
    9000,
  )
  assert.equal(out.length, 1)
})

test('every fixture gives live the reports that it gives as a whole', () => {
  for (const { name: folder, input } of fixtureFolders()) {
    const records = readRecords(input)
    const whole = new Decoder()
    const expected = [...whole.pushRecords(records, 0), ...whole.finish()]
    const { out } = watch(
      records.map(record => ({ record, at: 100 })),
      3000,
      500,
    )
    assert.deepEqual(
      out.map(({ report }) => report.title),
      expected.map(report => report.title),
      folder,
    )
  }
})

test('whatever the pauses, no record opens two reports', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 2500 }), { minLength: oops.length, maxLength: oops.length }),
      pauses => {
        let now = 100
        const records = oops.map((record, index) => ({
          record,
          at: (now += pauses[index]! > 2300 ? pauses[index]! : 1),
        }))
        const { out } = watch(records, now + 4000, 200)
        const starts = out.map(({ report }) => report.lines.first)
        assert.equal(new Set(starts).size, starts.length)
        for (const [index, { report }] of out.entries())
          if (index > 0) assert.ok(report.lines.first > out[index - 1]!.report.lines.last)
      },
    ),
    { numRuns: 60 },
  )
})
