// Symbols of kernel images, kept by build ID: taking them out of a bzImage takes a second, opening them again none. A small
// file for each image that was read says which build it is of.

import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { FormatError } from '../core/bytes/cursor.ts'
import { type KeptSymbols, readKeptSymbols, writeKeptSymbols } from '../core/formats/symbol-cache.ts'
import { makeFolders } from './make-folders.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Beyond this the kernels that were not asked for longest are forgotten; one takes some 4 MB. */
export const MAX_KEPT_BYTES = 256 * 1024 * 1024

/** So many images are remembered. */
const MAX_IMAGES = 1000

/** Leftovers of a writer that died. */
const STALE_PART_MS = 60 * 60 * 1000

const symbolFile = /^(?:[0-9a-f]{8,80}|image-[0-9a-f]{64})\.kallsyms$/

export class SymbolCache {
  readonly folder: string
  readonly #maxBytes: number

  constructor(env: Environment, maxBytes = MAX_KEPT_BYTES) {
    const cache = env['XDG_CACHE_HOME']
    this.folder = join(cache !== undefined && cache !== '' ? cache : join(homedir(), '.cache'), 'faultline', 'kallsyms')
    this.#maxBytes = maxBytes
  }

  /** What is kept of an image; undefined where nothing is, or it is damaged. A cache is never a reason to fail. */
  async find(image: string): Promise<KeptSymbols | undefined> {
    try {
      const key = await identityOf(image)
      const name = (await readFile(join(this.folder, `${key}.image`), 'latin1')).trim()
      if (!symbolFile.test(name)) return undefined
      return await this.#read(join(this.folder, name))
    } catch {
      return undefined
    }
  }

  /** Of a build whose image is not at hand. */
  async ofBuild(buildId: string): Promise<KeptSymbols | undefined> {
    if (!/^[0-9a-f]{8,80}$/.test(buildId)) return undefined
    return this.#read(join(this.folder, `${buildId}.kallsyms`)).catch(() => undefined)
  }

  /** Keeps the symbols of an image. What hinders that is no trouble of the user's. */
  async keep(image: string, symbols: KeptSymbols): Promise<void> {
    try {
      const key = await identityOf(image)
      await makeFolders(this.folder, 0o700)
      const name = `${symbols.buildId ?? `image-${key}`}.kallsyms`
      await this.#write(name, writeKeptSymbols(symbols))
      await this.#write(`${key}.image`, `${name}\n`)
      await this.#bound()
    } catch {
      // A full disk, a folder of another user: the next look-up takes as long as this one did.
    }
  }

  async #read(path: string): Promise<KeptSymbols | undefined> {
    const bytes = await readFile(path)
    try {
      const kept = readKeptSymbols(path, bytes)
      const now = new Date()
      await utimes(path, now, now).catch(() => {})
      return kept
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      await rm(path, { force: true })
      return undefined
    }
  }

  /** Under a name of its own, then renamed: of two writers the last one wins, and a reader sees one of them whole. */
  async #write(name: string, content: Uint8Array | string): Promise<void> {
    const part = join(this.folder, `.${name}.${process.pid}-${randomBytes(4).toString('hex')}.part`)
    try {
      await writeFile(part, content, { mode: 0o600 })
      await rename(part, join(this.folder, name))
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  }

  /** Removes what was not used longest until the rest fits. */
  async #bound(): Promise<void> {
    const files = await Promise.all(
      (await readdir(this.folder)).map(async name => {
        const { size, mtimeMs } = (await stat(join(this.folder, name)).catch(() => undefined)) ?? {
          size: 0,
          mtimeMs: 0,
        }
        return { name, size, mtimeMs }
      }),
    )
    const stale = files.filter(({ name, mtimeMs }) => name.endsWith('.part') && Date.now() - mtimeMs > STALE_PART_MS)
    let left = files.reduce((sum, { size }) => sum + size, 0)
    const oldest = files.filter(({ name }) => symbolFile.test(name)).sort((a, b) => a.mtimeMs - b.mtimeMs)
    const images = files.filter(({ name }) => name.endsWith('.image')).sort((a, b) => b.mtimeMs - a.mtimeMs)
    const surplus = [...stale, ...images.slice(MAX_IMAGES)].map(({ name }) => name)
    // The one that was just written stays.
    for (const { name, size } of oldest.slice(0, -1)) {
      if (left <= this.#maxBytes) break
      left -= size
      surplus.push(name)
    }
    await Promise.all(surplus.map(name => rm(join(this.folder, name), { force: true })))
  }
}

/** Which file it is, and as of when: a change of its contents changes its time. Reading it all takes longer. */
async function identityOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return createHash('sha256').update(`${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`).digest('hex')
}
