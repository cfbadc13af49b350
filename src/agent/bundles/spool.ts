// The folder in which bundles are kept: one writer, any number of readers.

import type { BundleCopy } from '../../node/bundles/bundle.ts'
import { type BundleName, bundleName, parseBundleName } from '../../node/bundles/names.ts'
import { finishCollection } from '../collectors/collection.ts'
import { type Host, nodeHost } from '../host.ts'
import { attachEvidence } from './attach.ts'
import type { Draft, Evidence, NamedBytes } from './bundle.ts'
import { copyOf } from './copy.ts'
import { filesOf, isoTime } from './files-of.ts'
import type { Folder } from './folder.ts'
import { Known } from './known.ts'
import { clearLeftovers, type Leftovers } from './leftovers.ts'
import type { Lock, LockWay } from './lock.ts'
import { type Access, bundleNames, type Opened, openFolder } from './open.ts'
import { codeOf, SpoolError, spoolError } from './problem.ts'
import { type Bundle, type BundleProblem, readBundle, verifyBundle } from './read.ts'
import { finishRemovals } from './remove.ts'
import { type Removal, type RemovalReason, type Removals, readRemovals } from './removed.ts'
import { type Limits, NEWEST } from './retention.ts'
import { Shelf } from './shelf.ts'
import { writeFolder } from './write.ts'

export interface SpoolOptions {
  /** takes no lock, changes nothing, and a spool that is not there is an error */
  readOnly?: boolean
  /** beside a writer, only to remove bundles */
  shared?: boolean
  /** held after each write; none: nothing is removed but to make room on a full disk */
  limits?: Limits
  host?: Host
  /** told after each change that added something */
  changed?: () => void
  /** for tests */
  lockWays?: readonly LockWay[]
}

/** A name in the spool that another has taken is passed by so often. */
const MAX_NAME_TRIES = 16

export class Spool {
  readonly path: string
  /** what killed writers had left when it was opened */
  leftovers: Leftovers = { completed: [], salvaged: [], dropped: 0 }
  readonly #host: Host
  readonly #options: SpoolOptions
  readonly #access: Access
  readonly #known = new Known()
  readonly #shelf: Shelf
  #folder: Folder
  #lock: Lock | undefined
  #lastSequence = 0
  /** removes what is over the limits */
  #tidying: Promise<void> | undefined
  #untidy = false
  /** one change after the other: each name depends on the last */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(path: string, options: SpoolOptions, access: Access, { folder, lock }: Opened) {
    this.path = path
    this.#host = options.host ?? nodeHost
    this.#options = options
    this.#access = access
    this.#shelf = new Shelf(this.#host, options.limits, options.lockWays)
    this.#folder = folder
    this.#lock = lock
  }

  /** The folder is made where it is not there. Throws SpoolError: HELD where another writes to it, or errno's name. */
  static async open(path: string, options: SpoolOptions = {}): Promise<Spool> {
    const access = options.readOnly ? 'read' : options.shared ? 'shared' : 'write'
    try {
      const spool = new Spool(path, options, access, await openFolder(path, access, options.host, options.lockWays))
      try {
        await spool.#resume()
        return spool
      } catch (error) {
        await spool.close()
        throw error
      }
    } catch (error) {
      throw spoolError(`${path}: the spool cannot be opened`, error)
    }
  }

