// Decodes logs off the page's own thread, with the same core as the command.

import { Decoder } from '../../core/decoder.ts'
import { addOperand } from '../../core/explain/index.ts'
import { addPointer } from '../../core/explain/pointer.ts'
import { disassembleReport, type FindDisassembler } from '../../core/localise/instructions.ts'
import { recoverStack } from '../../core/localise/unwind/recover.ts'
import type { Report } from '../../core/model.ts'
import { t, useLanguage } from '../i18n/index.ts'
import { type Job, type Log, type News, reportBound } from './protocol.ts'
import { disassemblersOf } from './symbols/disassemblers.ts'
import { PageSymbols } from './symbols/page-symbols.ts'
import { logBytes, UnpackProblem } from './unpack.ts'

/** How often the page hears of progress, ms. */
const newsEveryMs = 120

const tell = (news: News): void => postMessage(news)

/** Reports on their way to the page, counted against the bound. */
class Outbox {
  readonly symbols: PageSymbols | undefined
  readonly #find: FindDisassembler
  #waiting: Report[] = []
  #room = reportBound
  #told = performance.now()
  bytes = 0

  constructor(symbols: PageSymbols | undefined, find: FindDisassembler) {
    this.symbols = symbols
    this.#find = find
  }
  /** there were more reports than the page keeps */
  full = false

  async take(reports: Report[]): Promise<void> {
    for (const report of reports.slice(0, this.#room)) {
      await examine(report, this.symbols, this.#find)
      this.#waiting.push(report)
    }
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
      await outbox.take(decoder.push(chunk))
      if (outbox.full) return
    }
  } catch (error) {
    if (!(error instanceof UnpackProblem)) throw error
    tell({ kind: 'problem', message: name === undefined ? error.message : `${name}: ${error.message}` })
  }
  // What came before a file broke off is decoded all the same.
  await outbox.take(decoder.finish())
}

/** Places, the function that failed, instructions: what the log and the symbols together allow to say. */
async function examine(report: Report, symbols: PageSymbols | undefined, find: FindDisassembler): Promise<void> {
  const recovered = await symbols?.add(report)
  for (const message of symbols?.takeProblems() ?? []) tell({ kind: 'problem', message })
  // The words of the stack alone give the chain of frames; with symbols it was walked by them.
  if (report.stack !== undefined && symbols === undefined) await recoverStack(report)
  await disassembleReport(report, find)
  addOperand(report)
  await addPointer(report, recovered)
}

async function decode({ logs, symbols: files, wasm }: Job): Promise<void> {
  const find = disassemblersOf(wasm)
  const symbols = files.length === 0 ? undefined : await PageSymbols.open(files, find)
  const outbox = new Outbox(symbols, find)
  for (const message of symbols?.takeProblems() ?? []) tell({ kind: 'problem', message })
  for (const log of logs) if (!outbox.full) await decodeLog(log, outbox)
  outbox.flush()
  tell({ kind: 'done', bytes: outbox.bytes, bounded: outbox.full })
}

addEventListener('message', (event: MessageEvent<Job>) => {
  useLanguage(event.data.language)
  decode(event.data).catch((error: unknown) => {
    tell({
      kind: 'problem',
      message: t().decode.problem.crashed(error instanceof Error ? error.message : String(error)),
    })
    tell({ kind: 'done', bytes: 0, bounded: false })
  })
})
