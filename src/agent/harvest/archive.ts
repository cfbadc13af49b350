// What was collected, as it was: <data>/remains/<utc>-<store>-<digest>/ with a file for each log and index.json. It is
// written before an original is erased, it says what was seen before, and `faultline why-reboot` reads it.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDurablySync, syncPathSync, writeDurablySync } from '../../node/durable.ts'
import { makeFoldersSync } from '../../node/make-folders.ts'
import type { Remains, Remnant } from './store.ts'

export const archiveFolder = 'remains'
const indexName = 'index.json'
const seenName = 'seen'

/** Digests of what is no longer in the archive, so that an original that stays is not collected again. */
const MAX_SEEN = 4096

export interface ArchivedLog {
  name: string
  /** its file beside the index */
  file: string
  /** SHA-256 of the text, hex */
  digest: string
  by: 'kernel' | 'user'
  /** ISO 8601, where the store tells it */
  wall?: string
  bytes: number
  damage: string[]
  /** what the store tells of the event, and its boot */
  about?: string[]
  bootId?: string
  /** bundles that hold what it says, by name */
  bundles: string[]
}

export interface ArchiveIndex {
  schema: 'faultline.remains/1'
  store: string
  from: string
  harvestedAt: string
  /** of the boot that harvested it */
  bootId: string
  logs: ArchivedLog[]
}

export interface ArchiveEntry {
  folder: string
  index: ArchiveIndex
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** By which a log is known again, wherever it stands then; a record without one is known by what is said of it. */
export const digestOf = ({ text, about }: Pick<Remnant, 'text' | 'about'>): string =>
  sha256(text.length === 0 && about !== undefined ? Buffer.from(about.join('\n')) : text)

export class Archive {
  readonly folder: string
  private readonly entries: ArchiveEntry[]
  private readonly digests: Map<string, ArchiveIndex | undefined>

  /** A missing folder is an empty archive; it is made when something is written. */
  constructor(data: string) {
    this.folder = join(data, archiveFolder)
    this.entries = readEntries(this.folder)
    this.digests = new Map(readSeen(this.folder).map(digest => [digest, undefined]))
    for (const { index } of this.entries) for (const { digest } of index.logs) this.digests.set(digest, index)
  }

  /** the oldest first */
  get all(): readonly ArchiveEntry[] {
    return this.entries
  }

  knows(digest: string): boolean {
    return this.digests.has(digest)
  }

  /** The boot in which it was collected; undefined when that is forgotten, or it never was. */
  bootOf(digest: string): string | undefined {
    return this.digests.get(digest)?.bootId
  }

  /** Durable when it returns. Throws what Node throws. */
  keep(
    remains: Remains,
    logs: readonly { log: Remnant; bundles: readonly string[] }[],
    at: Date,
    bootId: string,
  ): void {
    const described = logs.map(({ log, bundles }, number): ArchivedLog => {
      const { name, by, damage, text, wallUs } = log
      const wall = wallUs === undefined || wallUs > 8.64e18 ? undefined : new Date(wallUs / 1000).toISOString()
      return {
        name,
        file: `${number}-${name.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 100)}`,
        digest: digestOf(log),
        by,
        ...(wall === undefined ? {} : { wall }),
        bytes: text.length,
        damage,
        ...(log.about === undefined ? {} : { about: log.about }),
        ...(log.bootId === undefined ? {} : { bootId: log.bootId }),
        bundles: [...bundles],
      }
    })
    const index: ArchiveIndex = {
      schema: 'faultline.remains/1',
      store: remains.store,
      from: remains.from,
      harvestedAt: at.toISOString(),
      bootId,
      logs: described,
    }
    const stamp = at.toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const name = `${stamp}-${remains.store}-${sha256(Buffer.from(JSON.stringify(described))).slice(0, 8)}`
    const hidden = join(this.folder, `.${name}.tmp`)
    makeFoldersSync(this.folder, 0o750)
    rmSync(hidden, { recursive: true, force: true })
    mkdirSync(hidden, { mode: 0o750 })
    for (const [number, { log }] of logs.entries()) {
      writeDurablySync(join(hidden, described[number]!.file), log.text)
      if (log.original) writeDurablySync(join(hidden, `${described[number]!.file}.original`), log.original)
    }
    writeDurablySync(join(hidden, indexName), Buffer.from(`${JSON.stringify(index, undefined, 2)}\n`))
    syncPathSync(hidden)
    const folder = join(this.folder, name)
    if (existsSync(folder)) rmSync(folder, { recursive: true })
    renameSync(hidden, folder)
    syncPathSync(this.folder)
    this.entries.push({ folder, index })
    for (const { digest } of described) this.digests.set(digest, index)
  }

  /** Removes the oldest until the rest has no more bytes than that; how many went. */
  trim(mostBytes: number): number {
    const sizes = this.entries.map(({ index }) => index.logs.reduce((sum, { bytes }) => sum + bytes, 0))
    let total = sizes.reduce((sum, size) => sum + size, 0)
    let gone = 0
    const forgotten: string[] = []
    while (total > mostBytes && this.entries.length > 1) {
      const { folder, index } = this.entries.shift()!
      forgotten.push(...index.logs.map(({ digest }) => digest))
      total -= sizes[gone]!
      gone++
      // First what is seen, then what is gone: in between it is merely known twice.
      writeSeen(this.folder, forgotten)
      rmSync(folder, { recursive: true, force: true })
    }
    return gone
  }
}

function readEntries(folder: string): ArchiveEntry[] {
  const found: ArchiveEntry[] = []
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    if (name.startsWith('.') || !existsSync(join(path, indexName))) continue
    const index = readIndex(join(path, indexName))
    if (index !== undefined) found.push({ folder: path, index })
  }
  return found
}

/** What cannot be read is empty: what is collected is then known by the bundles, and writing says what is wrong. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function readIndex(path: string): ArchiveIndex | undefined {
  try {
    const index = JSON.parse(readFileSync(path, 'utf8')) as Partial<ArchiveIndex>
    if (index.schema !== 'faultline.remains/1' || !Array.isArray(index.logs)) return undefined
    return index as ArchiveIndex
  } catch {
    return undefined
  }
}

function readSeen(folder: string): string[] {
  const path = join(folder, seenName)
  try {
    if (statSync(path).size > MAX_SEEN * 70) return []
    const lines = readFileSync(path, 'utf8').split('\n')
    return lines.filter(line => /^[0-9a-f]{64}$/.test(line))
  } catch {
    return []
  }
}

function writeSeen(folder: string, digests: readonly string[]): void {
  const all = [...new Set([...readSeen(folder), ...digests])].slice(-MAX_SEEN)
  replaceDurablySync(join(folder, seenName), Buffer.from(`${all.join('\n')}\n`))
}