  /** The bundles, in the order in which they were written. */
  async list(): Promise<BundleName[]> {
    try {
      return bundleNames(await this.#folder.list())
    } catch (error) {
      throw spoolError(`${this.path}: the spool cannot be read`, error)
    }
  }

  /** Throws SpoolError ENOENT where there is none of that name; what is damaged inside is in `problems`. */
  read(name: string): Promise<Bundle> {
    return this.#ofBundle(name, () => readBundle(this.#folder, name))
  }

  /** The bytes of one file of a bundle, by its path below it as `Bundle.files` has it. Throws SpoolError. */
  bytes(name: string, path: string): Promise<Uint8Array> {
    return this.#ofBundle(`${name}/${path}`, async () => {
      const parts = path.split('/')
      const file = parts.pop()!
      let folder = await this.#folder.folder(name)
      try {
        for (const part of parts) {
          const inside = await folder.folder(part)
          await folder.close()
          folder = inside
        }
        return await folder.read(file)
      } finally {
        await folder.close()
      }
    })
  }

  /** What is not as it was written; [] where all is. Throws SpoolError where there is no such bundle. */
  verify(name: string): Promise<BundleProblem[]> {
    return this.#ofBundle(name, () => verifyBundle(this.#folder, name))
  }

  /** What was removed, and how much of that is only counted. */
  removals(): Promise<Removals> {
    return this.#ofBundle('', () => readRemovals(this.#folder))
  }

  /** The newest bundle of which `wanted` says yes. */
  async find(wanted: (bundle: Bundle) => boolean): Promise<Bundle | undefined> {
    for (const { name } of (await this.list()).reverse()) {
      const bundle = await this.read(name).catch((error: unknown) => {
        // Removed since it was listed.
        if (error instanceof SpoolError && error.code === 'ENOENT') return undefined
        throw error
      })
      if (bundle !== undefined && wanted(bundle)) return bundle
    }
    return undefined
  }

  /**
   * Keeps an exception. When this resolves its bundle is complete and durable and may be acknowledged to whoever had the
   * records before; when it throws (SpoolError) there is no bundle. The same records of the same boot brought again give
   * the bundle that has them. Calls may overlap; they are done in their order.
   */
  async write(draft: Draft): Promise<{ name: string; path: string }> {
    const name = await this.#inTurn('the bundle cannot be written', 'write', () => this.#write(draft))
    this.#options.changed?.()
    // Behind the acknowledgement: what is over the limits may stay a moment longer, and the weighing holds up no write.
    this.#untidy = true
    this.#tidying ??= this.#tidy().finally(() => {
      this.#tidying = undefined
    })
    return { name, path: `${this.path}/${name}` }
  }

  /** Adds evidence to a bundle, whole or not at all; the same evidence twice is kept once. Gives its folder's path. */
  attach(name: string, evidence: Evidence): Promise<{ path: string }> {
    return this.#inTurn(`${name}: the evidence cannot be added`, 'write', async () => {
      const folder = await this.bundleFolder(name)
      try {
        const part = await attachEvidence(folder, evidence, this.#time())
        this.grown(name)
        return { path: `${this.path}/${name}/${part}` }
      } finally {
        await folder.close()
      }
    })
  }

  /** The open folder of a bundle, for collectors; the caller closes it. */
  bundleFolder(name: string): Promise<Folder> {
    return this.#ofBundle(name, () => {
      if (parseBundleName(name) === undefined) throw Object.assign(new Error(name), { code: 'ENOENT' })
      return this.#folder.folder(name)
    })
  }

  /** Takes over a bundle of another spool with all that is in it, whole or not at all. */
  async adopt(from: Spool, name: string): Promise<{ name: string; path: string }> {
    return this.adoptCopy(await copyOf(from, name))
  }

  /** The same for one that is in memory, such as one from an archive. */
  async adoptCopy(copy: BundleCopy): Promise<{ name: string; path: string }> {
    const adopted = await this.#inTurn('the bundle cannot be written', 'write', () => this.#adopt(copy))
    this.#options.changed?.()
    return { name: adopted, path: `${this.path}/${adopted}` }
  }

  /** Something was added in its folder: it weighs more now. */
  grown(name: string): void {
    this.#shelf.changed(name)
    this.#options.changed?.()
  }

  /** Bundles that this one removed since it was opened; removals() has those of all times. */
  get removed(): number {
    return this.#shelf.removed
  }

  /** Removes bundles by name; gives those that were there. */
  remove(names: readonly string[], reason: RemovalReason = 'asked'): Promise<Removal[]> {
    return this.#inTurn('bundles cannot be removed', 'shared', () => this.#shelf.remove(this.#folder, names, reason))
  }

  /** What prune() and remove() would remove now. */
  wouldPrune(limits: Limits): Promise<Removal[]> {
    return this.#ofBundle('', () => this.#shelf.wouldPrune(this.#folder, limits))
  }

  wouldRemove(names: readonly string[]): Promise<Removal[]> {
    return this.#ofBundle('', () => this.#shelf.wouldRemove(this.#folder, names))
  }

  /** Holds these limits now, the clock taken as right; gives what was removed. */
  prune(limits: Limits): Promise<Removal[]> {
    return this.#inTurn('bundles cannot be removed', 'shared', () => this.#shelf.prune(this.#folder, limits))
  }

  async close(): Promise<void> {
    await this.#tidying
    await this.#turn
    await this.#known.settled()
    // Whatever closing says, nothing of ours stays open.
    await Promise.allSettled([this.#lock?.release(), this.#folder.close()])
  }

  async #write(draft: Draft): Promise<string> {
    return this.#writeOnce(draft, filesOf(draft, this.#time()))
  }

  async #adopt({ draft, files, parts }: BundleCopy): Promise<string> {
    const name = await this.#writeOnce(draft, files)
    const folder = await this.bundleFolder(name)
    try {
      const there = await folder.list()
      for (const part of parts) if (!there.includes(part.name)) await writeFolder(folder, part.name, part.files)
    } finally {
      await folder.close()
    }
    return name
  }

  async #writeOnce(draft: Pick<Draft, 'origin' | 'report' | 'excerpt'>, files: readonly NamedBytes[]): Promise<string> {
    const known = await this.#known.find(this.#folder, () => this.list(), draft)
    if (known !== undefined && !known.salvaged) return known.name
    const name = await this.#shelf.withRoom(
      this.#folder,
      files.reduce((sum, { bytes }) => sum + bytes.length, 0),
      () => this.#writeNamed(draft, files),
    )
    this.#known.add(draft, name)
    if (known !== undefined) await this.#shelf.remove(this.#folder, [known.name], 'superseded')
    return name
  }

  async #writeNamed(
    { origin, report }: Pick<Draft, 'origin' | 'report'>,
    files: readonly NamedBytes[],
  ): Promise<string> {
    for (let count = 1; ; count++) {
      const sequence = this.#lastSequence + count
      const name = bundleName(Date.parse(origin.capturedAt), origin.bootId, sequence, report.kind)
      try {
        await writeFolder(this.#folder, name, files)
        this.#lastSequence = sequence
        return name
      } catch (error) {
        // rename(2): something has that name, a folder with content, a file or a link.
        const taken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error))
        if (!taken || count >= MAX_NAME_TRIES) throw error
      }
    }
  }

  /** How far the numbers have come, and what was begun and not ended. */
  async #resume(): Promise<void> {
    if (this.#access === 'read') return
    if (this.#access === 'write') {
      await this.#shelf.alone(this.#folder, () => finishRemovals(this.#folder, this.#host.now()))
      const { lastSequence } = await readRemovals(this.#folder)
      const written = bundleNames(await this.#folder.list()).map(({ sequence }) => sequence)
      this.#lastSequence = Math.max(this.#lastSequence, lastSequence, ...written)
      this.leftovers = await clearLeftovers(this.#folder, () => ++this.#lastSequence, this.#time())
      await this.#finishCollections()
      this.#known.load(this.#folder, () => this.list())
    }
  }

  /** A collection belongs to an exception that has just been: only the newest bundles can have one that was cut off. */
  async #finishCollections(): Promise<void> {
    for (const { name } of (await this.list()).slice(-NEWEST)) {
      const folder = await this.#folder.folder(name).catch(nothingThere)
      if (folder === undefined) continue
      await finishCollection(folder, this.#host.now()).finally(() => folder.close())
    }
  }

  #inTurn<T>(what: string, needs: 'write' | 'shared', task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(async () => {
      if (this.#access === 'read' || (needs === 'write' && this.#access !== 'write')) {
        throw new SpoolError('EROFS', `${this.path} was opened for reading only.`)
      }
      try {
        await this.#present()
        return await task()
      } catch (error) {
        throw spoolError(`${this.path}: ${what}`, error)
      }
    })
    this.#turn = done.catch(() => {})
    return done
  }

  /** The spool may have been removed, unmounted or mounted over since: then the folder of that name now is the spool. */
  async #present(): Promise<void> {
    const { files } = this.#host
    const [ours, there] = await Promise.all([this.#folder.own(), files.lstat(this.path).catch(nothingThere)])
    const same = there !== undefined && there.inode === ours.inode && there.device === ours.device
    if (same && (await this.#lock?.held()) !== false) return
    const { folder, lock } = await openFolder(this.path, this.#access, this.#host, this.#options.lockWays)
    await this.#lock?.release().catch(() => {})
    await this.#folder.close().catch(() => {})
    this.#folder = folder
    this.#lock = lock
    this.#shelf.forget()
    await this.#resume()
  }

  async #tidy(): Promise<void> {
    try {
      while (this.#untidy) {
        this.#untidy = false
        await this.#shelf.weighAll(this.#folder)
        await this.#inTurn('', 'write', () => this.#shelf.hold(this.#folder))
      }
    } catch (error) {
      // A disk that fails says so to whoever writes next.
      if (codeOf(error) === '') throw error
    }
  }

  #time(): string {
    return isoTime(this.#host.now())
  }

  async #ofBundle<T>(name: string, task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch (error) {
      if (name !== '' && codeOf(error) === 'ENOENT') {
        throw new SpoolError('ENOENT', `${this.path} has no bundle ${name}.`, error)
      }
      throw spoolError(`${this.path}/${name}: cannot be read`, error)
    }
  }
}

function nothingThere(error: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) throw error
  return undefined
}
