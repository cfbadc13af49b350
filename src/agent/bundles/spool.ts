// The folder in which bundles are kept: one writer, any number of readers.

import { dirname } from 'node:path'
import { type Host, nodeHost } from '../host.ts'
import { bundleFiles, type Draft, type Evidence, type NamedBytes, type Origin } from './bundle.ts'
import { Folder } from './folder.ts'
import { type Lock, type LockWay, takeLock } from './lock.ts'
import { type BundleName, bundleName, parseBundleName, safeName, safeNames } from './names.ts'
import { codeOf, SpoolError, spoolError } from './problem.ts'
import { type Bundle, type BundleProblem, evidenceNumber, readBundle, verifyBundle } from './read.ts'
import { sumsOf, writeFolder } from './write.ts'

export interface SpoolOptions {
  /** takes no lock, writes nothing, and a spool that is not there is an error */
  readOnly?: boolean
  host?: Host
  /** for tests */
  lockWays?: readonly LockWay[]
}

/** A name in the spool that another has taken is passed by so often. */
const MAX_NAME_TRIES = 16

const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)

export class Spool {
  readonly path: string
  readonly #host: Host
  readonly #options: SpoolOptions
  #folder: Folder
  #lock: Lock | undefined
  #lastSequence: number
  /** one write after the other: each name depends on the last */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(path: string, options: SpoolOptions, opened: Opened) {
    this.path = path
    this.#host = options.host ?? nodeHost
    this.#options = options
    this.#folder = opened.folder
    this.#lock = opened.lock
    this.#lastSequence = opened.lastSequence
  }

