// Symbols that people upload, and what is done with them: each file is read once, and then every report of its release,
// old or new, gets the lines that it has. How far that is stands in the store, so that it goes on after a restart.

import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Report } from '../../core/model.ts'
import { visible } from '../../core/render/safe.ts'
import { say } from '../../core/say.ts'
import { syncPath } from '../../node/durable.ts'
import { makeFolders } from '../../node/make-folders.ts'
import { Refusal } from '../intake/refusal.ts'
import { changesOf } from '../store/changes.ts'
import { newId } from '../store/id.ts'
import { noticingFull } from '../store/problem.ts'
import type { Store } from '../store/store.ts'
import type { Threads } from '../threads/pool.ts'
import { pathOf, symbolFileName } from './paths.ts'
import { folderOf, removeSymbols } from './remove.ts'
import type { SymbolFileTable } from './tables.ts'
import type { Looked, ReadFile, Source } from './tasks.ts'

/** A package of debug symbols has a gigabyte. */
export const MAX_SYMBOL_BYTES = 4 * 1024 ** 3
/** Reports that the thread is given at once. */
const STEP = 50
/** New reports are looked through soon, a storm of them together. */
const SOON_MS = 500
const MAX_NAME = 200

export class Symbols {
  readonly #store: Store
  readonly #threads: Threads
  readonly #folder: string
  readonly #log: (message: string, error: unknown) => void
  readonly #unlisten: () => void
  #running: Promise<void> | undefined
  #again = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(store: Store, threads: Threads, log: (message: string, error: unknown) => void) {
    this.#store = store
    this.#threads = threads
    this.#log = log
    this.#folder = folderOf(store)
    this.#unlisten = store.changed.add(({ issues, symbols }) => {
      if (issues || symbols) this.#timer ??= setTimeout(() => this.#soon(), SOON_MS).unref()
    })
    this.#soon()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#unlisten()
    clearTimeout(this.#timer)
    await this.#running
  }

  /** The id of its row, which is durable with the file. Throws Refusal, StoreFull. */
  async take(body: AsyncIterable<Uint8Array>, given: string, actor: string): Promise<{ id: string; known: boolean }> {
    const name = visible(basename(given)).slice(0, MAX_NAME)
    if (!symbolFileName.test(name)) {
      throw new Refusal(400, say`name: expected the name of the file, such as vmlinux-6.1.0`)
    }
    const id = newId()
    const folder = join(this.#folder, id)
    try {
      const { hash, bytes } = await noticingFull(this.#folder, () => this.#write(folder, name, body))
      const known = await this.#store.write(async tx => {
        const files = tx.selectFrom('symbol_files').select(['id', 'state']).where('hash', '=', hash)
        const same = await files.executeTakeFirst()
        if (same !== undefined && same.state !== 'failed') return same.id
        if (same !== undefined) await tx.deleteFrom('symbol_files').where('id', '=', same.id).execute()
        const about = { state: 'waiting' as const, kind: null, release: null, problem: null }
        const row = { id, name, hash, size_bytes: bytes, received_at: Date.now(), actor, ...about }
        await tx.insertInto('symbol_files').values(row).execute()
        changesOf(tx).symbols = true
        return undefined
      })
      if (known === undefined) return { id, known: false }
      await rm(folder, { recursive: true, force: true })
      return { id: known, known: true }
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => {})
      throw error
    }
  }

  /** Lines that reports have of it stay. Throws Refusal. */
  async remove(id: string): Promise<void> {
    if (!(await removeSymbols(this.#store, id))) throw new Refusal(404, say`there are no symbols ${id}`)
  }

  /** With what an uploaded image of its kernel says of the function that failed. */
  async examined(report: Report): Promise<Report> {
    const { pc, kernel } = report
    if (kernel?.release === undefined || pc?.symbol === undefined || pc.module !== undefined) return report
    if (report.disassembly !== undefined) return report
    const images = (await this.#sourcesOf(kernel.release)).filter(({ kind }) => kind === 'image')
    const body =
      images.length === 0 ? undefined : await this.#threads.run('examineReport', JSON.stringify(report), images)
    return body === undefined ? report : (JSON.parse(body) as Report)
  }

  async #write(
    folder: string,
    name: string,
    body: AsyncIterable<Uint8Array>,
  ): Promise<{ hash: string; bytes: number }> {
    await makeFolders(folder, 0o750)
    const hash = createHash('sha256')
    let bytes = 0
    const file = await open(join(folder, `.${name}`), 'wx', 0o640)
    try {
      for await (const piece of body) {
        bytes += piece.length
        if (bytes > MAX_SYMBOL_BYTES) throw new Refusal(413, say`more than ${MAX_SYMBOL_BYTES} bytes`)
        hash.update(piece)
        await file.writeFile(piece)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    if (bytes === 0) throw new Refusal(422, say`the file is empty`)
    await rename(join(folder, `.${name}`), join(folder, name))
    for (const each of [folder, this.#folder]) await syncPath(each)
    return { hash: hash.digest('hex'), bytes }
  }

  #soon(): void {
    this.#timer = undefined
    if (this.#closed) return
    if (this.#running !== undefined) {
      this.#again = true
      return
    }
    this.#running = this.#work()
      .catch((error: unknown) => {
        if (!this.#closed) this.#log('symbols', error)
      })
      .finally(() => {
        this.#running = undefined
        if (this.#again && !this.#closed) {
          this.#again = false
          this.#soon()
        }
      })
  }

  async #work(): Promise<void> {
    for (;;) {
      const files = this.#store.db.selectFrom('symbol_files').selectAll().where('state', '=', 'waiting')
      const file = await files.orderBy('id').executeTakeFirst()
      if (file === undefined || this.#closed) break
      await this.#read(file)
    }
    const releases = await this.#store.db.selectFrom('symbol_releases').select('release').execute()
    for (const { release } of releases) while (!this.#closed && (await this.#step(release)));
  }

  /** Makes an uploaded file fit for use, or says why it is not. */
  async #read({ id, name }: SymbolFileTable): Promise<void> {
    let read: ReadFile | undefined
    let problem: string | undefined
    try {
      read = await this.#threads.run('readFile', join(this.#folder, id, name))
      problem = read.problem
      if (read.release === undefined) {
        problem = 'nothing in it says which kernel release it is of; upload the kernel’s own file, or a package'
        read = undefined
      }
    } catch (error) {
      if (this.#closed || (error instanceof Refusal && error.status === 503)) throw error
      problem = error instanceof Error ? error.message.split('\n')[0] : String(error)
      if (!(error instanceof Refusal)) this.#log(`symbols ${name}`, error)
    }
    const said = problem?.replaceAll(`${join(this.#folder, id)}/`, '').slice(0, 500) ?? null
    await this.#store.write(async tx => {
      const ready = read?.release !== undefined
      const about = { kind: read?.kind ?? null, release: read?.release ?? null, problem: said }
      const change = { state: ready ? ('ready' as const) : ('failed' as const), ...about }
      await tx.updateTable('symbol_files').set(change).where('id', '=', id).execute()
      changesOf(tx).symbols = true
      if (read?.release === undefined) return
      for (const { name: object, buildId } of read.objects) {
        const row = { file_id: id, name: object, build_id: buildId }
        await tx
          .insertInto('symbol_objects')
          .values(row)
          .onConflict(each => each.doNothing())
          .execute()
      }
      // All reports of the release are looked through anew.
      const anew = { cursor: '', looked: 0, placed: 0 }
      await tx
        .insertInto('symbol_releases')
        .values({ release: read.release, ...anew })
        .onConflict(each => each.column('release').doUpdateSet(anew))
        .execute()
      await tx.deleteFrom('symbol_missing').where('release', '=', read.release).execute()
    })
    if (read?.release === undefined) await rm(join(this.#folder, id), { recursive: true, force: true })
  }

  /** Some reports of a release; false: all of them were looked through. */
  async #step(release: string): Promise<boolean> {
    const { db } = this.#store
    const state = await db.selectFrom('symbol_releases').selectAll().where('release', '=', release).executeTakeFirst()
    if (state === undefined) return false
    const reports = await db
      .selectFrom('reports')
      .innerJoin('report_bodies', 'report_bodies.report_id', 'reports.id')
      .select(['id', 'body'])
      .where('release', '=', release)
      .where('id', '>', state.cursor)
      .orderBy('id')
      .limit(STEP)
      .execute()
    if (reports.length === 0) return false
    const sources = await this.#sourcesOf(release)
    const plain = reports.map(({ id, body }) => ({ id, body }))
    const looked = sources.length === 0 ? [] : await this.#threads.run('localiseReports', plain, sources)
    await this.#note(release, state.cursor, reports.at(-1)!.id, looked)
    return true
  }

  async #note(release: string, before: string, cursor: string, looked: readonly Looked[]): Promise<void> {
    await this.#store.write(async tx => {
      const placed = looked.filter(each => each.placed).length
      // A file that came meanwhile has begun it anew.
      const moved = await tx
        .updateTable('symbol_releases')
        .set(each => ({ cursor, looked: each('looked', '+', looked.length), placed: each('placed', '+', placed) }))
        .where('release', '=', release)
        .where('cursor', '=', before)
        .executeTakeFirst()
      if (moved.numUpdatedRows === 0n) return
      for (const { id, body, missing } of looked) {
        if (body !== undefined) {
          await tx.updateTable('report_bodies').set({ body }).where('report_id', '=', id).execute()
        }
        for (const { name, buildId } of missing) {
          await tx
            .insertInto('symbol_missing')
            .values({ release, name: name.slice(0, MAX_NAME), build_id: buildId, frames: 1 })
            .onConflict(each =>
              each
                .columns(['release', 'name', 'build_id'])
                .doUpdateSet(old => ({ frames: old('symbol_missing.frames', '+', 1) })),
            )
            .execute()
        }
      }
    })
  }

  async #sourcesOf(release: string): Promise<Source[]> {
    const files = this.#store.db.selectFrom('symbol_files').select(['id', 'name', 'kind']).where('state', '=', 'ready')
    const rows = await files.where('release', '=', release).orderBy('id', 'desc').execute()
    return rows.map(row => ({ kind: row.kind ?? 'index', path: join(this.#folder, pathOf(row)) }))
  }
}
