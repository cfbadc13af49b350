// A folder with all that are above it. Node's own `mkdir` with `recursive` asks for ever, at full speed, where a folder is
// there in which none can be made and which says ENOENT of it: below /proc, for instance.

import { mkdirSync, statSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** The folders from the topmost to this one. */
function chain(path: string): string[] {
  const folders = [resolve(path)]
  for (let at = folders[0]!; at !== dirname(at); at = dirname(at)) folders.unshift(dirname(at))
  return folders
}

/** The topmost folder that was made; undefined when all were there. Throws what mkdir(2) throws. */
export async function makeFolders(path: string, mode = 0o777): Promise<string | undefined> {
  let first: string | undefined
  for (const folder of chain(path)) {
    try {
      await mkdir(folder, { mode })
      first ??= folder
    } catch (error) {
      const there = await stat(folder).catch(() => undefined)
      if (there?.isDirectory() !== true) throw error
    }
  }
  return first
}

/** The same at once. */
export function makeFoldersSync(path: string, mode = 0o777): string | undefined {
  let first: string | undefined
  for (const folder of chain(path)) {
    try {
      mkdirSync(folder, { mode })
      first ??= folder
    } catch (error) {
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
    }
  }
  return first
}
