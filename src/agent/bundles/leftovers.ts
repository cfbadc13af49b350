// What a killed writer left: a draft that has all is given its name, of a torn one its excerpt is saved, since after a
// crash there may be no other copy of it. Should the source bring the same records again, the spool knows them (known.ts).

import type { Report } from '../../core/model.ts'
import { bundleName } from '../../node/bundles/names.ts'
import { parseSums } from '../../node/bundles/sums.ts'
import { bundleFiles, type NamedBytes, type Origin } from './bundle.ts'
import { digestOf } from './digest.ts'
import type { Folder } from './folder.ts'
import { codeOf, SpoolError } from './problem.ts'
import { draftPrefix, writeFolder } from './write.ts'

export interface Leftovers {
  /** names of bundles that were complete and only lacked their name */
  completed: string[]
  /** names of bundles made from what a torn draft had */
  salvaged: string[]
  /** drafts without anything of use */
  dropped: number
}

/** Clears up after killed writers. `nextSequence` gives a new number each time; `now` is ISO 8601. */
export async function clearLeftovers(spool: Folder, nextSequence: () => number, now: string): Promise<Leftovers> {
  const leftovers: Leftovers = { completed: [], salvaged: [], dropped: 0 }
  for (const draft of (await spool.list()).filter(name => name.startsWith(draftPrefix))) {
    try {
      await clearDraft(spool, draft, nextSequence, now, leftovers)
    } catch (error) {
      // A draft that cannot be read stays for another day; the spool works without it.
      if (codeOf(error) === '' && !(error instanceof SpoolError)) throw error
    }
  }
  return leftovers
}

async function clearDraft(
  spool: Folder,
  draft: string,
  nextSequence: () => number,
  now: string,
  leftovers: Leftovers,
): Promise<void> {
  if ((await spool.entry(draft)).kind !== 'folder') {
    await spool.unlink(draft)
    leftovers.dropped++
    return
  }
  const folder = await spool.folder(draft)
  try {
    const { origin, report } = await whatIsThere(folder)
    if (origin !== undefined && report !== undefined && (await isComplete(folder))) {
      await syncAll(folder)
      const name = bundleName(Date.parse(origin.capturedAt), origin.bootId, nextSequence(), report.kind)
      await spool.rename(draft, name)
      await spool.sync()
      leftovers.completed.push(name)
      return
    }
    const files = await salvage(folder, origin, report, now)
    if (files === undefined) leftovers.dropped++
    else {
      const name = bundleName(Date.parse(files.capturedAt), origin?.bootId, nextSequence(), files.kind)
      await writeFolder(spool, name, files.files)
      leftovers.salvaged.push(name)
    }
  } finally {
    await folder.close()
  }
  await spool.remove(draft)
}

async function whatIsThere(folder: Folder): Promise<{ origin: Origin | undefined; report: Report | undefined }> {
  const [origin, report] = [
    await json<Origin>(folder, bundleFiles.origin),
    await json<Report>(folder, bundleFiles.report),
  ]
  return {
    origin: typeof origin?.capturedAt === 'string' && typeof origin.source === 'string' ? origin : undefined,
    report: typeof report?.kind === 'string' ? report : undefined,
  }
}

async function json<T>(folder: Folder, name: string): Promise<T | undefined> {
  try {
    return JSON.parse(new TextDecoder().decode(await folder.read(name))) as T
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) !== '') return undefined
    throw error
  }
}

/** It has its sums, and they hold. Its files may not be on the disk yet, only in memory: see syncAll. */
async function isComplete(folder: Folder): Promise<boolean> {
  const names = await folder.list()
  if (!names.includes(bundleFiles.sums)) return false
  const sums = parseSums(new TextDecoder().decode(await folder.read(bundleFiles.sums)))
  if (sums === undefined || sums.size === 0 || sums.size !== names.length - 1) return false
  for (const [name, digest] of sums) {
    if (!names.includes(name) || (await digestOf(folder, name)) !== digest) return false
  }
  return true
}

async function syncAll(folder: Folder): Promise<void> {
  for (const name of await folder.list()) {
    const file = await folder.openFile(name, 0)
    await file.sync().finally(() => file.close())
  }
  await folder.sync()
}

interface Salvaged {
  files: NamedBytes[]
  capturedAt: string
  kind: string
}

/** A bundle of what there is of the excerpt; undefined where there is nothing of it. */
async function salvage(
  folder: Folder,
  origin: Origin | undefined,
  report: Report | undefined,
  now: string,
): Promise<Salvaged | undefined> {
  const names = await folder.list()
  if (!names.includes(bundleFiles.excerpt)) return undefined
  const excerpt = await folder.read(bundleFiles.excerpt)
  // Loaded late: an agent that was not killed does not wait for it.
  const read = report ?? (await import('../../core/decoder.ts')).decodeBytes(excerpt)[0]
  if (read === undefined) return undefined
  const lacking = [bundleFiles.origin, bundleFiles.report, bundleFiles.context, bundleFiles.sums].filter(
    name => !names.includes(name),
  )
  const whole: Origin = {
    ...(origin ?? {
      schema: 'faultline.origin/1',
      source: 'unknown',
      host: 'unknown',
      lost: 0,
      capturedAt: now,
      endedBy: 'input',
      agent: { version: 'unknown' },
    }),
    writtenAt: now,
    salvaged: `the writer was stopped${lacking.length > 0 ? `; it had not written ${lacking.join(', ')}` : ''}`,
  }
  const text = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)
  const files = [
    { name: bundleFiles.origin, bytes: text(whole) },
    { name: bundleFiles.excerpt, bytes: excerpt },
    { name: bundleFiles.report, bytes: text(read) },
  ]
  for (const name of names) {
    if ([...files.map(each => each.name), bundleFiles.sums as string].includes(name)) continue
    if ((await folder.entry(name)).kind === 'file') files.push({ name: name as never, bytes: await folder.read(name) })
  }
  return { files, capturedAt: whole.capturedAt, kind: read.kind }
}
