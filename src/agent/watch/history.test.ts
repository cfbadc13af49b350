import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Decoder } from '../../core/decoder.ts'
import type { LogRecord, Report } from '../../core/model.ts'
import { TextStream } from '../sources/text-stream.ts'
import { History } from './history.ts'

const log = readFileSync('fixtures/kinds/warning/x86_64-6.1-module/input.log')

/** The log with lines of another task between its own, in pieces of this size; its report and what is cut for it. */
function watched(bytes: Buffer, size: number, limit?: number) {
  const history = new History(limit)
  const stream = new TextStream('')
  const decoder = new Decoder({ live: true })
  const reports: Report[] = []
  for (let at = 0; at < bytes.length; at += size) {
    const piece = stream.push(Buffer.from(bytes.subarray(at, at + size)), at)
    history.add(piece, 1000 + at)
    reports.push(...decoder.pushRecords(piece.records, 1))
  }
  reports.push(...decoder.settle(1e9))
  return { history, reports }
}

test('an excerpt is the bytes as they came, the context what stands around, however the stream is cut', () => {
  const before = Buffer.from('[    1.000000] one\n[    2.000000] \xb5 not UTF-8\n', 'latin1')
  const bytes = Buffer.concat([before, log, Buffer.from('[ 9999.000000] after\n')])
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), size => {
      const { history, reports } = watched(bytes, size)
      assert.equal(reports.length, 1)
      const cutting = history.cut(reports[0]!, 2)
      const { start, end } = reports[0]!.span
      assert.deepEqual(Buffer.from(cutting.excerpt), bytes.subarray(start, end + 1))
      assert.ok(Buffer.from(cutting.context).includes(Buffer.from('not UTF-8')))
      assert.ok(Buffer.from(cutting.context).includes(Buffer.from(cutting.excerpt)))
      assert.equal(cutting.missing, 0)
      // the piece in which its first byte came
      assert.equal(cutting.capturedAt, 1000 + Math.floor(start / size) * size)
    }),
    { numRuns: 50 },
  )
})

test('memory is bounded; what is gone is said', () => {
  const noise = Buffer.from('[    1.000000] nothing of note, and more of it\n'.repeat(20_000))
  const { history, reports } = watched(Buffer.concat([log, noise]), 4096, 64 * 1024)
  assert.equal(reports.length, 1)
  const cutting = history.cut(reports[0]!, 10)
  assert.ok(cutting.missing > 0)
  assert.equal(cutting.capturedAt, undefined)
})

test('numbers, losses and places of the records of a report', () => {
  const history = new History()
  const records: LogRecord[] = Array.from({ length: 10 }, (_, index) => ({
    text: `line ${index}`,
    line: index + 1,
    span: { start: index * 10, end: index * 10 + 9 },
    transport: 'kmsg',
    sequence: 100 + index,
    ...(index === 4 ? { lostBefore: 7 } : {}),
  }))
  history.add({ stream: '', bytes: Buffer.alloc(100, 'x'), records }, 5)
  const report = { lines: { first: 4, last: 8 }, textLines: [4, 5, 8] } as unknown as Report
  const cutting = history.cut(report, 1)
  assert.deepEqual(cutting.sequence, { first: 103, last: 107 })
  assert.equal(cutting.lost, 7)
  assert.equal(cutting.excerpt.length, 30)
  assert.equal(cutting.context.length, 70)
  assert.equal(history.countFrom(cutting.first!), 7)
})
