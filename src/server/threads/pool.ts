// A few threads for what would hold up all other requests. They begin when they are first needed and end when nothing
// was asked for a while; what waits has a bound.

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import type { conversations, tasks } from './tasks.ts'
import { type Calls, type Job, Thread } from './thread.ts'

type Tasks = typeof tasks
type Input<Name extends keyof Tasks> = Parameters<Tasks[Name]>
type Result<Name extends keyof Tasks> = Awaited<ReturnType<Tasks[Name]>>

type Conversations = typeof conversations
type CallsOf<Name extends keyof Conversations> = Parameters<Conversations[Name]>[0]
type InputOf<Name extends keyof Conversations> =
  Parameters<Conversations[Name]> extends [unknown, ...infer Rest] ? Rest : never
type ResultOf<Name extends keyof Conversations> = Awaited<ReturnType<Conversations[Name]>>

export interface ThreadOptions {
  /** at once */
  most: number
  /** of one; more ends it */
  memoryMb?: number
  script: string
}

const MAX_WAITING = 256
const IDLE_MS = 30_000

const ending = () => new Refusal(503, say`the server is about to end. Send it again later.`)

/** Beside the bundled command, or the source itself. */
function ownScript(): string {
  const bundled = join(import.meta.dirname, 'faultline-worker.mjs')
  return existsSync(bundled) ? bundled : join(import.meta.dirname, 'worker.ts')
}

const usual = () => ({ most: Math.max(1, Math.min(4, availableParallelism() - 1)), script: ownScript() })

export class Threads {
  readonly #options: ThreadOptions
  readonly #threads = new Set<Thread>()
  readonly #waiting: Job[] = []
  #closed = false

  constructor(options: Partial<ThreadOptions> = {}) {
    this.#options = { ...usual(), ...options }
  }

  /** Throws Refusal: as the task does, 413 where it needs too much memory, 422 for what it cannot read, 503 where too much waits. */
  run<Name extends keyof Tasks>(task: Name, ...input: Input<Name>): Promise<Result<Name>> {
    return this.#add(task, {}, input) as Promise<Result<Name>>
  }

  /** A task that asks meanwhile. What a call throws ends it, and is thrown. */
  converse<Name extends keyof Conversations>(
    task: Name,
    calls: CallsOf<Name>,
    ...input: InputOf<Name>
  ): Promise<ResultOf<Name>> {
    return this.#add(task, calls as unknown as Calls, input) as Promise<ResultOf<Name>>
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { failed } of this.#waiting.splice(0)) failed(ending())
    await Promise.all([...this.#threads].map(thread => thread.terminate()))
  }

  #add(task: string, calls: Calls, input: unknown[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(ending())
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new Refusal(503, say`too much is under way. Send it again later.`))
    }
    return new Promise((done, failed) => {
      this.#waiting.push({ task, calls, input, done, failed })
      this.#next()
    })
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const thread = [...this.#threads].find(({ busy }) => !busy) ?? this.#begin()
      if (thread === undefined) return
      thread.begin(this.#waiting.shift()!)
    }
  }

  #begin(): Thread | undefined {
    const { most, memoryMb, script } = this.#options
    if (this.#threads.size >= most) return undefined
    const thread = new Thread(
      script,
      memoryMb,
      free => {
        free.idle(IDLE_MS, () => this.#end(free))
        this.#next()
      },
      ended => {
        this.#threads.delete(ended)
        if (!this.#closed) this.#next()
      },
    )
    this.#threads.add(thread)
    return thread
  }

  #end(thread: Thread): void {
    this.#threads.delete(thread)
    void thread.terminate()
  }
}
