// One collection: all collectors for one exception, a few at a time. They write into a hidden sub-folder of its bundle, so
// that what they had said is still there when the machine dies under them; when all have ended it is named `collect`.

import { safeName, safeNames } from '../../node/bundles/names.ts'
import { writeSums } from '../../node/bundles/sums.ts'
import type { NamedBytes } from '../bundles/bundle.ts'
import { bundleFiles } from '../bundles/bundle.ts'
import { digestOf } from '../bundles/digest.ts'
import { isoTime } from '../bundles/files-of.ts'
import type { Folder } from '../bundles/folder.ts'
import { codeOf } from '../bundles/problem.ts'
import { writeFiles } from '../bundles/write.ts'
import type { Host, HostFile } from '../host.ts'
import { type Collector, commandOf } from './collector.ts'
import { type Outcome, runCollector } from './run.ts'

export const hiddenName = '.collect'
const indexName = 'index.json'

/** `collect/index.json` */
export interface CollectIndex {
  schema: 'faultline.collect/1'
  startedAt: string
  finishedAt: string
  collectors: Collected[]
  /** executables that were not run, and why */
  refused: { name: string; why: string }[]
  /** The agent ended in the middle; what had been printed until then is here. */
  interrupted?: true
}

export interface Collected extends Partial<Outcome> {
  /** as its author named it, whatever that is */
  name: string
  /** of its output, in this folder; absent where there was none */
  file?: string
  sizeBytes: number
  /** files that it left in its private folder */
  left?: string[]
}

export interface CollectLimits {
  timeoutMs: number
  /** of one collector's output */
  maxBytes: number
  /** of all together, with the files that they leave */
  maxTotalBytes: number
  concurrency: number
}

/** Files that one collector may leave behind. */
const MAX_LEFT_FILES = 64

export interface CollectionJob {
  bundle: Folder
  /** the bundle's path, for the collectors */
  path: string
  collectors: readonly Collector[]
  refused: CollectIndex['refused']
  limits: CollectLimits
  environment: Readonly<Record<string, string>>
  host: Host
  signal: AbortSignal
}

/** Runs them all; when this resolves, `collect` is in the bundle, durable. Throws as the file system does. */
export async function collect(job: CollectionJob): Promise<CollectIndex> {
  const { bundle, collectors, limits, host } = job
  const startedAt = isoTime(host.now())
  const folder = await bundle.makeFolder(hiddenName)
  try {
    const budget = { bytes: limits.maxTotalBytes }
    const names = safeNames(
      collectors.map(({ name }) => `${safeName(name)}.txt`),
      [indexName, bundleFiles.sums],
    )
    const done: Collected[] = []
    const waiting = collectors.map((collector, index) => ({ collector, index }))
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        done[next.index] = await runOne(job, folder, next.collector, names[next.index]!, budget)
      }
    }
    await Promise.all(Array.from({ length: Math.max(1, limits.concurrency) }, work))
    const interrupted = job.signal.aborted ? { interrupted: true as const } : {}
    const index = { startedAt, finishedAt: isoTime(host.now()), collectors: done, refused: job.refused, ...interrupted }
    return await finish(bundle, folder, { schema: 'faultline.collect/1', ...index })
  } finally {
    await folder.close()
  }
}

