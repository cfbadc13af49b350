// Bundles as one archive for transport, and back: a tar with each bundle's folder, and the symbols of the boots that they
// are of. What comes back was made by others: nothing of it is a path here before it has been looked at.

import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { createGzip, createZstdCompress } from 'node:zlib'
import { FormatError } from '../../core/bytes/cursor.ts'
import { TAR_BLOCK_BYTES, writeTarHeader } from '../../core/formats/tar.ts'
import type { Report } from '../../core/model.ts'
import { decompress } from '../../node/decompress.ts'
import { tarFiles } from '../../node/tar-files.ts'
import { parseSnapshotName } from '../symbols/store.ts'
import { bundleFiles, type NamedBytes, type Origin } from './bundle.ts'
import type { BundleCopy } from './copy.ts'
import type { Folder } from './folder.ts'
import { parseBundleName, safeName } from './names.ts'
import { isPart } from './read.ts'
import type { Spool } from './spool.ts'
import { parseSums, sha256 } from './sums.ts'

export type Packing = 'zst' | 'gz' | 'tar'

/** By the end of a file's name; undefined: it says none. */
export const packingOf = (file: string): Packing | undefined =>
  /\.(?:tar\.zst|tzst)$/.test(file)
    ? 'zst'
    : /\.(?:tar\.gz|tgz)$/.test(file)
      ? 'gz'
      : /\.tar$/.test(file)
        ? 'tar'
        : undefined

/** Snapshots in an archive stand below this name. */
export const symbolsFolder = 'symbols'

export interface PackedSnapshot {
  name: string
  folder: Folder
}

async function* tarOf(spool: Spool, names: readonly string[], snapshots: readonly PackedSnapshot[]) {
  for (const name of names) {
    const { files, at } = await spool.read(name)
    for (const { path } of files) yield* entry(`${name}/${path}`, await spool.bytes(name, path), at)
  }
  for (const { name, folder } of snapshots) {
    const at = parseSnapshotName(name)?.at ?? 0
    for (const file of (await folder.list()).sort()) {
      yield* entry(`${symbolsFolder}/${name}/${file}`, await folder.read(file), at)
    }
  }
  yield new Uint8Array(2 * TAR_BLOCK_BYTES)
}

function* entry(path: string, bytes: Uint8Array, atMs: number): Generator<Uint8Array> {
  yield writeTarHeader(path, bytes.length, atMs / 1000)
  yield bytes
  yield new Uint8Array((TAR_BLOCK_BYTES - (bytes.length % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES)
}

/** The archive as it comes. The order of its files is always the same. Throws SpoolError. */
export async function* packBundles(
  spool: Spool,
  names: readonly string[],
  snapshots: readonly PackedSnapshot[],
  packing: Packing,
): AsyncGenerator<Uint8Array> {
  const tar = tarOf(spool, names, snapshots)
  if (packing === 'tar') return yield* tar
  const stream = packing === 'zst' ? createZstdCompress() : createGzip({ level: 6 })
  let failed: unknown
  const feeding = (async () => {
    for await (const piece of tar) if (!stream.write(piece)) await once(stream, 'drain')
    stream.end()
  })().catch((error: unknown) => {
    failed = error
    stream.destroy()
  })
  try {
    for await (const piece of stream as Readable) yield piece as Uint8Array
  } catch (error) {
    if (failed === undefined) throw error
  }
  await feeding
  if (failed !== undefined) throw failed
}

/** Bounds of what an archive may unpack to: a bundle fits many times, a bomb does not. */
const MAX_FILE_BYTES = 256 * 1024 * 1024
const MAX_ENTRY_BYTES = 512 * 1024 * 1024
const MAX_FILES = 4096

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
export async function* unpackBundles(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Unpacked> {
  const refuse = (detail: string): never => {
    throw new FormatError(file, 0, detail)
  }
  const damaged = ({ offset, detail }: { offset: number; detail: string }): never => {
    throw new FormatError(file, offset, detail)
  }
  let group: Group | undefined
  for await (const { name, size, content } of tarFiles(file, decompress(chunks, damaged))) {
    const { folder, path } = placeOf(name) ?? refuse(`it holds ${JSON.stringify(name)}, which is no file of a bundle`)
    if (size > MAX_FILE_BYTES) refuse(`${name} has ${size} bytes`)
    if (group !== undefined && group.name !== folder) yield finish(group, refuse)
    if (group?.name !== folder) group = { name: folder, files: new Map(), bytes: 0 }
    group.bytes += size
    if (group.bytes > MAX_ENTRY_BYTES || group.files.size >= MAX_FILES) refuse(`${folder} is bigger than any bundle`)
    if (group.files.has(path)) refuse(`${name} is there twice`)
    const pieces: Uint8Array[] = []
    for await (const piece of content()) pieces.push(piece.slice())
    group.files.set(path, Buffer.concat(pieces))
  }
  if (group !== undefined) yield finish(group, refuse)
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
