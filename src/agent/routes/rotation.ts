// Rotation by number: log → log.1 → log.2.gz → …, the oldest removed. Names as logrotate(8) gives them.

import { createReadStream, createWriteStream } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'
import type { RouteHost } from './host.ts'

export interface RotationRules {
  /** rotated files kept beside the one written to */
  keep: number
  compress: 'gzip' | 'zstd' | 'no'
}

const suffixes = { gzip: '.gz', zstd: '.zst', no: '' } as const
const compressors = { gzip: () => createGzip(), zstd: () => createZstdCompress() } as const
const DRAFT = '.compressing'

interface Rotated {
  name: string
  number: number
  suffix: string
}

/**
 * Moves the file aside and those before it one on. A stop in between leaves a gap in the numbers, nothing else: every
 * step is one rename, begun with the oldest. The compression of the one moved aside goes on after this returns.
 */
export async function rotate(path: string, rules: RotationRules, host: RouteHost): Promise<void> {
  const folder = dirname(path)
  const { files } = host
  // A compression under way works by names that are about to change.
  await busy.get(path)
  for (const { name, number, suffix } of await rotatedFiles(path, host)) {
    if (suffix.endsWith(DRAFT) || number >= rules.keep) await files.unlink(join(folder, name))
    else await files.rename(join(folder, name), `${path}.${number + 1}${suffix}`)
  }
  if (rules.keep === 0) await files.unlink(path)
  else await files.rename(path, `${path}.1`)
  if (rules.compress !== 'no') void compressRotated(path, rules.compress, host)
}

/** The highest number, the oldest, first: so that no rename meets a name that is taken. */
async function rotatedFiles(path: string, host: RouteHost): Promise<Rotated[]> {
  const prefix = `${basename(path)}.`
  const names = await host.files.readdir(dirname(path))
  const found = names.flatMap((name): Rotated[] => {
    if (!name.startsWith(prefix)) return []
    const match = /^(?<number>[1-9]\d{0,5})(?<suffix>(?:\.gz|\.zst)?(?:\.compressing)?)$/.exec(
      name.slice(prefix.length),
    )
    return match === null ? [] : [{ name, number: Number(match.groups!['number']), suffix: match.groups!['suffix']! }]
  })
  return found.sort((a, b) => b.number - a.number)
}

const busy = new Map<string, Promise<void>>()

/** Compresses the rotated files that are not yet, also those left by a stop; one at a time for a log. */
function compressRotated(path: string, how: 'gzip' | 'zstd', host: RouteHost): Promise<void> {
  const work = (busy.get(path) ?? Promise.resolve()).then(async () => {
    for (const { name, suffix } of await rotatedFiles(path, host)) {
      if (suffix === '') await compressFile(join(dirname(path), name), how, host)
    }
  })
  // What could not be compressed stays as it is and is tried again with the next rotation.
  const done = work.catch((error: unknown) => {
    host.tell(`${path}: a rotated file could not be compressed: ${error instanceof Error ? error.message : error}`)
  })
  busy.set(path, done)
  return done.finally(() => {
    if (busy.get(path) === done) busy.delete(path)
  })
}

async function compressFile(from: string, how: 'gzip' | 'zstd', host: RouteHost): Promise<void> {
  const { files } = host
  const before = await files.stat(from)
  const draft = `${from}${suffixes[how]}${DRAFT}`
  await pipeline(
    createReadStream(from),
    compressors[how](),
    createWriteStream(draft, { flags: 'wx', mode: before.mode & 0o777, flush: true }),
  )
  await files.chown(draft, before.uid, before.gid).catch(() => {})
  await files.rename(draft, `${from}${suffixes[how]}`)
  await files.unlink(from)
}

/** Waits for compressions under way: tests, and an orderly end. */
export async function compressionsDone(): Promise<void> {
  await Promise.all(busy.values())
}
