// Files of a source tree by the paths that compilers wrote.

import { readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { ReadSource } from '../core/localise/source-lines.ts'
import { InputError } from './files.ts'

/** No file of the kernel's source is larger; the largest are register headers of 20 MB. */
const MAX_SOURCE_BYTES = 32 * 1024 * 1024

/** Throws InputError when the folder is not there. */
export async function sourceTree(folder: string): Promise<ReadSource> {
  let root: string
  try {
    root = await realpath(folder)
    if (!(await stat(root)).isDirectory()) throw new Error('not a folder')
  } catch (error) {
    throw new InputError('missing', folder, 'is no folder; give the top of the source tree', { cause: error })
  }
  return async path => {
    // A path of another build's folder still ends as one of this tree.
    const parts = path.split('/').filter(part => part !== '')
    for (let first = 0; first < parts.length; first++) {
      const text = await readInside(root, parts.slice(first).join('/'))
      if (text !== undefined) return text
    }
    return undefined
  }
}

/** What debug information names may be outside of the tree, by "../" or by a link: that is not read. */
async function readInside(root: string, path: string): Promise<string | undefined> {
  try {
    const file = await realpath(join(root, path))
    if (!file.startsWith(root + sep)) return undefined
    const { size } = await stat(file)
    return size > MAX_SOURCE_BYTES ? undefined : await readFile(file, 'utf8')
  } catch {
    return undefined
  }
}
