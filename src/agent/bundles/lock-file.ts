// The lock for machines without flock: a file that names its holder. Making it with O_EXCL is atomic; taking it from a
// holder that is dead is not, quite, so the lock is looked at again before each write (`held`): of two that
// took it in the same moment, the one whose file is gone gives up.

import { constants as o } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Entry } from '../host.ts'
import type { Folder } from './folder.ts'
import { heldBy, isAlive, type Lock, parseHolder, thisProcess } from './lock.ts'
import { codeOf } from './problem.ts'

/** An empty lock is being written by its maker just now; after so long the maker was killed in between. */
const WRITING_MS = 2000

const tries = 8

export async function lockByFile(folder: Folder, name: string): Promise<Lock> {
  for (let count = 0; count < tries; count++) {
    const made = await make(folder, name)
    if (made !== undefined) return made
    const found = await look(folder, name)
    if (found === undefined) continue
    if (found.holder !== undefined && isAlive(found.holder)) throw heldBy(folder, found.holder)
    if (found.holder === undefined && Date.now() - found.entry.modifiedMs < WRITING_MS) await sleep(WRITING_MS / 4)
    else await takeAway(folder, name, found.text)
  }
  throw heldBy(folder, undefined)
}

async function make(folder: Folder, name: string): Promise<Lock | undefined> {
  try {
    const file = await folder.create(name, Buffer.from(`${JSON.stringify(thisProcess())}\n`))
    const mine = await file.stat()
    await file.close()
    const held = async (): Promise<boolean> => {
      const there = await folder.entry(name).catch(() => undefined)
      return there?.inode === mine.inode && there.device === mine.device
    }
    return {
      held,
      release: async () => {
        if (await held()) await folder.unlink(name)
      },
    }
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined
    throw error
  }
}

interface Found {
  text: string
  holder: ReturnType<typeof parseHolder>
  entry: Entry
}

async function look(folder: Folder, name: string): Promise<Found | undefined> {
  try {
    const entry = await folder.entry(name)
    const file = await folder.openFile(name, o.O_RDONLY)
    const bytes = new Uint8Array(1024)
    const text = new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0)))
    await file.close()
    return { text, holder: parseHolder(text), entry }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Renames the dead holder's file away; one of several who try gets it. What turns out to be a living one's goes back. */
async function takeAway(folder: Folder, name: string, stale: string): Promise<void> {
  const aside = `${name}.${process.pid}`
  try {
    await folder.rename(name, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const moved = await look(folder, aside)
  if (moved !== undefined && moved.text !== stale && (await look(folder, name)) === undefined) {
    await folder.rename(aside, name)
    return
  }
  await folder.unlink(aside)
}