  /** The folder is made where it is not there. Throws SpoolError: HELD where another writes to it, or errno's name. */
  static async open(path: string, options: SpoolOptions = {}): Promise<Spool> {
    try {
      return new Spool(path, options, await openSpool(path, options))
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
  async read(name: string): Promise<Bundle> {
    try {
      return await readBundle(this.#folder, name)
    } catch (error) {
      throw this.#ofBundle(name, error)
    }
  }

  /** The bytes of one file of a bundle, by its path below it as `Bundle.files` has it. Throws SpoolError. */
  async bytes(name: string, path: string): Promise<Uint8Array> {
    const parts = path.split('/')
    const file = parts.pop()!
    try {
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
    } catch (error) {
      throw this.#ofBundle(`${name}/${path}`, error)
    }
  }

  /** What is not as it was written; [] where all is. Throws SpoolError where there is no such bundle. */
  async verify(name: string): Promise<BundleProblem[]> {
    try {
      return await verifyBundle(this.#folder, name)
    } catch (error) {
      throw this.#ofBundle(name, error)
    }
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
   * records before; when it throws (SpoolError) there is no bundle. Calls may overlap; they are done in their order.
   */
  write(draft: Draft): Promise<{ name: string; path: string }> {
    return this.#inTurn('the bundle cannot be written', () => this.#write(draft))
  }

  /** Adds evidence to a bundle, whole or not at all; the same evidence twice is kept once. Gives its folder's path. */
  attach(name: string, evidence: Evidence): Promise<{ path: string }> {
    return this.#inTurn(`${name}: the evidence cannot be added`, () => this.#attach(name, evidence))
  }

  async close(): Promise<void> {
    await this.#turn
    await this.#lock?.release()
    await this.#folder.close()
  }

  async #write(draft: Draft): Promise<{ name: string; path: string }> {
    const files = filesOf(draft, this.#writtenAt())
    const at = Date.parse(draft.origin.capturedAt)
    for (let count = 1; ; count++) {
      const sequence = this.#lastSequence + count
      const name = bundleName(at, draft.origin.bootId, sequence, draft.report.kind)
      try {
        await writeFolder(this.#folder, name, files)
        this.#lastSequence = sequence
        return { name, path: `${this.path}/${name}` }
      } catch (error) {
        // rename(2): something has that name, a folder with content, a file or a link.
        const taken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error))
        if (!taken || count >= MAX_NAME_TRIES) throw error
      }
    }
  }

  async #attach(name: string, { label, files, report, origin }: Evidence): Promise<{ path: string }> {
    if (parseBundleName(name) === undefined) throw new SpoolError('ENOENT', `${name} is no bundle of ${this.path}.`)
    const folder = await this.#folder.folder(name)
    try {
      const all: NamedBytes[] = []
      if (report !== undefined) all.push({ name: bundleFiles.report, bytes: json(report) })
      if (origin !== undefined) all.push({ name: bundleFiles.origin, bytes: json(originOf(origin, this.#writtenAt())) })
      all.push(...named(files, fixedNames))
      const there = (await folder.list()).filter(each => !Number.isNaN(evidenceNumber(each)))
      const same = await sameEvidence(folder, there, files.length > 0 ? named(files, fixedNames) : all)
      if (same !== undefined) return { path: `${this.path}/${name}/${same}` }
      const number = Math.max(0, ...there.map(evidenceNumber)) + 1
      const part = `evidence-${number}-${safeName(label)}`
      await writeFolder(folder, part, all)
      return { path: `${this.path}/${name}/${part}` }
    } finally {
      await folder.close()
    }
  }

  #inTurn<T>(what: string, task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(async () => {
      if (this.#options.readOnly) throw new SpoolError('EROFS', `${this.path} was opened for reading only.`)
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
    const [ours, there] = await Promise.all([this.#folder.own(), files.lstat(this.path).catch(() => undefined)])
    const same = there !== undefined && there.inode === ours.inode && there.device === ours.device
    if (same && (await this.#lock?.held()) !== false) return
    const opened = await openSpool(this.path, this.#options)
    await this.#lock?.release().catch(() => {})
    await this.#folder.close().catch(() => {})
    this.#folder = opened.folder
    this.#lock = opened.lock
    this.#lastSequence = Math.max(this.#lastSequence, opened.lastSequence)
  }

  #writtenAt(): string {
    return isoTime(this.#host.now())
  }

  #ofBundle(name: string, error: unknown): SpoolError {
    if (codeOf(error) === 'ENOENT') return new SpoolError('ENOENT', `${this.path} has no bundle ${name}.`, error)
    return spoolError(`${this.path}/${name}: cannot be read`, error)
  }
}

interface Opened {
  folder: Folder
  lock: Lock | undefined
  lastSequence: number
}

async function openSpool(path: string, { readOnly, host = nodeHost, lockWays }: SpoolOptions): Promise<Opened> {
  if (!readOnly) await makeFolders(host, path)
  const folder = await Folder.open(host.files, path)
  try {
    const { mode, owner } = await folder.own()
    const us = process.geteuid?.()
    if (!readOnly && (mode & 0o002) !== 0) {
      throw new SpoolError('INSECURE', `${path} can be written by everyone. Run: chmod o-w ${path}`)
    }
    if (!readOnly && us === 0 && owner !== 0) {
      throw new SpoolError('INSECURE', `${path} belongs to user ${owner}, not to root. Run: chown root ${path}`)
    }
    const lock = readOnly ? undefined : await takeLock(folder, undefined, lockWays)
    const lastSequence = Math.max(0, ...bundleNames(await folder.list()).map(({ sequence }) => sequence))
    return { folder, lock, lastSequence }
  } catch (error) {
    await folder.close()
    throw error
  }
}

/** mkdir -p, each made folder durable in the one above. */
async function makeFolders({ files }: Host, path: string): Promise<void> {
  try {
    await files.mkdir(path, 0o700)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolders({ files } as Host, dirname(path))
    return makeFolders({ files } as Host, path)
  }
  const above = await Folder.open(files, dirname(path)).catch(() => undefined)
  await above?.sync().finally(() => above.close())
}

const bundleNames = (names: readonly string[]): BundleName[] =>
  names
    .map(parseBundleName)
    .filter(each => each !== undefined)
    .sort((a, b) => a.sequence - b.sequence || (a.name < b.name ? -1 : 1))

/** The names that a bundle's own files have. */
const fixedNames: readonly string[] = [...Object.values(bundleFiles), 'collect']

function named(files: readonly NamedBytes[], taken: readonly string[]): NamedBytes[] {
  const names = safeNames(
    files.map(({ name }) => name),
    taken,
  )
  return files.map(({ bytes }, index) => ({ name: names[index]!, bytes }))
}

const isoTime = (ms: number): string => new Date(Math.abs(ms) <= 8.64e15 ? ms : 0).toISOString()

const originOf = (origin: Draft['origin'], writtenAt: string): Origin => ({
  schema: 'faultline.origin/1',
  ...origin,
  writtenAt,
})

function filesOf({ report, excerpt, context, origin, files = [] }: Draft, writtenAt: string): NamedBytes[] {
  return [
    { name: bundleFiles.origin, bytes: json(originOf(origin, writtenAt)) },
    { name: bundleFiles.excerpt, bytes: excerpt },
    { name: bundleFiles.report, bytes: json(report) },
    ...(context === undefined ? [] : [{ name: bundleFiles.context, bytes: context }]),
    ...named(files, fixedNames),
  ]
}

/** Evidence that is there already with these files in it: its writer was stopped before it could say so. */
async function sameEvidence(
  folder: Folder,
  there: readonly string[],
  files: readonly NamedBytes[],
): Promise<string | undefined> {
  const wanted = sumsOf(files).split('\n')
  for (const name of there) {
    const part = await folder.folder(name)
    try {
      const lines = new Set(new TextDecoder().decode(await part.read(bundleFiles.sums)).split('\n'))
      if (wanted.every(line => lines.has(line))) return name
    } catch (error) {
      if (codeOf(error) === '') throw error
    } finally {
      await part.close()
    }
  }
  return undefined
}
