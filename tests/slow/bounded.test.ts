// Inputs that want too much: memory and results stay bounded, and the work in proportion to the bytes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Decoder } from '../../src/core/decoder.ts'
import type { Report } from '../../src/core/model.ts'
import { Random } from '../random.ts'

const MB = 1024 * 1024
/** What a decoder may hold beside what this process had before, whatever the input. */
const maxGrowth = 60 * MB
/** No kernel prints as much about one event. */
const maxReportText = 4 * MB

interface Outcome {
  reports: number
  /** of the largest report, in letters of its text */
  largest: number
  lastLine: number
  /** the most that was held at once, in bytes above the start */
  growth: number
  work: number
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What is really kept, in bytes. */
function held(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Decodes what `chunks` gives; nothing of it is kept. */
function decode(chunks: Iterable<Uint8Array>): Outcome {
  const decoder = new Decoder()
  const before = held()
  const outcome: Outcome = { reports: 0, largest: 0, lastLine: 0, growth: 0, work: 0 }
  const take = (reports: readonly Report[]): void => {
    for (const report of reports) {
      outcome.reports++
      outcome.largest = Math.max(outcome.largest, report.text.length)
      outcome.lastLine = Math.max(outcome.lastLine, report.lines.last)
    }
  }
  let count = 0
  for (const chunk of chunks) {
    take(decoder.push(chunk))
    if (count++ % 8 === 0) outcome.growth = Math.max(outcome.growth, held() - before)
  }
  take(decoder.finish())
  outcome.work = decoder.work
  return outcome
}

/** As it comes from a file: a large chunk's reports would all be in memory at once. */
function* inParts(whole: Uint8Array): Iterable<Uint8Array> {
  const size = 64 * 1024
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size)
}

function* repeated(chunk: Uint8Array, times: number): Iterable<Uint8Array> {
  for (let i = 0; i < times; i++) yield chunk
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const header = 'BUG: unable to handle page fault for address: ffffffffdead0000\n'
const oops = `[    1.000000] ${header}[    1.000001] Oops: 0002 [#1] PREEMPT SMP\n`

test('a line of 100 MB, with a header in it and one behind it', () => {
  const outcome = decode([
    ...repeated(bytes('x'.repeat(MB)), 50),
    bytes(header.trimEnd()),
    ...repeated(bytes(' y'.repeat(MB / 2)), 50),
    bytes(`\n${oops}`),
  ])
  assert.ok(outcome.growth < maxGrowth, `${outcome.growth} bytes`)
  assert.ok(outcome.largest < maxReportText)
  assert.ok(outcome.reports >= 1 && outcome.reports <= 2, `${outcome.reports} reports`)
  assert.equal(outcome.lastLine, 3)
})

test('50 MB of rubbish', () => {
  const random = new Random(5)
  const chunk = Uint8Array.from({ length: MB }, () => random.below(256))
  const outcome = decode(repeated(chunk, 50))
  assert.ok(outcome.growth < maxGrowth, `${outcome.growth} bytes`)
  assert.equal(outcome.reports, 0)
  assert.ok(outcome.work < MB * 4, `${outcome.work} lines looked at`)
})

test('nothing but zeros', () => {
  const outcome = decode(repeated(new Uint8Array(MB), 50))
  assert.ok(outcome.growth < maxGrowth, `${outcome.growth} bytes`)
  assert.equal(outcome.reports, 0)
})

test('a report that never ends', () => {
  const frames = bytes('[    1.000002]  some_function+0x1f/0x20 [module]\n'.repeat(2000))
  const outcome = decode([bytes(`${oops}[    1.000002] Call Trace:\n`), ...repeated(frames, 200)])
  assert.ok(outcome.growth < maxGrowth, `${outcome.growth} bytes`)
  assert.ok(outcome.largest < maxReportText, `${outcome.largest} letters`)
  assert.ok(outcome.reports >= 1 && outcome.reports < 2000, `${outcome.reports} reports`)
})

test('a hundred thousand headers and nothing else', () => {
  const outcome = decode(repeated(bytes(`[    1.000000] ${header}`.repeat(1000)), 100))
  assert.ok(outcome.growth < maxGrowth, `${outcome.growth} bytes`)
  assert.ok(outcome.reports >= 1 && outcome.reports <= 100_000)
  assert.ok(outcome.work <= 100_000 * 1.1)
})

test('a hundred thousand headers of as many threads, all under way at once', () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `[    1.000000][T${String(i).padStart(6)}] ${header}`)
  const outcome = decode(inParts(bytes(lines.join(''))))
  assert.ok(outcome.growth < maxGrowth, `${outcome.growth} bytes`)
  assert.ok(outcome.reports <= 100_000)
})

test('a hundred thousand hosts', () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `Nov 12 03:04:05 host${i} kernel: [    1.000000] ${header}`)
  const outcome = decode(inParts(bytes(lines.join(''))))
  assert.ok(outcome.growth < maxGrowth, `${outcome.growth} bytes`)
})

test('brackets that are never closed', () => {
  for (const start of ['{"MESSAGE":"', '[', '__CURSOR=\nMESSAGE=', '{"a":'.repeat(1000), '<', '"', 'Panic#1 Part1\n']) {
    const outcome = decode([
      bytes(start),
      ...repeated(bytes(`${start}x\n`.repeat(Math.ceil(MB / (start.length + 2)))), 20),
    ])
    assert.ok(outcome.growth < maxGrowth, `${outcome.growth} bytes held by ${start.slice(0, 20)}`)
  }
})

test('text that is jumped over is not looked at line by line', () => {
  const quiet = bytes('[    1.000000] usb 1-1: new high-speed USB device number 2 using xhci_hcd\n'.repeat(14_000))
  const outcome = decode([...repeated(quiet, 30), bytes(oops)])
  assert.equal(outcome.reports, 1)
  assert.equal(outcome.lastLine, 30 * 14_000 + 2)
  assert.ok(outcome.work < 3 * 14_000, `${outcome.work} lines looked at`)
})
