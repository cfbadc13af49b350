// Holds the policy, a few reports at a time, so that whoever asks the server something meanwhile hardly waits.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Store } from '../store/store.ts'
import { removeOldSymbols, sweepSymbols } from '../symbols/remove.ts'
import { between, crowded, ignored, olderOf, olderThan, oldest } from './find.ts'
import { logsBeyond, logsOlderThan, oldestLogs, upTo } from './logs.ts'
import { type OutlineReason, outline, type Wanted } from './outline.ts'
import { readPolicy } from './policy.ts'
import { type Swept, sweep } from './sweep.ts'

const EVERY_MS = 60 * 60 * 1000
const FIRST_MS = 60 * 1000
/** Between two steps. */
const BREATH_MS = 20
/** Rows of evidence that are added up at once. */
const SUM_ROWS = 5000

export interface RetentionResult {
  outlined: Record<OutlineReason, number>
  logChunks: number
  /** files of symbols, of kernels that are no more or left by uploads that were cut */
  symbolFiles: number
  swept: Swept
  /** bytes of evidence that stay, as they were sent; what is there twice counts twice */
  evidenceBytes: number
}

export class RetentionKeeper {
  readonly #store: Store
  readonly #say: (message: string) => void
  readonly #timers: NodeJS.Timeout[]
  readonly #abort = new AbortController()
  #running: Promise<RetentionResult> | undefined
  last: (RetentionResult & { at: number }) | undefined

  constructor(store: Store, say: (message: string) => void) {
    this.#store = store
    this.#say = say
    const run = (): void => {
      this.run().catch((error: unknown) => {
        if (!this.#abort.signal.aborted) say(`retention: ${error instanceof Error ? error.message : error}`)
      })
    }
    this.#timers = [setTimeout(run, FIRST_MS).unref(), setInterval(run, EVERY_MS).unref()]
  }

  /** Holds the policy now; the one that is under way is given where there is one. */
  run(): Promise<RetentionResult> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#abort.abort()
    await this.#running?.catch(() => {})
  }

  async #run(): Promise<RetentionResult> {
    const { db } = this.#store
    const policy = await readPolicy(this.#store)
    const now = Date.now()
    const outlined: Record<OutlineReason, number> = { count: 0, age: 0, size: 0, ignored: 0 }
    const all = async (why: OutlineReason, find: () => Promise<Wanted[]>): Promise<void> => {
      for (let found = await find(); found.length > 0; found = await find()) {
        outlined[why] += await this.#outline(found, why)
      }
    }
    if (policy.maxAgeMs > 0) await all('age', () => olderThan(db, now - policy.maxAgeMs))
    if (policy.ignoredAgeMs > 0) {
      for await (const issue of inPages(after => ignored(db, after)))
        await all('ignored', () => olderOf(db, issue, now - policy.ignoredAgeMs))
    }
    for await (const issue of inPages(after => crowded(db, policy.perIssue, after)))
      await all('count', () => between(db, issue, policy.perIssue))
    let evidenceBytes = await this.#sum(db)
    while (policy.maxBytes > 0 && evidenceBytes > policy.maxBytes) {
      const found = await oldest(db)
      if (found.length === 0) break
      const before = await bytesOf(db, found)
      outlined.size += await this.#outline(found, 'size')
      evidenceBytes -= before - (await bytesOf(db, found))
    }
    let logChunks = policy.logAgeMs > 0 ? await this.#dropLogs(() => logsOlderThan(db, now - policy.logAgeMs)) : 0
    if (policy.logBytes > 0) {
      for (const { host, bytes } of await logsBeyond(db, policy.logBytes)) {
        let left = bytes
        logChunks += await this.#dropLogs(async () => {
          const oldest = left > 0 ? await oldestLogs(db, host) : []
          const some = upTo(oldest, left)
          left -= some.reduce((sum, each) => sum + each.bytes, 0)
          return some
        })
      }
    }
    let symbolFiles = await sweepSymbols(this.#store, now)
    if (policy.symbolAgeMs > 0)
      symbolFiles += await removeOldSymbols(this.#store, now - policy.symbolAgeMs, this.#abort.signal)
    const swept = await sweep(this.#store, this.#abort.signal)
    const result = { outlined, logChunks, symbolFiles, swept, evidenceBytes }
    this.last = { ...result, at: now }
    const count = Object.values(outlined).reduce((sum, each) => sum + each, 0)
    if (count + logChunks + symbolFiles > 0)
      this.#say(
        `retention: ${count} reports are outlines now, ${logChunks} pieces of kernel logs and ${symbolFiles} files of symbols went, ${swept.bytes} bytes of evidence are free`,
      )
    return result
  }

  async #outline(found: readonly Wanted[], why: OutlineReason): Promise<number> {
    this.#abort.signal.throwIfAborted()
    await outline(this.#store, found, why)
    await sleep(BREATH_MS)
    return found.length
  }

  /** Chunks as they are found; how many records a host's log had stays in its stream. */
  async #dropLogs(find: () => Promise<readonly { id: string }[]>): Promise<number> {
    let gone = 0
    for (;;) {
      this.#abort.signal.throwIfAborted()
      const ids = (await find()).map(({ id }) => id)
      if (ids.length === 0) return gone
      await this.#store.write(async tx => {
        await tx.deleteFrom('log_bodies').where('chunk_id', 'in', ids).execute()
        await tx.deleteFrom('log_chunks').where('id', 'in', ids).execute()
      })
      gone += ids.length
      await sleep(BREATH_MS)
    }
  }

  async #sum(db: Database): Promise<number> {
    let bytes = 0
    for (let after = { bundle: '', path: '' }; ; ) {
      this.#abort.signal.throwIfAborted()
      const rows = await db
        .selectFrom('evidence')
        .select(['bundle_id', 'path', 'size_bytes'])
        .where(({ eb, refTuple, tuple }) => eb(refTuple('bundle_id', 'path'), '>', tuple(after.bundle, after.path)))
        .orderBy('bundle_id')
        .orderBy('path')
        .limit(SUM_ROWS)
        .execute()
      if (rows.length === 0) return bytes
      for (const { size_bytes } of rows) bytes += size_bytes
      const last = rows.at(-1)!
      after = { bundle: last.bundle_id, path: last.path }
      await sleep(BREATH_MS)
    }
  }
}

/** All ids, of which `page` gives some behind the one before. */
async function* inPages(page: (after: string) => Promise<string[]>): AsyncGenerator<string> {
  for (let ids = await page(''); ids.length > 0; ids = await page(ids.at(-1)!)) yield* ids
}

async function bytesOf(db: Database, wanted: readonly Wanted[]): Promise<number> {
  const ids = [...new Set(wanted.map(({ bundle_id }) => bundle_id))]
  const sum = db.selectFrom('evidence').select(each => each.fn.sum<number | null>('size_bytes').as('bytes'))
  return (await sum.where('bundle_id', 'in', ids).executeTakeFirstOrThrow()).bytes ?? 0
}
