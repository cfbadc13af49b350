// Decodes one log off the page's own thread, with the same core as the command.

import { Decoder } from '../core/decoder.ts'
import type { Report } from '../core/model.ts'
import { messages } from './messages.ts'
import { type Job, type News, reportBound } from './protocol.ts'
import { logBytes, UnpackProblem } from './unpack.ts'

/** How often the page hears of progress, ms. */
const newsEveryMs = 120

const tell = (news: News): void => postMessage(news)

async function decode({ file, name }: Job): Promise<void> {
  const decoder = new Decoder({ source: name === undefined ? {} : { file: name } })
  let bytes = 0
  let kept = 0
  let waiting: Report[] = []
  let told = performance.now()
  const take = (reports: Report[]): boolean => {
    const room = reportBound - kept
    waiting.push(...reports.slice(0, room))
    kept += Math.min(room, reports.length)
    return reports.length > room
  }
  const flush = (): void => {
    tell({ kind: 'progress', bytes, reports: waiting })
    waiting = []
    told = performance.now()
  }
  let bounded = false
  try {
    for await (const chunk of logBytes(file)) {
      bytes += chunk.length
      bounded = take(decoder.push(chunk))
      if (bounded) break
      if (performance.now() - told > newsEveryMs) flush()
    }
  } catch (error) {
    if (!(error instanceof UnpackProblem)) throw error
    tell({ kind: 'problem', message: error.message })
  }
  // What came before a file broke off is decoded all the same.
  if (!bounded) bounded = take(decoder.finish())
  flush()
  tell({ kind: 'done', bytes, bounded })
}

addEventListener('message', (event: MessageEvent<Job>) => {
  decode(event.data).catch((error: unknown) => {
    tell({ kind: 'problem', message: messages.problem.crashed(error instanceof Error ? error.message : String(error)) })
    tell({ kind: 'done', bytes: 0, bounded: false })
  })
})
