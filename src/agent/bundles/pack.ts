// Bundles as one archive for transport: a tar with each bundle's folder, and the symbols of the boots that they are of.
// Back again: node/bundles/unpack.ts.

import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { createGzip, createZstdCompress } from 'node:zlib'
import { TAR_BLOCK_BYTES, writeTarHeader } from '../../core/formats/tar.ts'
import { parseSnapshotName, symbolsFolder } from '../../node/bundles/names.ts'
import type { Folder } from './folder.ts'
import type { Spool } from './spool.ts'

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
