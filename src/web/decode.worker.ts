// Decodes logs off the page's own thread, with the same core as the command.

import { Decoder } from '../core/decoder.ts'
import type { Report } from '../core/model.ts'
import { messages } from './messages.ts'
import { type Job, type Log, type News, reportBound } from './protocol.ts'
import { logBytes, UnpackProblem } from './unpack.ts'

/** How often the page hears of progress, ms. */
const newsEveryMs = 120

const tell = (news: News): void => postMessage(news)

/** Reports on their way to the page, counted against the bound. */
class Outbox {
  #waiting: Report[] = []
  #room = reportBound
  #told = performance.now()
  bytes = 0
  /** there were more reports than the page keeps */
  full = false

  take(reports: Report[]): void {
    this.#waiting.push(...reports.slice(0, this.#room))
    this.full ||= reports.length > this.#room
    this.#room = Math.max(0, this.#room - reports.length)
    if (performance.now() - this.#told > newsEveryMs) this.flush()
  }

  flush(): void {
    tell({ kind: 'progress', bytes: this.bytes, reports: this.#waiting })
    this.#waiting = []
    this.#told = performance.now()
  }
}

async function decodeLog({ file, name }: Log, outbox: Outbox): Promise<void> {
  const decoder = new Decoder({ source: name === undefined ? {} : { file: name } })
  try {
    for await (const chunk of logBytes(file)) {
      outbox.bytes += chunk.length
      outbox.take(decoder.push(chunk))
      if (outbox.full) return
    }
  } catch (error) {
    if (!(error instanceof UnpackProblem)) throw error
    tell({ kind: 'problem', message: name === undefined ? error.message : `${name}: ${error.message}` })
  }
  // What came before a file broke off is decoded all the same.
  outbox.take(decoder.finish())
}

async function decode(job: Job): Promise<void> {
  const outbox = new Outbox()
  for (const log of job) if (!outbox.full) await decodeLog(log, outbox)
  outbox.flush()
  tell({ kind: 'done', bytes: outbox.bytes, bounded: outbox.full })
}

addEventListener('message', (event: MessageEvent<Job>) => {
  decode(event.data).catch((error: unknown) => {
    tell({ kind: 'problem', message: messages.problem.crashed(error instanceof Error ? error.message : String(error)) })
    tell({ kind: 'done', bytes: 0, bounded: false })
  })
})
