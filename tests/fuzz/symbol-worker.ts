// One of the symbol fuzzer's workers: every `step`th input from `first` on.

import { parentPort, workerData } from 'node:worker_threads'
import { MAX_GROWTH_BYTES, SymbolFuzzer } from './symbol-inputs.ts'
import type { Share } from './worker.ts'

export interface SymbolResult {
  tried: number
  answers: number
  failures: string[]
  /** bytes by which the process grew at most */
  growth: number
}

/** More than this many say nothing new. */
const MAX_FAILURES = 10

const { seed, first, step, end } = workerData as Share
const fuzzer = await SymbolFuzzer.open(seed)
const before = process.memoryUsage.rss()
const result: SymbolResult = { tried: 0, answers: 0, failures: [], growth: 0 }
for (let number = first; number < end && result.failures.length < MAX_FAILURES; number += step) {
  const { target, answered, failure } = await fuzzer.try(number)
  if (failure !== undefined) result.failures.push(`input ${number} (${target}): ${failure}`)
  if (answered) result.answers++
  if (++result.tried % 64 === 0) result.growth = Math.max(result.growth, process.memoryUsage.rss() - before)
}
if (result.growth > MAX_GROWTH_BYTES) result.failures.push(`grew by ${result.growth} bytes`)
parentPort!.postMessage(result)
