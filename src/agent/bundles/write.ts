// Puts a set of files into a new folder, whole or not at all: a hidden sibling is filled, everything in it made durable,
// and only then it gets its name. rename(2) is atomic, so whoever sees the name sees the whole.

import { randomBytes } from 'node:crypto'
import { sha256, writeSums } from '../../node/bundles/sums.ts'
import type { HostFile } from '../host.ts'
import { bundleFiles, type NamedBytes } from './bundle.ts'
import type { Folder } from './folder.ts'

/** What begins so is not finished: never shown, and cleared up when the spool is opened next. */
export const draftPrefix = '.new-'

/** Files open at once: those of a bundle, and few enough for a board. */
const MAX_OPEN = 16

export const sumsOf = (files: readonly NamedBytes[]): string =>
  writeSums(new Map(files.map(({ name, bytes }) => [name, sha256(bytes)])))

/** Fills and names the folder `name` in `parent`; with what this returns it is durable. Throws as the file system does. */
export async function writeFolder(parent: Folder, name: string, files: readonly NamedBytes[]): Promise<void> {
  const draft = `${draftPrefix}${randomBytes(6).toString('hex')}`
  try {
    const folder = await parent.makeFolder(draft)
    try {
      // The sums go last: a draft that has them is complete.
      await writeFiles(folder, files)
      await writeFiles(folder, [{ name: bundleFiles.sums, bytes: Buffer.from(sumsOf(files)) }])
      await folder.sync()
    } finally {
      await folder.close()
    }
    await parent.rename(draft, name)
  } catch (error) {
    await parent.remove(draft).catch(() => {})
    throw error
  }
  try {
    await parent.sync()
  } catch (error) {
    // It may be gone after a loss of power, so it is not there: the one who has the records must write it again.
    await parent
      .rename(name, draft)
      .then(() => parent.remove(draft))
      .catch(() => {})
    throw error
  }
}

/** All are written before the first is synced: one journal commit of the file system then often serves them all. */
export async function writeFiles(folder: Folder, files: readonly NamedBytes[]): Promise<void> {
  for (let from = 0; from < files.length; from += MAX_OPEN) {
    const open: HostFile[] = []
    try {
      for (const { name, bytes } of files.slice(from, from + MAX_OPEN)) open.push(await folder.create(name, bytes))
      const results = await Promise.allSettled(open.map(file => file.sync()))
      for (const result of results) if (result.status === 'rejected') throw result.reason
    } finally {
      await Promise.allSettled(open.map(file => file.close()))
    }
  }
}
