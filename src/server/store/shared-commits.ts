// Transactions that are ready at the same time share one commit, which is what waits for the disk: each stands in a
// savepoint of its own, so that one which fails takes no other along (https://sqlite.org/lang_savepoint.html).

import { setImmediate as turn } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import { isFull } from './problem.ts'
import type { Tables } from './tables.ts'

type Work<T> = (tx: Transaction<Tables>) => Promise<T>
type Write = <T>(work: Work<T>) => Promise<T>

interface Waiting {
  work: Work<unknown>
  done: (result: unknown) => void
  failed: (error: unknown) => void
}

type Outcome = { result: unknown } | { error: unknown }

/** One transaction holds up all who ask meanwhile. */
const MOST_TOGETHER = 16

export class SharedCommits {
  readonly #write: Write
  readonly #waiting: Waiting[] = []
  #running = false

  /** `write` does one transaction. */
  constructor(write: Write) {
    this.#write = write
  }

  /** As `write`: durable when it returns. `work` may be done twice, when what it was done with has come to nothing. */
  add<T>(work: Work<T>): Promise<T> {
    return new Promise((done, failed) => {
      this.#waiting.push({ work, done: done as (result: unknown) => void, failed })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      // What else has become ready while the disk was waited for comes first to be heard of.
      await turn()
      const group = this.#waiting.splice(0, MOST_TOGETHER)
      const outcomes = await this.#together(group)
      for (const [index, { done, failed }] of group.entries()) {
        const outcome = outcomes[index]!
        if ('result' in outcome) done(outcome.result)
        else failed(outcome.error)
      }
    }
    this.#running = false
  }

  async #together(group: readonly Waiting[]): Promise<Outcome[]> {
    if (group.length > 1) {
      try {
        return await this.#write(async tx => {
          const outcomes: Outcome[] = []
          for (const { work } of group) outcomes.push(await apart(tx, work))
          return outcomes
        })
      } catch {
        // None of them stands; by itself each says what is wrong with it, if it is that.
      }
    }
    const outcomes: Outcome[] = []
    for (const { work } of group) {
      outcomes.push(
        await this.#write(work).then(
          result => ({ result }),
          error => ({ error }),
        ),
      )
    }
    return outcomes
  }
}

/** Throws where the transaction as a whole is lost: SQLite may end it itself when the disk is full. */
async function apart(tx: Transaction<Tables>, work: Work<unknown>): Promise<Outcome> {
  await sql`savepoint one`.execute(tx)
  try {
    const result = await work(tx)
    await sql`release one`.execute(tx)
    return { result }
  } catch (error) {
    if (isFull(error)) throw error
    await sql`rollback to one`.execute(tx)
    await sql`release one`.execute(tx)
    return { error }
  }
}
