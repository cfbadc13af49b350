// One process at a time in a folder: a file `lock` with its id.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Does the work while nobody else does any in this folder. Throws an Error that names the process which does. */
export async function locked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const file = join(folder, 'lock')
  const holder = holderOf(file)
  if (holder !== undefined) throw new Error(`${folder} is in use by process ${holder}: wait until it has ended`)
  rmSync(file, { force: true })
  writeFileSync(file, String(process.pid), { flag: 'wx' })
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** The process that holds the lock; one that died without letting go holds nothing. */
function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}
