// An image as the user names it: a file, a packed file, a device, standard input, or pstore's folder.

import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type ByteFile, MemoryFile } from '../core/bytes/byte-file.ts'
import { inflateRecord, MAX_LOG_BYTES, type RecoveredLog, type RecoverHost } from '../core/formats/recovered-log.ts'
import { FileBytes } from './file-bytes.ts'
import { type Input, InputError, inputError } from './files.ts'

/** What is no plain file is taken into memory; more is refused. */
export const MAX_MEMORY_BYTES = 1024 * 1024 * 1024

export interface OpenImage {
  file: ByteFile
  /** what was wrong with the archive that it came in */
  damage: string[]
  close(): void
}

/** Opens an image; `open` gives what is no plain file as a stream. Throws InputError. */
export async function openImage(path: string, open: (path: string) => Promise<Input>): Promise<OpenImage> {
  if (path !== '-' && isPlain(path)) {
    const file = new FileBytes(path)
    return { file, damage: [], close: () => file.close() }
  }
  const input = await open(path)
  const pieces: Buffer[] = []
  let length = 0
  for await (const chunk of input.chunks) {
    length += chunk.length
    if (length > MAX_MEMORY_BYTES) {
      await input.close()
      const limit = `${MAX_MEMORY_BYTES / 1024 / 1024} MiB`
      throw new InputError('unreadable', path, `more than ${limit} in a stream; unpack or copy it into a file first`)
    }
    pieces.push(Buffer.from(chunk))
  }
  const damage = input.damage.map(({ format, offset, detail }) => `${format} data at byte ${offset}: ${detail}`)
  return { file: new MemoryFile(path, new Uint8Array(Buffer.concat(pieces))), damage, close: () => {} }
}

/** gzip, xz, zstd, bzip2 and the two of lz4 */
const archives = ['1f8b', 'fd377a58', '28b52ffd', '425a68', '04224d18', '02214c18']

function isPlain(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false
    const head = Buffer.alloc(6)
    const descriptor = openSync(path, 'r')
    try {
      readSync(descriptor, head, 0, head.length, 0)
    } finally {
      closeSync(descriptor)
    }
    return !archives.some(magic => head.toString('hex').startsWith(magic))
  } catch (error) {
    throw inputError(path, error)
  }
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

// fs/pstore/inode.c, pstore_mkfile(): the kernel could not unpack what ends in .enc.z
const packedName = /\.enc\.z$/

/** The files of /sys/fs/pstore or of a copy of it. Throws InputError. */
export async function readPstoreFolder(folder: string, host: RecoverHost): Promise<RecoveredLog[]> {
  const logs: RecoveredLog[] = []
  try {
    const names = readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ name }) => name)
      .sort()
    for (const name of names) {
      const path = join(folder, name)
      const { size, mtimeMs } = statSync(path)
      if (size > MAX_LOG_BYTES) continue
      const bytes = new Uint8Array(readFileSync(path))
      const inflated = packedName.test(name) ? await inflateRecord(bytes, host) : { bytes }
      const by = name.startsWith('pmsg-') ? ('user' as const) : ('kernel' as const)
      const damage = inflated.damage === undefined ? [] : [inflated.damage]
      logs.push({ name, by, offset: 0, wallUs: Math.round(mtimeMs * 1000), text: inflated.bytes, damage })
    }
  } catch (error) {
    throw inputError(folder, error)
  }
  return logs
}
