// What is on the disk when the function returns, also after a loss of power: the content, and the name that leads to it.
// fsync(2): of a file it does not see to its entry in the folder.

import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The content; the folder is the caller's to sync. Throws what Node throws. */
export function writeDurablySync(path: string, bytes: Uint8Array, mode = 0o640): void {
  const descriptor = openSync(path, 'w', mode)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** A file whole or not at all, in the place of what was there. Throws what Node throws. */
export function replaceDurablySync(path: string, bytes: Uint8Array, mode = 0o640): void {
  writeDurablySync(`${path}.tmp`, bytes, mode)
  renameSync(`${path}.tmp`, path)
  syncPathSync(dirname(path))
}

/** The same without holding anything up. */
export async function replaceDurably(path: string, bytes: Uint8Array, mode = 0o640): Promise<void> {
  const draft = await open(`${path}.tmp`, 'w', mode)
  try {
    await draft.writeFile(bytes)
    await draft.sync()
  } finally {
    await draft.close()
  }
  await rename(`${path}.tmp`, path)
  await syncPath(dirname(path))
}

/** A file, or a folder with the names in it. Throws what Node throws. */
export function syncPathSync(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The same without holding anything up. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
