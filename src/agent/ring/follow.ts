// New records as they come.

import { createPoller } from '../../node/poller.ts'
import { type InputRecord, kmsgInput } from './input.ts'
import type { KmsgReader } from './ring-buffer.ts'

/** Nothing came for so long: time to see whether a report has ended. */
const IDLE_MS = 250

/**
 * The records that come, in groups as they were read; an empty group when there was none for a while. `lost` is called
 * when the ring was overwritten before it was read. Ends when `stop` does.
 */
export async function* follow(
  kmsg: KmsgReader,
  withPriority: boolean,
  stop: AbortSignal,
  lost: () => void,
): AsyncGenerator<InputRecord[]> {
  const poller = createPoller()
  let wake: (() => void) | undefined
  let overruns = kmsg.overruns
  const unwatch = poller.watch(kmsg.descriptor, () => {
    wake?.()
    return false
  })
  try {
    while (!stop.aborted) {
      const records: InputRecord[] = []
      for (let read = kmsg.read(); read !== undefined; read = kmsg.read())
        records.push(...kmsgInput(read, withPriority))
      if (kmsg.overruns > overruns) lost()
      overruns = kmsg.overruns
      yield records
      if (records.length > 0) continue
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, IDLE_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
        stop.addEventListener('abort', () => wake?.(), { once: true })
      })
      wake = undefined
    }
  } finally {
    unwatch()
    poller.close()
  }
}
