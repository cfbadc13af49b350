// Opening a spool: its folder, its lock, and how far its numbers have come.

import { dirname } from 'node:path'
import { type BundleName, parseBundleName } from '../../node/bundles/names.ts'
import { type Host, type HostFiles, nodeHost } from '../host.ts'
import { FOLDER_MODE, Folder } from './folder.ts'
import { type Lock, type LockWay, takeLock } from './lock.ts'
import { codeOf, SpoolError } from './problem.ts'

/** 'write': the one writer; 'shared': beside a writer, to remove; 'read': changes nothing. */
export type Access = 'write' | 'shared' | 'read'

export interface Opened {
  folder: Folder
  lock: Lock | undefined
}

export async function openFolder(
  path: string,
  access: Access,
  host: Host = nodeHost,
  lockWays?: readonly LockWay[],
): Promise<Opened> {
  if (access === 'write') await makeFolders(host.files, path)
  const folder = await Folder.open(host.files, path)
  try {
    if (access !== 'read') await assertOurs(folder)
    return { folder, lock: access === 'write' ? await takeLock(folder, undefined, lockWays) : undefined }
  } catch (error) {
    await folder.close()
    throw error
  }
}

/** Who can write to the folder could put anything in place of what we are about to rename. */
async function assertOurs(folder: Folder): Promise<void> {
  const { mode, owner } = await folder.own()
  if ((mode & 0o002) !== 0) {
    throw new SpoolError('INSECURE', `${folder.path} can be written by everyone. Run: chmod o-w ${folder.path}`)
  }
  if (process.geteuid?.() === 0 && owner !== 0) {
    throw new SpoolError(
      'INSECURE',
      `${folder.path} belongs to user ${owner}, not to root. Run: chown root ${folder.path}`,
    )
  }
}

/** mkdir -p, each made folder durable in the one above. */
async function makeFolders(files: HostFiles, path: string): Promise<void> {
  try {
    await files.mkdir(path, FOLDER_MODE)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolders(files, dirname(path))
    return makeFolders(files, path)
  }
  const above = await Folder.open(files, dirname(path)).catch(() => undefined)
  await above?.sync().finally(() => above.close())
}

/** In the order in which they were written; what has another name is none of ours. */
export const bundleNames = (names: readonly string[]): BundleName[] =>
  names
    .map(parseBundleName)
    .filter(each => each !== undefined)
    .sort((a, b) => a.sequence - b.sequence || (a.name < b.name ? -1 : 1))
