// One of the fuzzer's workers: every `step`th input from `first` on.

import { parentPort, workerData } from 'node:worker_threads'
import { type Failure, tryInput } from './inputs.ts'

export interface Share {
  seed: number
  first: number
  step: number
  end: number
}

/** More than this many say nothing new. */
const maxFailures = 10

const { seed, first, step, end } = workerData as Share
const failures: Failure[] = []
let tried = 0
for (let number = first; number < end && failures.length < maxFailures; number += step) {
  const failure = tryInput(seed, number)
  if (failure !== undefined) failures.push(failure)
  tried++
}
parentPort!.postMessage({ tried, failures })
