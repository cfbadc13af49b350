// The lab's one folder for what is fetched and built; git ignores it, and it may be deleted at any time.

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

export const root = dirname(import.meta.dirname)
export const cacheFolder = join(root, '.cache', 'lab')

const underWay = new Map<string, Promise<string>>()

/** Puts into `folder` what will be at `final`. */
type Filling = (folder: string, final: string) => Promise<void> | void

/**
 * The folder `path` of the cache, made by `fill` when it is not there. It is filled under another name and renamed when
 * complete, so a folder that is there is whole. Two that ask at the same time wait for the same filling.
 */
export function cached(path: string, fill: Filling): Promise<string> {
  const folder = join(cacheFolder, path)
  if (existsSync(folder)) return Promise.resolve(folder)
  const waiting = underWay.get(folder)
  if (waiting !== undefined) return waiting
  const filling = fillFolder(folder, fill).finally(() => underWay.delete(folder))
  underWay.set(folder, filling)
  return filling
}

async function fillFolder(folder: string, fill: Filling): Promise<string> {
  const making = join(dirname(folder), `.${basename(folder)}.${process.pid}`)
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  try {
    await fill(making, folder)
    try {
      renameSync(making, folder)
    } catch (error) {
      // Another process was faster; its folder is as good.
      if (!existsSync(folder)) throw error
    }
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return folder
}

/** A folder of the cache for work in progress. */
export function workFolder(path: string): string {
  const folder = join(cacheFolder, path)
  mkdirSync(folder, { recursive: true })
  return folder
}
