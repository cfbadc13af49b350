// Removing bundles: each leaves at once, by its name, and then its files. Two who remove, such as the agent and a person
// with `faultline bundles prune`, take turns by a lock of their own.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '../../core/model.ts'
import { type BundleName, parseBundleName } from '../../node/bundles/names.ts'
import { isoTime } from './files-of.ts'
import type { Folder } from './folder.ts'
import { type Lock, type LockWay, takeLock } from './lock.ts'
import { codeOf, SpoolError } from './problem.ts'
import { readBundle } from './read.ts'
import { noteRemovals, type Removal, type RemovalReason, readRemovals } from './removed.ts'
import type { Weighed } from './retention.ts'

/** A bundle that is leaving: its files are still there, nobody sees it any more. */
export const gonePrefix = '.gone-'

const lockName = '.remove-lock'

/** A file takes whole blocks, and the folder one. */
const BLOCK_BYTES = 4096
const blocks = (bytes: number): number => Math.max(1, Math.ceil(bytes / BLOCK_BYTES)) * BLOCK_BYTES

/** Undefined: it is gone meanwhile. One that cannot be read weighs what it has and counts as fatal: it is not thrown away lightly. */
export async function weigh(spool: Folder, bundle: BundleName): Promise<Weighed | undefined> {
  try {
    const { files, report } = await readBundle(spool, bundle.name)
    const sizeBytes = files.reduce((sum, file) => sum + blocks(file.sizeBytes), BLOCK_BYTES)
    const { name, sequence, at } = bundle
    return { name, sequence, at, sizeBytes, fatal: report === undefined || isFatal(report) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    return { name: bundle.name, sequence: bundle.sequence, at: bundle.at, sizeBytes: BLOCK_BYTES, fatal: true }
  }
}

const isFatal = (report: Report): boolean => report.fatal === true

/** Runs `task` while no other removes; throws SpoolError HELD when the other does not end within `waitMs`. */
export async function whileRemoving<T>(
  spool: Folder,
  waitMs: number,
  ways: readonly LockWay[] | undefined,
  task: () => Promise<T>,
): Promise<T> {
  const lock = await waitForLock(spool, waitMs, ways)
  try {
    return await task()
  } finally {
    await lock.release()
  }
}

async function waitForLock(spool: Folder, waitMs: number, ways: readonly LockWay[] | undefined): Promise<Lock> {
  for (let waited = 0; ; waited += 50) {
    try {
      return await takeLock(spool, lockName, ways)
    } catch (error) {
      if (!(error instanceof SpoolError) || error.code !== 'HELD' || waited >= waitMs) throw error
    }
    await sleep(50)
  }
}

/** Removes these; gives those that were there. The caller is inside whileRemoving. */
export async function removeBundles(
  spool: Folder,
  gone: readonly (Omit<Weighed, 'at' | 'sequence'> & { reason: RemovalReason })[],
  now: number,
): Promise<Removal[]> {
  const removals: Removal[] = []
  for (const { name, reason, fatal, sizeBytes } of gone) {
    try {
      await spool.rename(name, gonePrefix + name)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue
      throw error
    }
    removals.push({ name, at: isoTime(now), reason, fatal, sizeBytes })
  }
  if (removals.length === 0) return removals
  await spool.sync()
  // On a full disk the note finds no room before the bundles have made it.
  const noted = await noteRemovals(spool, removals).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === '') throw error
      return false
    },
  )
  for (const { name } of removals) await spool.remove(gonePrefix + name)
  await spool.sync()
  if (!noted) await noteRemovals(spool, removals)
  return removals
}

/** Ends what a killed remover began. */
export async function finishRemovals(spool: Folder, now: number): Promise<Removal[]> {
  const names = (await spool.list()).filter(name => name.startsWith(gonePrefix))
  if (names.length === 0) return []
  const known = new Set((await readRemovals(spool)).list.map(({ name }) => name))
  const unnoted = names
    .map(name => name.slice(gonePrefix.length))
    .filter(name => parseBundleName(name) !== undefined && !known.has(name))
    .map(name => ({ name, at: isoTime(now), reason: 'interrupted' as const, fatal: false, sizeBytes: 0 }))
  await noteRemovals(spool, unnoted)
  for (const name of names) await spool.remove(name)
  return unnoted
}
