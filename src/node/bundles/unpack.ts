// Bundles out of an archive. It was made by others: nothing of it is a path here before it has been looked at.

import { FormatError } from '../../core/bytes/cursor.ts'
import type { Report } from '../../core/model.ts'
import { decompress } from '../decompress.ts'
import { tarFiles } from '../tar-files.ts'
import { type BundleCopy, bundleFiles, type NamedBytes, type Origin } from './bundle.ts'
import { isPart, parseBundleName, parseSnapshotName, safeName, symbolsFolder } from './names.ts'
import { parseSums, sha256 } from './sums.ts'

/** What an archive may unpack to. */
export interface UnpackLimits {
  fileBytes: number
  /** of one bundle */
  entryBytes: number
  /** in one bundle */
  files: number
  /** of the whole, with all that is passed over */
  archiveBytes: number
}

const MB = 1024 * 1024

/** A bundle fits many times, a bomb does not. */
export const importLimits: UnpackLimits = {
  fileBytes: 256 * MB,
  entryBytes: 512 * MB,
  files: 4096,
  archiveBytes: Number.POSITIVE_INFINITY,
}

/** It may be right, and it is more than is taken. */
export class ArchiveTooBig extends FormatError {}

export type Unpacked =
  | { what: 'bundle'; name: string; copy: BundleCopy }
  | { what: 'symbols'; name: string; files: NamedBytes[] }

/** Files of one folder of the archive, each by its path below it. */
interface Group {
  name: string
  files: Map<string, Uint8Array>
  bytes: number
}

/**
 * What an archive has, each whole and checked against its sums. Throws FormatError, which says what is wrong with it, and
 * nothing that came after is given.
 */
export async function* unpackBundles(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: UnpackLimits = importLimits,
): AsyncGenerator<Unpacked> {
  const refuse = (detail: string): never => {
    throw new FormatError(file, 0, detail)
  }
  const tooBig = (detail: string): never => {
    throw new ArchiveTooBig(file, 0, detail)
  }
  const damaged = ({ offset, detail }: { offset: number; detail: string }): never => {
    throw new FormatError(file, offset, detail)
  }
  let group: Group | undefined
  for await (const { name, size, content } of tarFiles(
    file,
    atMost(limits.archiveBytes, decompress(chunks, damaged), tooBig),
  )) {
    const { folder, path } = placeOf(name) ?? refuse(`it holds ${JSON.stringify(name)}, which is no file of a bundle`)
    if (size > limits.fileBytes) tooBig(`${name} has ${size} bytes; ${limits.fileBytes} are taken`)
    if (group !== undefined && group.name !== folder) yield finish(group, refuse)
    if (group?.name !== folder) group = { name: folder, files: new Map(), bytes: 0 }
    group.bytes += size
    if (group.bytes > limits.entryBytes || group.files.size >= limits.files)
      tooBig(`${folder} is bigger than any bundle`)
    if (group.files.has(path)) refuse(`${name} is there twice`)
    const pieces: Uint8Array[] = []
    for await (const piece of content()) pieces.push(piece.slice())
    group.files.set(path, Buffer.concat(pieces))
  }
  if (group !== undefined) yield finish(group, refuse)
}

async function* atMost(
  most: number,
  chunks: AsyncIterable<Uint8Array>,
  tooBig: (detail: string) => never,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > most) tooBig(`it unpacks to more than ${most} bytes`)
    yield chunk
  }
}

/** The folder that a file of an archive belongs to, and where in it: only names that we would have made ourselves. */
function placeOf(name: string): { folder: string; path: string } | undefined {
  const parts = name.replace(/^\.\//, '').split('/')
  const file = parts.at(-1)!
  if (file === '' || safeName(file) !== file) return undefined
  const [first = '', second = ''] = parts
  if (first === symbolsFolder) {
    return parts.length === 3 && parseSnapshotName(second) ? { folder: `${first}/${second}`, path: file } : undefined
  }
  if (parseBundleName(first) === undefined) return undefined
  if (parts.length === 2) return { folder: first, path: file }
  return parts.length === 3 && isPart(second) ? { folder: first, path: `${second}/${file}` } : undefined
}

function finish({ name, files }: Group, refuse: (detail: string) => never): Unpacked {
  const folders = new Map<string, NamedBytes[]>([['', []]])
  for (const [path, bytes] of files) {
    const [part, file] = path.includes('/') ? path.split('/') : ['', path]
    folders.set(part!, [...(folders.get(part!) ?? []), { name: file!, bytes }])
  }
  for (const [part, each] of folders) check(part === '' ? name : `${name}/${part}`, each, refuse)
  const own = folders.get('')!.filter(each => each.name !== bundleFiles.sums)
  if (name.startsWith(`${symbolsFolder}/`)) {
    return { what: 'symbols', name: name.slice(symbolsFolder.length + 1), files: own }
  }
  folders.delete('')
  const parts = [...folders].map(([part, each]) => ({
    name: part,
    files: each.filter(file => file.name !== bundleFiles.sums),
  }))
  const json = (file: string): unknown => {
    try {
      return JSON.parse(new TextDecoder().decode(own.find(each => each.name === file)?.bytes))
    } catch {
      return refuse(`${name}/${file} cannot be understood`)
    }
  }
  const report = json(bundleFiles.report) as Report
  const origin = json(bundleFiles.origin) as Origin
  if (typeof report?.kind !== 'string' || typeof origin?.capturedAt !== 'string') {
    refuse(`${name} has no report or no origin`)
  }
  const excerpt = own.find(each => each.name === bundleFiles.excerpt)?.bytes ?? new Uint8Array()
  return { what: 'bundle', name, copy: { draft: { report, origin, excerpt }, files: own, parts } }
}

/** Each file is listed with its sum, and each sum has its file. */
function check(folder: string, files: readonly NamedBytes[], refuse: (detail: string) => never): void {
  const listed = files.find(({ name }) => name === bundleFiles.sums)
  const sums = listed && parseSums(new TextDecoder().decode(listed.bytes))
  if (sums === undefined) refuse(`${folder} has no ${bundleFiles.sums}, or not one that can be understood`)
  for (const { name, bytes } of files) {
    if (name === bundleFiles.sums) continue
    if (!sums!.has(name)) refuse(`${folder}/${name} is not listed in ${bundleFiles.sums}`)
    if (sums!.get(name) !== sha256(bytes)) refuse(`${folder}/${name} is not as it was written`)
  }
  if (sums!.size !== files.length - 1) refuse(`${folder} lacks files that are listed in ${bundleFiles.sums}`)
}
