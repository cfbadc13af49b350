// Which other processes have a file open.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Reader {
  pid: number
  /** /proc/PID/comm, at most 15 bytes, whatever the process calls itself */
  command: string
}

/** Processes that have this path open, but for this one. proc(5); those of other users are seen by root only. */
export function otherReaders(path: string, proc = '/proc'): Reader[] {
  const found: Reader[] = []
  for (const name of entries(proc)) {
    const pid = Number(name)
    if (!Number.isSafeInteger(pid) || pid === process.pid) continue
    const opened = entries(`${proc}/${name}/fd`)
    if (!opened.some(descriptor => target(`${proc}/${name}/fd/${descriptor}`) === path)) continue
    found.push({ pid, command: commandOf(`${proc}/${name}/comm`) })
  }
  return found
}

/** A process may end while it is looked at, or not let itself be. */
function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}

function commandOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch {
    return 'a process that has ended'
  }
}
