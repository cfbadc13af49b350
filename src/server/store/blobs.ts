// Raw evidence as files, named by what they hold: <folder>/ab/cdef… by SHA-256. What is there twice is kept once, what was
// changed is noticed, and a file that has its name is complete.

import { createHash, randomBytes } from 'node:crypto'
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncPath } from '../../node/durable.ts'
import { makeFolders } from '../../node/make-folders.ts'

/** Files written at once. */
const MAX_OPEN = 16
const draftPrefix = '.new-'

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export class Blobs {
  readonly folder: string
  /** work that is about to name what it keeps */
  readonly #using = new Set<Promise<unknown>>()
  /** to be removed unless somebody keeps it meanwhile */
  readonly #removing = new Set<string>()
  /** being removed; whoever keeps it waits for that, and writes it anew */
  readonly #leaving = new Map<string, Promise<void>>()

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Makes the folder where it is not there and clears up what a killed writer left. Throws as the file system does. */
  static async open(folder: string): Promise<Blobs> {
    await makeFolders(folder, 0o750)
    await syncPath(dirname(folder))
    for (const name of await readdir(folder)) if (name.startsWith(draftPrefix)) await rm(join(folder, name))
    return new Blobs(folder)
  }

  /** Only to read; nothing is made or cleared up. */
  static reading(folder: string): Blobs {
    return new Blobs(folder)
  }

  /** Keeps files and names them in the store, all in `work`: until it has ended, nothing that it kept is removed. */
  async using<T>(work: () => Promise<T>): Promise<T> {
    const done = work()
    this.#using.add(done)
    try {
      return await done
    } finally {
      this.#using.delete(done)
    }
  }

  /** All that is here, so many at a time, in no order. */
  async *list(step: number): AsyncGenerator<string[]> {
    let hashes: string[] = []
    for (const folder of await readdir(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue
      for (const name of await readdir(join(this.folder, folder))) {
        if (/^[0-9a-f]{62}$/.test(name)) hashes.push(folder + name)
        if (hashes.length < step) continue
        yield hashes
        hashes = []
      }
    }
    if (hashes.length > 0) yield hashes
  }

  /** Removes those that `unused` still says of when all who might have kept one have named it. */
  async remove(
    hashes: readonly string[],
    unused: (hashes: readonly string[]) => Promise<string[]>,
  ): Promise<{ files: number; bytes: number }> {
    for (const hash of hashes) this.#removing.add(hash)
    const removed = { files: 0, bytes: 0 }
    try {
      await Promise.allSettled([...this.#using])
      for (const hash of await unused(hashes)) {
        if (!this.#removing.has(hash)) continue
        const path = this.#pathOf(hash)
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

  /** Their hashes, in order. All are durable when it returns. Throws as the file system does; then none counts. */
  async keep(files: readonly Uint8Array[]): Promise<string[]> {
    const hashes = files.map(hashOf)
    for (const hash of hashes) {
      this.#removing.delete(hash)
      await this.#leaving.get(hash)
    }
    const fresh = new Map<string, Uint8Array>()
    for (const [index, hash] of hashes.entries()) {
      // One that was damaged since is written again.
      if (!fresh.has(hash) && (await this.read(hash)) === undefined) fresh.set(hash, files[index]!)
    }
    const all = [...fresh]
    const folders = new Set<string>()
    for (let from = 0; from < all.length; from += MAX_OPEN) {
      const written = await Promise.allSettled(
        all.slice(from, from + MAX_OPEN).map(async ([hash, bytes]) => {
          folders.add(await this.#write(hash, bytes))
        }),
      )
      for (const each of written) if (each.status === 'rejected') throw each.reason
    }
    // A name may be there from a writer that has not yet made it durable: all are synced, also those that were there.
    for (const hash of hashes) folders.add(this.#folderOf(hash))
    await Promise.all([...folders].map(syncPath))
    return hashes
  }

  /** undefined: it is not there, or not as it was written */
  async read(hash: string): Promise<Uint8Array | undefined> {
    if (!/^[0-9a-f]{64}$/.test(hash)) return undefined
    const bytes = await readFile(this.#pathOf(hash)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    return bytes !== undefined && hashOf(bytes) === hash ? bytes : undefined
  }

  #folderOf(hash: string): string {
    return join(this.folder, hash.slice(0, 2))
  }

  #pathOf(hash: string): string {
    return join(this.#folderOf(hash), hash.slice(2))
  }

  /** The folder in which it stands now. */
  async #write(hash: string, bytes: Uint8Array): Promise<string> {
    const draft = join(this.folder, `${draftPrefix}${randomBytes(6).toString('hex')}`)
    const folder = this.#folderOf(hash)
    try {
      const file = await open(draft, 'wx', 0o640)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      if ((await makeFolders(folder, 0o750)) !== undefined) await syncPath(this.folder)
      await rename(draft, this.#pathOf(hash))
      return folder
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {})
      throw error
    }
  }
}
