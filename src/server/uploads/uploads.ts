// Archives that come in pieces: what of one came before its connection broke stays here, and its sender goes on behind it.
// A host's only, for days, and bounded: whoever loses a piece sends it anew.
//
//   <folder>/<host>-<key>    what came, in order

import { createReadStream } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { say } from '../../core/say.ts'
import { makeFolders } from '../../node/make-folders.ts'
import { Refusal } from '../intake/refusal.ts'
import { noticingFull } from '../store/problem.ts'

export interface UploadLimits {
  /** after the last piece came */
  keptMs: number
  ofOneHost: number
  bytes: number
}

const defaults: UploadLimits = {
  keptMs: 3 * 24 * 60 * 60 * 1000,
  ofOneHost: 4,
  bytes: 4 * 1024 * 1024 * 1024,
}

export interface Upload {
  hostId: string
  key: string
  /** where `body` begins in it */
  offset: number
  body: AsyncIterable<Uint8Array>
  /** nobody waits for the body any more */
  cancel(): void
}

interface Kept {
  name: string
  bytes: number
  at: number
}

export class Uploads {
  readonly #folder: string
  readonly #limits: UploadLimits
  readonly #busy = new Map<string, { cancel: () => void; done: Promise<void> }>()

  constructor(folder: string, limits: Partial<UploadLimits> = {}) {
    this.#folder = folder
    this.#limits = { ...defaults, ...limits }
  }

  /** So many bytes of it are here. */
  async offset(hostId: string, key: string): Promise<number> {
    const file = await stat(this.#path(hostId, key)).catch(() => undefined)
    return file?.size ?? 0
  }

  /**
   * Adds what comes behind `offset`, and has `take` read all of it: when that is done, or by what it throws will never be, it
   * is removed. What came of a body that breaks off stays. A later request for the same archive ends an earlier one, whose
   * sender has given up. Throws Refusal 416 where `offset` is not what is here, StoreFull, and what `take` and the body throw.
   */
  async finish<T>(
    upload: Upload,
    take: (archive: AsyncIterable<Uint8Array>) => Promise<T>,
    never: (error: unknown) => boolean,
  ): Promise<T> {
    const { hostId, key, cancel } = upload
    const name = `${hostId}-${key}`
    for (let before = this.#busy.get(name); before !== undefined; before = this.#busy.get(name)) {
      before.cancel()
      await before.done
    }
    let over = (): void => {}
    const done = new Promise<void>(resolve => {
      over = resolve
    })
    this.#busy.set(name, { cancel, done })
    try {
      await noticingFull(this.#folder, () => this.#append(upload))
      const path = this.#path(hostId, key)
      try {
        const taken = await take(createReadStream(path))
        await rm(path, { force: true })
        return taken
      } catch (error) {
        if (never(error)) await rm(path, { force: true })
        throw error
      }
    } finally {
      this.#busy.delete(name)
      over()
    }
  }

  async #append({ hostId, key, offset, body }: Upload): Promise<void> {
    await makeFolders(this.#folder, 0o750)
    await this.#makeRoom(hostId, `${hostId}-${key}`)
    const file = await open(this.#path(hostId, key), 'a', 0o640)
    try {
      const { size } = await file.stat()
      if (size !== offset) throw new Refusal(416, say`${size} bytes of it are here, not ${offset}. Go on behind those.`)
      for await (const piece of body) await file.writeFile(piece)
    } finally {
      await file.close()
    }
  }

  /** Old ones go, and the oldest where there are too many or too much. */
  async #makeRoom(hostId: string, keeping: string): Promise<void> {
    const { keptMs, ofOneHost, bytes } = this.#limits
    const kept = (await this.#kept()).filter(({ name }) => name !== keeping && !this.#busy.has(name))
    const now = Date.now()
    let total = kept.reduce((sum, each) => sum + each.bytes, 0)
    let own = kept.filter(({ name }) => name.startsWith(`${hostId}-`)).length
    for (const each of kept.sort((one, other) => one.at - other.at)) {
      const isOwn = each.name.startsWith(`${hostId}-`)
      if (now - each.at < keptMs && total <= bytes && !(isOwn && own >= ofOneHost)) continue
      await rm(join(this.#folder, each.name), { force: true })
      total -= each.bytes
      if (isOwn) own--
    }
  }

  async #kept(): Promise<Kept[]> {
    const files = await Promise.all(
      (await readdir(this.#folder)).map(async name => {
        const file = await stat(join(this.#folder, name)).catch(() => undefined)
        return file === undefined ? [] : [{ name, bytes: file.size, at: file.mtimeMs }]
      }),
    )
    return files.flat()
  }

  #path(hostId: string, key: string): string {
    return join(this.#folder, `${hostId}-${key}`)
  }
}
