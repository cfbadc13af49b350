// A million damaged logs. FAULTLINE_FUZZ_INPUTS sets another number, FAULTLINE_FUZZ_SEED other inputs;
// `node tests/fuzz/replay.ts SEED NUMBER` shows one again.

import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { Failure } from '../fuzz/inputs.ts'
import { assertRecords, assertReports, decode, decodeInChunks } from '../fuzz/invariants.ts'
import { labIsPresent, lineStarts, wholeLogs } from '../fuzz/seeds.ts'
import type { Share } from '../fuzz/worker.ts'
import { Random } from '../random.ts'

const inputs = Number(process.env['FAULTLINE_FUZZ_INPUTS'] ?? 1_000_000)
const seed = Number(process.env['FAULTLINE_FUZZ_SEED'] ?? 1)
const workers = Math.min(2, availableParallelism())

interface Result {
  tried: number
  failures: Failure[]
}

/** One worker's result; what ends it otherwise is a failure of the input that it was at. */
function runShare(share: Share): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../fuzz/worker.ts', import.meta.url), { workerData: share })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`worker ended with ${code}`)))
  })
}

test(`${inputs} mutated logs: no throw, sound reports, bounded work`, async () => {
  const shares = Array.from({ length: workers }, (_, first) => ({ seed, first, step: workers, end: inputs }))
  const ended = await Promise.allSettled(shares.map(runShare))
  const results = ended.map(result => (result.status === 'fulfilled' ? result.value : assert.fail(result.reason)))
  const failures = results.flatMap(result => result.failures)
  const told = failures.map(({ number, message }) => `input ${number} of seed ${seed}: ${message}`)
  assert.equal(failures.length, 0, told.join('\n\n'))
  assert.equal(
    results.reduce((sum, result) => sum + result.tried, 0),
    inputs,
  )
})

const logs = wholeLogs()

test('every prefix and suffix of every fixture, by lines', { skip: logs.length === 0 }, t => {
  if (!labIsPresent) t.diagnostic('the lab corpus is not here: fixtures only')
  for (const { bytes } of logs) {
    const starts = lineStarts(bytes)
    // Long logs by more lines at a time: the work would grow with the square.
    const step = Math.max(1, Math.floor(starts.length / 60))
    for (let line = 0; line < starts.length; line += step) {
      assertReports(bytes.subarray(0, starts[line]))
      assertReports(bytes.subarray(starts[line]))
    }
  }
})

test('any chunking of every fixture gives the same reports and records', () => {
  const random = new Random(seed)
  for (const { name, bytes } of logs) {
    assertRecords(bytes)
    const whole = decode(bytes).reports
    for (let i = 0; i < 3; i++) assert.deepEqual(decodeInChunks(bytes, random), whole, name)
  }
})

test('every byte of a few fixtures is an end and a beginning', () => {
  for (const { bytes } of logs.filter((_, index) => index % 60 === 7)) {
    for (let at = 0; at <= Math.min(bytes.length, 2500); at++) {
      assertReports(bytes.subarray(0, at))
      assertReports(bytes.subarray(at))
    }
  }
})
