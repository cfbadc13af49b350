// Reads a bundle and says what of it is not as it was written.

import type { Report } from '../../core/model.ts'
import { type BundleName, evidenceNumber, isEvidence, isPart, parseBundleName } from '../../node/bundles/names.ts'
import { parseSums, type Sums, sha256 } from '../../node/bundles/sums.ts'
import { bundleFiles, type Origin } from './bundle.ts'
import { digestOf } from './digest.ts'
import type { Folder } from './folder.ts'
import { codeOf } from './problem.ts'

export interface BundleProblem {
  /** below the bundle */
  path: string
  what: 'missing' | 'changed' | 'unlisted' | 'unreadable' | 'link' | 'no-sums' | 'malformed'
}

export interface BundleFile {
  /** below the bundle: 'excerpt.log', 'evidence-1-pstore/dmesg-ramoops-0' */
  path: string
  sizeBytes: number
}

export interface Bundle extends BundleName {
  /** as it was captured, or as the latest evidence completed it; undefined where it cannot be read */
  report: Report | undefined
  origin: Origin | undefined
  files: BundleFile[]
  /** sub-folders of evidence that came later, oldest first */
  evidence: string[]
  problems: BundleProblem[]
}

/** What is being written there, or was when its writer was killed. */
const isHidden = (name: string): boolean => name.startsWith('.')

/** Opens a bundle of the spool by its name; throws as open(2). */
export async function readBundle(spool: Folder, name: string): Promise<Bundle> {
  const named = parseBundleName(name)
  if (named === undefined) throw Object.assign(new Error(`${name} is no bundle's name`), { code: 'ENOENT' })
  const folder = await spool.folder(name)
  try {
    const problems: BundleProblem[] = []
    const files = await filesOf(folder, '', problems)
    const evidence = (await folder.list())
      .filter(each => isEvidence(each))
      .sort((a, b) => evidenceNumber(a) - evidenceNumber(b))
    const sums = await sumsIn(folder, '', problems)
    const own = await jsonIn<Report>(folder, bundleFiles.report, '', sums, problems)
    const origin = await jsonIn<Origin>(folder, bundleFiles.origin, '', sums, problems)
    const later = await latestReport(folder, evidence, problems)
    return { ...named, report: later ?? own, origin, files, evidence, problems }
  } finally {
    await folder.close()
  }
}

async function latestReport(
  folder: Folder,
  evidence: readonly string[],
  problems: BundleProblem[],
): Promise<Report | undefined> {
  for (const name of evidence.toReversed()) {
    const part = await openPart(folder, name, problems)
    if (part === undefined) continue
    try {
      if (!(await part.list()).includes(bundleFiles.report)) continue
      const sums = await sumsIn(part, `${name}/`, problems)
      const report = await jsonIn<Report>(part, bundleFiles.report, `${name}/`, sums, problems)
      if (report !== undefined) return report
    } finally {
      await part.close()
    }
  }
  return undefined
}

async function openPart(folder: Folder, name: string, problems: BundleProblem[]): Promise<Folder | undefined> {
  try {
    return await folder.folder(name)
  } catch (error) {
    problems.push({ path: name, what: whatOf(error) })
    return undefined
  }
}

const whatOf = (error: unknown): BundleProblem['what'] => {
  const code = codeOf(error)
  return code === 'ENOENT' ? 'missing' : code === 'ELOOP' || code === 'ENOTDIR' ? 'link' : 'unreadable'
}

async function sumsIn(folder: Folder, prefix: string, problems: BundleProblem[]): Promise<Sums | undefined> {
  const path = prefix + bundleFiles.sums
  try {
    const sums = parseSums(new TextDecoder().decode(await folder.read(bundleFiles.sums)))
    if (sums === undefined) problems.push({ path, what: 'malformed' })
    return sums
  } catch (error) {
    const what = whatOf(error)
    problems.push({ path, what: what === 'missing' ? 'no-sums' : what })
    return undefined
  }
}

/** The bytes of one file, and whether they are those that were written. */
async function checked(
  folder: Folder,
  name: string,
  prefix: string,
  sums: Sums | undefined,
  problems: BundleProblem[],
): Promise<Uint8Array | undefined> {
  const path = prefix + name
  try {
    const bytes = await folder.read(name)
    const expected = sums?.get(name)
    if (expected !== undefined && expected !== sha256(bytes)) problems.push({ path, what: 'changed' })
    return bytes
  } catch (error) {
    problems.push({ path, what: whatOf(error) })
    return undefined
  }
}

async function jsonIn<T extends object>(
  folder: Folder,
  name: string,
  prefix: string,
  sums: Sums | undefined,
  problems: BundleProblem[],
): Promise<T | undefined> {
  const bytes = await checked(folder, name, prefix, sums, problems)
  if (bytes === undefined) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as T
  } catch {
    // said below
  }
  problems.push({ path: prefix + name, what: 'malformed' })
  return undefined
}

async function filesOf(folder: Folder, prefix: string, problems: BundleProblem[]): Promise<BundleFile[]> {
  const files: BundleFile[] = []
  for (const name of (await folder.list()).sort()) {
    if (isHidden(name)) continue
    const path = prefix + name
    const { kind, sizeBytes } = await folder.entry(name)
    if (kind === 'file') files.push({ path, sizeBytes })
    else if (kind === 'folder' && prefix === '' && isPart(name)) {
      const part = await openPart(folder, name, problems)
      if (part === undefined) continue
      try {
        files.push(...(await filesOf(part, `${name}/`, problems)))
      } finally {
        await part.close()
      }
    } else problems.push({ path, what: kind === 'link' ? 'link' : 'unlisted' })
  }
  return files
}

/** Every file against the sums, and every sum against the files. */
export async function verifyBundle(spool: Folder, name: string): Promise<BundleProblem[]> {
  const folder = await spool.folder(name)
  try {
    const problems: BundleProblem[] = []
    await verifyFolder(folder, '', problems)
    return problems
  } finally {
    await folder.close()
  }
}

async function verifyFolder(folder: Folder, prefix: string, problems: BundleProblem[]): Promise<void> {
  const sums = await sumsIn(folder, prefix, problems)
  const names = (await folder.list()).filter(name => !isHidden(name) && name !== bundleFiles.sums)
  for (const name of names.sort()) {
    const path = prefix + name
    try {
      const { kind } = await folder.entry(name)
      if (kind === 'link') problems.push({ path, what: 'link' })
      else if (kind === 'folder' && prefix === '' && isPart(name)) {
        const part = await folder.folder(name)
        try {
          await verifyFolder(part, `${name}/`, problems)
        } finally {
          await part.close()
        }
      } else if (sums !== undefined && !sums.has(name)) problems.push({ path, what: 'unlisted' })
      else if (sums !== undefined && sums.get(name) !== (await digestOf(folder, name))) {
        problems.push({ path, what: 'changed' })
      }
    } catch (error) {
      problems.push({ path, what: whatOf(error) })
    }
  }
  for (const name of sums?.keys() ?? []) {
    if (!names.includes(name)) problems.push({ path: prefix + name, what: 'missing' })
  }
}
