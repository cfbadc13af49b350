// Raw evidence as files, named by what they hold: <folder>/ab/cdef… by SHA-256. What is there twice is kept once, what was
// changed is noticed, and a file that has its name is complete.

import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncPath } from '../../node/durable.ts'
import { makeFolders } from '../../node/make-folders.ts'
import { draftPrefix, hashOf, makePrefixes, pathOf, prefixPattern } from './blob-files.ts'

export class Blobs {
  readonly folder: string
  /** ends of the work of those who write files and have not named them yet */
  readonly #held = new Set<Promise<void>>()
  /** to be removed unless somebody holds it meanwhile */
  readonly #removing = new Set<string>()
  /** being removed; whoever holds it waits for that, and writes it anew */
  readonly #leaving = new Map<string, Promise<void>>()

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Makes the folder where it is not there and clears up what a killed writer left. Throws as the file system does. */
  static async open(folder: string): Promise<Blobs> {
    await makeFolders(folder, 0o750)
    await syncPath(dirname(folder))
    for (const name of await readdir(folder)) if (name.startsWith(draftPrefix)) await rm(join(folder, name))
    makePrefixes(folder)
    return new Blobs(folder)
  }

  /** Only to read; nothing is made or cleared up. */
  static reading(folder: string): Blobs {
    return new Blobs(folder)
  }

  /**
   * For who is about to write files of these hashes (blob-files.ts) and to name them: none is removed until what this gives is
   * called, when they are named or never will be. What was on its way out is gone when it returns, and is written anew.
   */
  async hold(hashes: readonly string[]): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held.add(promise)
    for (const hash of hashes) {
      this.#removing.delete(hash)
      await this.#leaving.get(hash)
    }
    return () => {
      this.#held.delete(promise)
      resolve()
    }
  }

  /** All that is here, so many at a time, in no order. */
  async *list(step: number): AsyncGenerator<string[]> {
    let hashes: string[] = []
    for (const folder of await readdir(this.folder)) {
      if (!prefixPattern.test(folder)) continue
      for (const name of await readdir(join(this.folder, folder))) {
        if (/^[0-9a-f]{62}$/.test(name)) hashes.push(folder + name)
        if (hashes.length < step) continue
        yield hashes
        hashes = []
      }
    }
    if (hashes.length > 0) yield hashes
  }

  /** Removes those that `unused` still says of when all who might have written one have named it. */
  async remove(
    hashes: readonly string[],
    unused: (hashes: readonly string[]) => Promise<string[]>,
  ): Promise<{ files: number; bytes: number }> {
    for (const hash of hashes) this.#removing.add(hash)
    const removed = { files: 0, bytes: 0 }
    try {
      await Promise.all(this.#held)
      for (const hash of await unused(hashes)) {
        if (!this.#removing.has(hash)) continue
        const path = pathOf(this.folder, hash)
        const gone = stat(path).then(async ({ size }) => {
          await rm(path, { force: true })
          removed.files++
          removed.bytes += size
        })
        this.#leaving.set(
          hash,
          gone.catch(() => {}),
        )
        await gone.finally(() => this.#leaving.delete(hash))
      }
      return removed
    } finally {
      for (const hash of hashes) this.#removing.delete(hash)
    }
  }

  /** undefined: it is not there, or not as it was written */
  async read(hash: string): Promise<Uint8Array | undefined> {
    if (!/^[0-9a-f]{64}$/.test(hash)) return undefined
    const bytes = await readFile(pathOf(this.folder, hash)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    return bytes !== undefined && hashOf(bytes) === hash ? bytes : undefined
  }
}
