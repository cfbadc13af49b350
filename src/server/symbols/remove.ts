// Files of symbols that go: taken away by somebody, of kernels that nobody has any more, or left by an upload that was cut.

import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { changesOf } from '../store/changes.ts'
import type { Store } from '../store/store.ts'
import { symbolsFolder } from './paths.ts'

/** An upload has no row before it has ended; one that takes longer than this has been cut. */
const CUT_MS = 24 * 60 * 60 * 1000

export const folderOf = ({ blobs }: Pick<Store, 'blobs'>): string => join(dirname(blobs.folder), symbolsFolder)

/** Lines that reports have of it stay. False where there is none of this id. */
export async function removeSymbols(store: Store, id: string): Promise<boolean> {
  const there = await store.write(async tx => {
    const gone = await tx.deleteFrom('symbol_files').where('id', '=', id).executeTakeFirst()
    if (gone.numDeletedRows === 0n) return false
    await tx.deleteFrom('symbol_objects').where('file_id', '=', id).execute()
    changesOf(tx).symbols = true
    return true
  })
  if (there) await rm(join(folderOf(store), id), { recursive: true, force: true })
  return there
}

/** Those of kernels whose last report came before `until`, and that came before it themselves. */
export async function removeOldSymbols(store: Store, until: number, signal?: AbortSignal): Promise<number> {
  const files = store.db.selectFrom('symbol_files').select(['id', 'release']).where('received_at', '<', until)
  let gone = 0
  for (const { id, release } of await files.execute()) {
    signal?.throwIfAborted()
    if (release !== null && (await lastReportOf(store, release)) >= until) continue
    if (await removeSymbols(store, id)) gone++
  }
  return gone
}

async function lastReportOf({ db }: Store, release: string): Promise<number> {
  const reports = db.selectFrom('reports').select('received_at').where('release', '=', release)
  return (await reports.orderBy('id', 'desc').limit(1).executeTakeFirst())?.received_at ?? 0
}

/** Folders of uploads that were cut, as by a server that was killed. */
export async function sweepSymbols(store: Store, now: number): Promise<number> {
  const folder = folderOf(store)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  let swept = 0
  for (const name of names) {
    const row = await store.db.selectFrom('symbol_files').select('state').where('id', '=', name).executeTakeFirst()
    // Of a file that failed nothing is kept.
    if (row !== undefined && row.state !== 'failed') continue
    const path = join(folder, name)
    const modified = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => now,
    )
    if (now - modified < CUT_MS) continue
    await rm(path, { recursive: true, force: true })
    swept++
  }
  return swept
}
