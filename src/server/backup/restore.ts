// A backup read again: verified to its last byte, and put in the place of a store only when all of it was right.

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pipeline } from 'node:stream/promises'
import type { z } from 'zod'
import { FormatError } from '../../core/bytes/cursor.ts'
import { decompress } from '../../node/decompress.ts'
import { syncPath } from '../../node/durable.ts'
import { type PackedFile, tarFiles } from '../../node/tar-files.ts'
import { namedHashes } from '../store/blob-names.ts'
import { databaseName } from '../store/store.ts'
import { pathOf, symbolFileName, symbolsFolder } from '../symbols/paths.ts'
import { assertSound, BackupError, type Manifest, manifestSchema, type Sums, sumsSchema, symbolRows } from './backup.ts'

export interface Restored {
  manifest: Manifest
  sums: Sums
}

/** A file of symbols until the tables say its name. */
const UNNAMED = '.unnamed'
const MAX_JSON_BYTES = 64 * 1024 * 1024
const symbolsPath = /^symbols\/(?<id>[\w-]{1,64})$/
const evidencePath = /^evidence\/(?<folder>[0-9a-f]{2})\/(?<rest>[0-9a-f]{62})$/

/** Restores into `folder`, which must not be there or have nothing in it. Throws BackupError. */
export async function restoreBackup(file: string, folder: string): Promise<Restored> {
  const target = resolve(folder)
  const there = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (there.length > 0) throw new BackupError(`${target} has a store already. Move it away, or choose another --data.`)
  await mkdir(dirname(target), { recursive: true })
  const work = await mkdtemp(join(dirname(target), `.${basename(target)}-`))
  try {
    const restored = await read(file, work)
    await rm(target, { recursive: true, force: true })
    await rename(work, target)
    await syncPath(dirname(target))
    return restored
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    throw error
  }
}

/** Reads all of it, in a folder that is removed again. Throws BackupError. */
export async function verifyBackup(file: string): Promise<Restored> {
  const work = await mkdtemp(`${file}.verify-`)
  try {
    return await read(file, work)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function read(file: string, into: string): Promise<Restored> {
  let manifest: Manifest | undefined
  let sums: Sums | undefined
  const found = { database: false, evidence: 0 }
  /** hashes of files of symbols, by their ids */
  const symbols = new Map<string, string>()
  const folders = new Set<string>([into])
  try {
    for await (const entry of tarFiles(file, unpacked(file))) {
      if (entry.name === 'manifest.json') manifest = checked(manifestSchema, file, await json(file, entry))
      else if (manifest === undefined) throw new BackupError(`${file} is no backup of Faultline`)
      else if (entry.name === 'sums.json') sums = checked(sumsSchema, file, await json(file, entry))
      else if (entry.name === databaseName) {
        assertSame(file, entry, await write(entry, join(into, databaseName)), manifest.database.sha256)
        found.database = true
      } else if (symbolsPath.test(entry.name)) {
        const id = entry.name.slice(symbolsFolder.length + 1)
        const path = join(into, symbolsFolder, id)
        await mkdir(path, { recursive: true })
        folders.add(path)
        symbols.set(id, await write(entry, join(path, UNNAMED)))
      } else {
        const groups = evidencePath.exec(entry.name)?.groups
        if (groups === undefined)
          throw new BackupError(`${file} has ${JSON.stringify(entry.name)}, which is nothing of ours`)
        const { folder = '', rest = '' } = groups
        const path = join(into, 'evidence', folder)
        if (!folders.has(path)) await mkdir(path, { recursive: true })
        folders.add(path)
        assertSame(file, entry, await write(entry, join(path, rest)), folder + rest)
        found.evidence++
      }
    }
  } catch (error) {
    throw error instanceof FormatError ? new BackupError(`${file}: ${error.message}`) : error
  }
  if (manifest === undefined) throw new BackupError(`${file} is no backup of Faultline`)
  if (sums === undefined || !found.database || sums.evidence !== found.evidence)
    throw new BackupError(`${file} is cut short: ${found.evidence} of ${manifest.evidence} files of evidence`)
  if (sums.symbols.length !== symbols.size)
    throw new BackupError(`${file} is cut short: ${symbols.size} of ${sums.symbols.length} files of symbols`)
  for (const { id, sha256 } of sums.symbols) {
    if (symbols.get(id) !== sha256) throw new BackupError(`${file}: symbols ${id} are not as they were written`)
  }
  const rows = verifyTables(join(into, databaseName), sums)
  for (const row of rows)
    await rename(join(into, symbolsFolder, row.id, UNNAMED), join(into, symbolsFolder, pathOf(row)))
  for (const name of ['evidence', symbolsFolder]) await mkdir(join(into, name), { recursive: true })
  for (const folder of [...folders, join(into, 'evidence'), join(into, symbolsFolder)]) await syncPath(folder)
  return { manifest, sums }
}

/** All that the tables name is there, but for what was gone already when the backup was made. Gives the files of symbols. */
function verifyTables(path: string, sums: Sums): ReturnType<typeof symbolRows> {
  const tables = new DatabaseSync(path)
  try {
    assertSound(tables, path)
    const named = Number(Object.values(tables.prepare(`select count(*) from (${namedHashes})`).get() ?? {})[0])
    if (named !== sums.evidence + sums.missing.length)
      throw new BackupError(`the tables name ${named} files of evidence, the backup has ${sums.evidence}`)
    // Somebody took them away while the backup was made.
    for (const id of sums.symbolsMissing) {
      tables.prepare('delete from symbol_objects where file_id = ?').run(id)
      tables.prepare('delete from symbol_files where id = ?').run(id)
    }
    const rows = symbolRows(tables)
    const there = new Set(sums.symbols.map(({ id }) => id))
    if (rows.length !== there.size || !rows.every(({ id, name }) => there.has(id) && symbolFileName.test(name)))
      throw new BackupError(`the tables name ${rows.length} files of symbols, the backup has ${there.size}`)
    return rows
  } finally {
    tables.close()
  }
}

async function* unpacked(file: string): AsyncGenerator<Uint8Array> {
  let damage: string | undefined
  yield* decompress(createReadStream(file), ({ detail }) => {
    damage = detail
  })
  if (damage !== undefined) throw new BackupError(`${file} is damaged: ${damage}`)
}

async function json(file: string, { name, size, content }: PackedFile): Promise<unknown> {
  if (size > MAX_JSON_BYTES) throw new BackupError(`${file}: ${name} has ${size} bytes`)
  const pieces: Uint8Array[] = []
  for await (const piece of content()) pieces.push(piece.slice())
  try {
    return JSON.parse(Buffer.concat(pieces).toString())
  } catch {
    throw new BackupError(`${file}: ${name} is no JSON`)
  }
}

function checked<T>(schema: z.ZodType<T>, file: string, value: unknown): T {
  const { data, success } = schema.safeParse(value)
  if (!success) throw new BackupError(`${file} is no backup that this version can read`)
  return data
}

/** Durable when it returns; the SHA-256 of what it wrote. */
async function write({ content }: PackedFile, path: string): Promise<string> {
  const hash = createHash('sha256')
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of content()) {
      hash.update(piece)
      // It is its reader's again when the next is asked for.
      yield Uint8Array.from(piece)
    }
  }
  await pipeline(pieces, createWriteStream(path, { flags: 'wx', mode: 0o640, flush: true }))
  return hash.digest('hex')
}

function assertSame(file: string, { name }: PackedFile, hash: string, expected: string): void {
  if (hash !== expected) throw new BackupError(`${file}: ${name} is not as it was written`)
}
