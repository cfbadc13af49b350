// The whole store as one file, taken while the server runs: tables as they were at one moment, then the evidence and the
// symbols they name.
//
//   manifest.json      Manifest
//   faultline.db       the tables
//   evidence/ab/cdef…  by SHA-256
//   symbols/ID         what is used of a file of symbols
//   sums.json          what went into it, when all was read: an archive without it is cut short
//
// A tar archive, packed with zstd.

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import { z } from 'zod'
import { TAR_BLOCK_BYTES, writeTarHeader } from '../../core/formats/tar.ts'
import { syncPath } from '../../node/durable.ts'
import { namedHashes } from '../store/blob-names.ts'
import { Blobs } from '../store/blobs.ts'
import { databaseName } from '../store/store.ts'
import { pathOf, symbolsFolder } from '../symbols/paths.ts'
import type { SymbolFileTable } from '../symbols/tables.ts'

const count = z.int().min(0)

export const manifestSchema = z.object({
  schema: z.literal('faultline.backup/1'),
  /** ISO 8601 */
  at: z.string(),
  version: z.string(),
  database: z.object({ bytes: count, sha256: z.string() }),
  /** files of evidence that the tables name */
  evidence: count,
  reports: count,
})

export type Manifest = z.infer<typeof manifestSchema>

export const sumsSchema = z.object({
  evidence: count,
  bytes: count,
  /** named by the tables, and not there, or not as they were written, when they were read */
  missing: z.array(z.string()),
  symbols: z.array(z.object({ id: z.string(), bytes: count, sha256: z.string() })).default([]),
  /** named by the tables, and removed before they were read */
  symbolsMissing: z.array(z.string()).default([]),
})

export type Sums = z.infer<typeof sumsSchema>

export interface BackupOptions {
  /** the store's folder: `server` below --data */
  folder: string
  /** the archive, which must not be there */
  file: string
  version: string
  progress?: (done: number, of: number) => void
}

/** Pages of the database that are copied at once; who uses the store waits no longer than that takes. */
const PAGES = 2000
/** ustar's bound on a file */
const MAX_FILE_BYTES = 8 ** 11

export class BackupError extends Error {}

/** Durable when it returns. Throws BackupError, and what the file system throws. */
export async function makeBackup({
  folder,
  file,
  version,
  progress,
}: BackupOptions): Promise<Manifest & { sums: Sums }> {
  if (await isThere(file)) throw new BackupError(`${file} is there already. Choose another name.`)
  if (!(await isThere(join(folder, databaseName))))
    throw new BackupError(`there is no store in ${folder}. Choose its folder with --data.`)
  const work = await mkdtemp(`${file}.`)
  try {
    const copy = join(work, databaseName)
    await snapshot(join(folder, databaseName), copy)
    const tables = new DatabaseSync(copy, { readOnly: true })
    try {
      assertSound(tables, copy)
      const manifest = await manifestOf(tables, copy, version)
      const sums: Sums = { evidence: 0, bytes: 0, missing: [], symbols: [], symbolsMissing: [] }
      const source = archive({ tables, copy, manifest, folder, sums, progress: progress ?? (() => {}) })
      const packed = join(work, 'archive')
      const level = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } }
      await pipeline(
        Readable.from(source, { objectMode: false }),
        createZstdCompress(level),
        createWriteStream(packed, { mode: 0o600 }),
      )
      await syncPath(packed)
      await rename(packed, file)
      await syncPath(dirname(file))
      return { ...manifest, sums }
    } finally {
      tables.close()
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Throws where it cannot be known, as in a folder that this user may not look into. */
async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return false
  }
}

/** SQLite's online backup: https://sqlite.org/backup.html. The server goes on writing meanwhile. */
async function snapshot(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true })
  try {
    await copyDatabase(source, to, { rate: PAGES })
  } finally {
    source.close()
  }
  // One file, not one and its log.
  const copy = new DatabaseSync(to)
  copy.exec('pragma journal_mode = delete')
  // What nobody has read yet is to be uploaded again: it may go, or become something else, while it is copied.
  if (hasSymbols(copy)) {
    copy.exec(`delete from symbol_objects where file_id in (select id from symbol_files where state <> 'ready')`)
    copy.exec(`delete from symbol_files where state <> 'ready'`)
  }
  copy.close()
}

