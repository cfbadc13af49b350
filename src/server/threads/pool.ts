// A few threads for what would hold up all other requests. They begin when they are first needed and end when nothing
// was asked for a while; what waits has a bound.

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Refusal } from '../intake/refusal.ts'
import type { TaskName, tasks } from './tasks.ts'

type Tasks = typeof tasks
type Input<Name extends TaskName> = Parameters<Tasks[Name]>
type Result<Name extends TaskName> = Awaited<ReturnType<Tasks[Name]>>

interface Job {
  task: TaskName
  input: unknown[]
  done: (result: unknown) => void
  failed: (error: Error) => void
}

const MAX_WAITING = 256
const IDLE_MS = 30_000
/** A thread that needs more than that is ended, and what it did has failed. */
const MAX_MEMORY_MB = 2048

const ending = () => new Refusal(503, 'the server is about to end. Send it again later.')

/** Beside the bundled command, or the source itself. */
function script(): string {
  const bundled = join(import.meta.dirname, 'faultline-worker.mjs')
  return existsSync(bundled) ? bundled : join(import.meta.dirname, 'worker.ts')
}

class Thread {
  readonly worker: Worker
  job: Job | undefined
  idle: NodeJS.Timeout | undefined

  constructor(free: (thread: Thread) => void, ended: (thread: Thread, error: Error | undefined) => void) {
    this.worker = new Worker(script(), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    })
    this.worker.on('message', ({ result, problem }) => {
      const { job } = this
      this.job = undefined
      if (problem === undefined) job?.done(result)
      else if (problem.status !== undefined) job?.failed(new Refusal(problem.status, problem.message))
      else job?.failed(new Error(problem.message))
      free(this)
    })
    let why: Error | undefined
    this.worker.on('error', error => {
      why = error instanceof Error ? error : new Error(String(error))
    })
    this.worker.on('exit', () => ended(this, why))
  }
}

export class Threads {
  readonly #most: number
  readonly #threads = new Set<Thread>()
  readonly #waiting: Job[] = []
  #closed = false

  constructor(most: number = Math.max(1, Math.min(4, availableParallelism() - 1))) {
    this.#most = most
  }

  /** Throws Refusal: as the task does, 422 for what it cannot read, 503 where too much waits. */
  run<Name extends TaskName>(task: Name, ...input: Input<Name>): Promise<Result<Name>> {
    if (this.#closed) return Promise.reject(ending())
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new Refusal(503, 'too much is under way. Send it again later.'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, input, done: resolve as (result: unknown) => void, failed: reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { failed } of this.#waiting.splice(0)) failed(ending())
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()))
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const thread = [...this.#threads].find(({ job }) => job === undefined) ?? this.#begin()
      if (thread === undefined) return
      const job = this.#waiting.shift()!
      clearTimeout(thread.idle)
      thread.worker.ref()
      thread.job = job
      thread.worker.postMessage({ task: job.task, input: job.input })
    }
  }

  #begin(): Thread | undefined {
    if (this.#threads.size >= this.#most) return undefined
    const thread = new Thread(
      free => {
        // A process that has nothing else to do may end.
        free.worker.unref()
        free.idle = setTimeout(() => this.#end(free), IDLE_MS).unref()
        this.#next()
      },
      (ended, error) => {
        this.#threads.delete(ended)
        ended.job?.failed(error ?? ending())
        if (!this.#closed) this.#next()
      },
    )
    this.#threads.add(thread)
    return thread
  }

  #end(thread: Thread): void {
    this.#threads.delete(thread)
    void thread.worker.terminate()
  }
}
