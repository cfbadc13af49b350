// Paths of source files as people know them: from the top of the source tree.

import type { SourcePlace } from '../formats/dwarf/debug-info.ts'

/** A folder this deep or deeper is a source tree, not a disk's top. */
const MIN_TREE_PARTS = 2

/**
 * The path without the folder that the kernel was built in. Kernels are compiled in the top of their tree, or in a folder
 * of it (`make O=`) with absolute names of the rest; "./", "//" and "x/../" that make leaves in are folded.
 */
export function sourcePath({ file, directory }: SourcePlace): string | undefined {
  if (file === undefined) return undefined
  if (!file.startsWith('/') || directory === undefined) return folded(file)
  const parts = folded(file).split('/')
  const folders = directory.split('/')
  let common = 0
  while (common < parts.length - 1 && parts[common] === folders[common]) common++
  // The first part is empty: what stands before the first slash.
  return common > MIN_TREE_PARTS ? parts.slice(common).join('/') : parts.join('/')
}

/** As the compiler would open it: absolute or with the unit's folder before it. */
export function fullPath({ file, directory }: SourcePlace): string | undefined {
  if (file === undefined) return undefined
  return file.startsWith('/') || directory === undefined ? file : `${directory}/${file}`
}

function folded(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '.' || (part === '' && parts.length > 0)) continue
    const above = parts.at(-1)
    if (part === '..' && above !== undefined && above !== '..' && above !== '') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}