/** A store that no server of this version has opened yet may be without. */
export const hasSymbols = (tables: DatabaseSync): boolean =>
  tables.prepare(`select 1 from sqlite_schema where name = 'symbol_files'`).get() !== undefined

type SymbolRow = Pick<SymbolFileTable, 'id' | 'name' | 'kind'>

export const symbolRows = (tables: DatabaseSync): SymbolRow[] =>
  hasSymbols(tables)
    ? (tables.prepare('select id, name, kind from symbol_files order by id').all() as unknown as SymbolRow[])
    : []

export function assertSound(tables: DatabaseSync, file: string): void {
  const [row] = tables.prepare('pragma integrity_check(1)').all()
  const said = Object.values(row ?? {})[0]
  if (said !== 'ok') throw new BackupError(`${file}: the tables are damaged: ${said}`)
}

const countOf = (tables: DatabaseSync, sql: string): number => Number(Object.values(tables.prepare(sql).get() ?? {})[0])

async function manifestOf(tables: DatabaseSync, copy: string, version: string): Promise<Manifest> {
  const { size } = await stat(copy)
  if (size >= MAX_FILE_BYTES) throw new BackupError(`the tables have ${size} bytes, more than an archive can hold`)
  const hash = createHash('sha256')
  for await (const piece of createReadStream(copy)) hash.update(piece as Uint8Array)
  return {
    schema: 'faultline.backup/1',
    at: new Date().toISOString(),
    version,
    database: { bytes: size, sha256: hash.digest('hex') },
    evidence: countOf(tables, `select count(*) from (${namedHashes})`),
    reports: countOf(tables, 'select count(*) from reports'),
  }
}

interface Archive {
  tables: DatabaseSync
  copy: string
  manifest: Manifest
  folder: string
  sums: Sums
  progress: (done: number, of: number) => void
}

async function* archive({ tables, copy, manifest, folder, sums, progress }: Archive): AsyncGenerator<Uint8Array> {
  yield* whole('manifest.json', Buffer.from(JSON.stringify(manifest, undefined, 2)))
  yield writeTarHeader(databaseName, manifest.database.bytes, 0)
  for await (const piece of createReadStream(copy)) yield piece as Uint8Array
  yield padding(manifest.database.bytes)
  const blobs = Blobs.reading(join(folder, 'evidence'))
  for (const { hash } of tables.prepare(`${namedHashes} order by hash`).iterate()) {
    const name = String(hash)
    const bytes = await blobs.read(name)
    if (bytes === undefined) sums.missing.push(name)
    else {
      yield* whole(`evidence/${name.slice(0, 2)}/${name.slice(2)}`, bytes)
      sums.evidence++
      sums.bytes += bytes.length
    }
    progress(sums.evidence + sums.missing.length, manifest.evidence)
  }
  for (const row of symbolRows(tables)) yield* symbolFile(row, join(folder, symbolsFolder), sums)
  yield* whole('sums.json', Buffer.from(JSON.stringify(sums)))
  yield new Uint8Array(2 * TAR_BLOCK_BYTES)
}

/** Gigabytes, so piece by piece; one that is removed meanwhile is read to its end, or was gone before. */
async function* symbolFile(row: SymbolRow, folder: string, sums: Sums): AsyncGenerator<Uint8Array> {
  const path = join(folder, pathOf(row))
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) {
    sums.symbolsMissing.push(row.id)
    return
  }
  try {
    const { size } = await file.stat()
    yield writeTarHeader(`${symbolsFolder}/${row.id}`, size, 0)
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of file.createReadStream({ autoClose: false, end: size - 1 }) as AsyncIterable<Uint8Array>) {
      hash.update(piece)
      bytes += piece.length
      yield piece
    }
    if (bytes !== size) throw new BackupError(`${path} became shorter while it was read. Try again.`)
    yield padding(size)
    sums.symbols.push({ id: row.id, bytes, sha256: hash.digest('hex') })
  } finally {
    await file.close()
  }
}

function* whole(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield writeTarHeader(name, bytes.length, 0)
  yield bytes
  yield padding(bytes.length)
}

const padding = (bytes: number): Uint8Array =>
  new Uint8Array((TAR_BLOCK_BYTES - (bytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES)
