// One server for one folder. The lock is SQLite's on a file of its own: the kernel gives it back however its holder ends,
// and the database itself stays open to those who read or back it up.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export class StoreHeld extends Error {
  constructor(folder: string) {
    super(`another server has ${folder}. End that one, or choose another folder with --data.`)
  }
}

/** https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5

/** Gives what lets it go. Throws StoreHeld. */
export function lockStore(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, 'lock'))
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) throw new StoreHeld(folder)
    throw error
  }
  return () => {
    if (lock.isOpen) lock.close()
  }
}
