// Damaged, hostile and truncated ELF, DWARF, BTF, ORC, kallsyms, images, archives, indexes and lists: an answer, or a
// FormatError that names the place, within bounded time and memory. FAULTLINE_FUZZ_SYMBOLS sets how many inputs,
// FAULTLINE_FUZZ_SEED which; `node tests/fuzz/replay-symbols.ts SEED NUMBER` tries one again.

import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { SymbolFuzzer } from '../fuzz/symbol-inputs.ts'
import type { SymbolResult } from '../fuzz/symbol-worker.ts'
import type { Share } from '../fuzz/worker.ts'

/** As many as take half a minute; a million, six. */
const inputs = Number(process.env['FAULTLINE_FUZZ_SYMBOLS'] ?? 50_000)
const seed = Number(process.env['FAULTLINE_FUZZ_SEED'] ?? 1)
const workers = Math.min(2, availableParallelism())

/** Prefixes of one file that are tried, about. */
const PREFIXES = 150

function runShare(share: Share): Promise<SymbolResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../fuzz/symbol-worker.ts', import.meta.url), { workerData: share })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`worker ended with ${code}`)))
  })
}

test(`${inputs} mutated files of symbols: an answer or a FormatError`, async context => {
  const shares = Array.from({ length: workers }, (_, first) => ({ seed, first, step: workers, end: inputs }))
  const results = await Promise.all(shares.map(runShare))
  const failures = results.flatMap(result => result.failures)
  assert.equal(failures.length, 0, `seed ${seed}: ${failures.join('\n\n')}`)
  const sum = (of: (result: SymbolResult) => number): number => results.reduce((total, each) => total + of(each), 0)
  assert.equal(
    sum(({ tried }) => tried),
    inputs,
  )
  const growth = Math.max(...results.map(result => result.growth))
  context.diagnostic(
    `${sum(({ answers }) => answers)} answers; grew by ${Math.round(growth / 1024 / 1024)} MiB at most`,
  )
})

test('prefixes of every whole file', async context => {
  const { read, failures } = await (await SymbolFuzzer.open(seed)).prefixes(PREFIXES)
  assert.equal(failures.length, 0, failures.slice(0, 5).join('\n\n'))
  context.diagnostic(`${read} prefixes`)
})
