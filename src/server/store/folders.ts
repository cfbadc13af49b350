// Folders of the store.

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code

/**
 * mkdir -p. Node's own, with `recursive`, never ends where a file system says ENOENT although the folder above is there,
 * as /proc does. Throws as mkdir(2).
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    return await makeOne(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
  }
  await makeFolders(dirname(path))
  await makeOne(path)
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o750 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}
