// One thread, as the thread that began it sees it: one job at a time goes to it, and what the job asks meanwhile is
// answered here.

import { Worker } from 'node:worker_threads'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import type { FromThread, ToThread } from './messages.ts'

/** What a job may ask for: functions of plain values. */
export type Calls = Record<string, (...input: never[]) => unknown>

export interface Job {
  task: string
  input: unknown[]
  calls: Calls
  done: (result: unknown) => void
  failed: (error: unknown) => void
}

/** A thread that needs more than that is ended, and what it did has failed. */
const MAX_MEMORY_MB = 2048

export class Thread {
  readonly #worker: Worker
  #job: Job | undefined
  /** what a call of the job threw: that is why the job fails, in its own words */
  #thrown: { error: unknown } | undefined
  #idle: NodeJS.Timeout | undefined

  constructor(
    script: string,
    memoryMb: number = MAX_MEMORY_MB,
    free: (thread: Thread) => void,
    ended: (thread: Thread) => void,
  ) {
    this.#worker = new Worker(script, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    })
    this.#worker.on('message', (message: FromThread) => {
      if ('call' in message) void this.#answer(message)
      else {
        this.#end(message)
        free(this)
      }
    })
    let why: unknown
    this.#worker.on('error', error => {
      why = error
    })
    this.#worker.on('exit', () => {
      clearTimeout(this.#idle)
      const job = this.#job
      this.#job = undefined
      ended(this)
      job?.failed(this.#thrown?.error ?? deathOf(why, memoryMb))
    })
  }

  get busy(): boolean {
    return this.#job !== undefined
  }

  begin(job: Job): void {
    clearTimeout(this.#idle)
    this.#worker.ref()
    this.#job = job
    this.#thrown = undefined
    const { task, input, calls } = job
    this.#post({ task, input, calls: Object.keys(calls) })
  }

  /** Without a job for so long it ends; a process that has nothing else to do may end before. */
  idle(ms: number, end: () => void): void {
    this.#worker.unref()
    this.#idle = setTimeout(end, ms).unref()
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  async #answer({ call, name, input }: Extract<FromThread, { call: number }>): Promise<void> {
    const job = this.#job
    try {
      const given = await job?.calls[name]?.(...(input as never[]))
      if (this.#job === job) this.#post({ answer: call, given })
    } catch (error) {
      if (this.#job !== job) return
      this.#thrown ??= { error }
      this.#post({ answer: call, refused: true })
    }
  }

  #end(message: Exclude<FromThread, { call: number }>): void {
    const job = this.#job
    this.#job = undefined
    if (this.#thrown !== undefined) job?.failed(this.#thrown.error)
    else if ('result' in message) job?.done(message.result)
    else {
      const { status, words, code } = message.problem
      job?.failed(status === undefined ? Object.assign(new Error(words), { code }) : new Refusal(status, words))
    }
  }

  /** Bytes that are a buffer of their own go over without a copy. */
  #post(message: ToThread): void {
    const given = 'given' in message ? message.given : undefined
    const whole = given instanceof Uint8Array && given.byteLength === given.buffer.byteLength
    this.#worker.postMessage(message, whole ? [given.buffer as ArrayBuffer] : [])
  }
}

/** https://nodejs.org/api/errors.html#err_worker_out_of_memory */
function deathOf(why: unknown, memoryMb: number): unknown {
  if (why === undefined) return new Refusal(503, say`the server is about to end. Send it again later.`)
  if ((why as { code?: unknown }).code !== 'ERR_WORKER_OUT_OF_MEMORY') return why
  return new Refusal(413, say`to understand it takes more than ${memoryMb} MB of memory. Send it in parts.`)
}