async function runOne(
  { path, limits, environment, signal }: CollectionJob,
  folder: Folder,
  collector: Collector,
  file: string,
  budget: { bytes: number },
): Promise<Collected> {
  const { name } = collector
  if (signal.aborted) return { name, sizeBytes: 0, interrupted: true }
  const work = `${file}.work`
  const output = await folder.create(file, new Uint8Array())
  let sizeBytes = 0
  try {
    const own = await folder.makeFolder(work, 0o700)
    try {
      const outcome = await runCollector(
        { command: commandOf(collector.run), folder: `${path}/${hiddenName}/${work}`, environment },
        { timeoutMs: limits.timeoutMs, maxBytes: limits.maxBytes },
        async bytes => {
          // Taken off before the write, since others are at it too.
          const fits = bytes.subarray(0, Math.max(0, budget.bytes))
          budget.bytes -= fits.length
          for (let done = 0; done < fits.length; ) done += await output.write(fits.subarray(done))
          sizeBytes += fits.length
          return fits.length
        },
        signal,
      )
      const left = await keepLeft(folder, own, file.replace(/\.txt$/, ''), limits.maxBytes, budget)
      return { name, file, sizeBytes, ...outcome, ...(left.length > 0 ? { left } : {}) }
    } finally {
      await own.close()
      await folder.remove(work).catch(() => {})
    }
  } catch (error) {
    if (codeOf(error) === '') throw error
    return { name, file, sizeBytes, problem: `its folder could not be made: ${codeOf(error)}` }
  } finally {
    await output.sync().catch(() => {})
    await output.close()
  }
}

/** Regular files in the private folder become files of the collection: no links, no folders, not more than fit. */
async function keepLeft(
  folder: Folder,
  own: Folder,
  prefix: string,
  maxBytes: number,
  budget: { bytes: number },
): Promise<string[]> {
  const kept: string[] = []
  const taken = await folder.list()
  for (const name of (await own.list()).sort().slice(0, MAX_LEFT_FILES)) {
    const { kind, sizeBytes } = await own.entry(name)
    if (kind !== 'file' || sizeBytes > maxBytes || sizeBytes > budget.bytes) continue
    const [target = ''] = safeNames([`${prefix}.${safeName(name)}`], [...taken, ...kept])
    // Copied, not moved: what was opened for writing by a process that still lives would change under its sum.
    const file = await folder.create(target, await own.read(name, maxBytes))
    await file.sync().finally(() => file.close())
    budget.bytes -= sizeBytes
    kept.push(target)
  }
  return kept
}

/** Index and sums, all of it durable, then its name. */
async function finish(bundle: Folder, folder: Folder, index: CollectIndex): Promise<CollectIndex> {
  const text: NamedBytes = { name: indexName, bytes: Buffer.from(`${JSON.stringify(index, undefined, 2)}\n`) }
  await folder.unlink(indexName)
  await folder.unlink(bundleFiles.sums)
  await writeFiles(folder, [text])
  const sums = new Map<string, string>()
  for (const name of await folder.list()) sums.set(name, await digestOf(folder, name))
  await writeFiles(folder, [{ name: bundleFiles.sums, bytes: Buffer.from(writeSums(sums)) }])
  await folder.sync()
  await bundle.rename(hiddenName, 'collect')
  await bundle.sync()
  return index
}

/** Gives what a killed agent's collection had so far its name; false where there is none. */
export async function finishCollection(bundle: Folder, now: number): Promise<boolean> {
  const names = await bundle.list()
  if (!names.includes(hiddenName)) return false
  if (names.includes('collect')) {
    await bundle.remove(hiddenName)
    return false
  }
  const folder = await bundle.folder(hiddenName)
  try {
    const collectors: Collected[] = []
    for (const name of (await folder.list()).sort()) {
      const { kind, sizeBytes } = await folder.entry(name)
      if (kind !== 'file') await folder.remove(name)
      else if (name !== indexName && name !== bundleFiles.sums) {
        await syncFile(await folder.openFile(name, 0))
        collectors.push({ name: name.replace(/\.txt$/, ''), file: name, sizeBytes, interrupted: true })
      }
    }
    const at = isoTime(now)
    const index = { startedAt: at, finishedAt: at, collectors, refused: [], interrupted: true as const }
    await finish(bundle, folder, { schema: 'faultline.collect/1', ...index })
    return true
  } finally {
    await folder.close()
  }
}

const syncFile = (file: HostFile): Promise<void> => file.sync().finally(() => file.close())
