// The files of blobs.ts as they are written: at once, by a thread that may wait for the disk.

import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { syncPathSync, writeDurablySync } from '../../node/durable.ts'

/** What a killed writer may leave. */
export const draftPrefix = '.new-'
export const prefixPattern = /^[0-9a-f]{2}$/

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const folderOf = (folder: string, hash: string): string => join(folder, hash.slice(0, 2))
export const pathOf = (folder: string, hash: string): string => join(folderOf(folder, hash), hash.slice(2))

/** Makes all that `keepFiles` writes into: a folder that is made later would have to be durable before the first file in it. */
export function makePrefixes(folder: string): void {
  const there = new Set(readdirSync(folder))
  const missing = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).filter(
    prefix => !there.has(prefix),
  )
  for (const prefix of missing) mkdirSync(join(folder, prefix), { mode: 0o750 })
  if (missing.length > 0) syncPathSync(folder)
}

/** Their hashes, in order. All are durable when it returns. Throws as the file system does; then none counts. */
export function keepFiles(folder: string, files: readonly Uint8Array[]): string[] {
  const hashes = files.map(hashOf)
  for (const [hash, bytes] of new Map(hashes.map((hash, index) => [hash, files[index]!]))) keepOne(folder, hash, bytes)
  // A name may be there from a writer that has not yet made it durable: all are synced, also those that were there.
  for (const path of new Set(hashes.map(hash => folderOf(folder, hash)))) syncPathSync(path)
  return hashes
}

function keepOne(folder: string, hash: string, bytes: Uint8Array): void {
  const path = pathOf(folder, hash)
  // One that was damaged since is written again.
  if (existsSync(path) && hashOf(readFileSync(path)) === hash) return
  const draft = join(folder, `${draftPrefix}${randomBytes(6).toString('hex')}`)
  try {
    writeDurablySync(draft, bytes)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}
