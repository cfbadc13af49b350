// Where the console and the evidence of a case's last run are kept. A run writes into a folder of its own, so two labs may run
// the same case at once; the folder takes the known name when the run is over, and the last one to end has it.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache.ts'

/** Tries to put a folder in another's place while other processes do the same. */
const TRIES = 10

const ownName = /^\.(?<pid>\d+)\.\d+\./

let runs = 0

export interface RunFolder {
  folder: string
  /** Moves it to its known name; that path, or undefined where nothing was written. */
  keep(): string | undefined
}

/** A new folder of this process below `logs`. */
export function runFolder(name: string, logs = join(cacheFolder, 'logs')): RunFolder {
  mkdirSync(logs, { recursive: true })
  dropAbandoned(logs)
  runs += 1
  const folder = join(logs, `.${process.pid}.${runs}.${name}`)
  mkdirSync(folder)
  return { folder, keep: () => keep(folder, join(logs, name)) }
}

/** Two renames, as a folder cannot replace one that holds files. */
function keep(folder: string, known: string): string | undefined {
  if (!existsSync(folder)) return undefined
  if (readdirSync(folder).length === 0) {
    rmSync(folder, { recursive: true })
    return undefined
  }
  const former = `${folder}.former`
  for (let left = TRIES; ; left--) {
    try {
      if (existsSync(known)) renameSync(known, former)
      renameSync(folder, known)
      return known
    } catch (error) {
      // Another process moved it away, or put its own there, in between.
      if (left === 1 || !existsSync(folder)) throw error
    } finally {
      rmSync(former, { recursive: true, force: true })
    }
  }
}

/** Folders of processes that ended without keeping theirs. */
function dropAbandoned(logs: string): void {
  for (const path of readdirSync(logs)) {
    const pid = ownName.exec(path)?.groups?.['pid']
    if (pid !== undefined && !alive(Number(pid))) rmSync(join(logs, path), { recursive: true, force: true })
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
