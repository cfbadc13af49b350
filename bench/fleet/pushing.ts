// Hosts that push bundles from a thread of their own, so that who asks for pages meanwhile is not held up by them here.

import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type IntakeResult, pushMany } from './bundles.ts'
import type { Api } from './pages.ts'

interface Order {
  api: Api
  hosts: number
  each: number
}

export interface Pushing {
  going(): boolean
  result: Promise<IntakeResult>
}

/** Returns when the first bundle is about to be sent. */
export async function beginPushing(order: Order): Promise<Pushing> {
  const worker = new Worker(new URL(import.meta.url), { workerData: order })
  await once(worker, 'message')
  let going = true
  const result = once(worker, 'message').then(([each]) => {
    going = false
    return each as IntakeResult
  })
  return { going: () => going, result }
}

if (!isMainThread) {
  const { api, hosts, each } = workerData as Order
  parentPort?.postMessage(await pushMany(api, hosts, each, () => parentPort?.postMessage('began')))
}
