// The logs of a command line: a file as it came, compressed or not, or standard input.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Terminal } from './terminal.ts'

/** One input, its bytes as they are read. */
export interface Input {
  chunks: AsyncIterable<Uint8Array>
  /** bytes read of the file so far, before decompression */
  position(): number
  /** size of the file, absent for pipes */
  sizeBytes?: number
}

const causes: Record<string, string> = {
  ENOENT: 'no such file. Is the name right, and the folder the one you mean?',
  ENOTDIR: 'a part of its path is not a folder. Is the name right?',
  EACCES: 'permission denied. Run as a user who may read it (kernel logs: root, or group adm or systemd-journal).',
  EPERM: 'not permitted. Run as root, or as a user who may read it.',
  EISDIR: 'is a directory. Name the files in it, for example DIR/*.log.',
  EMFILE: 'too many open files. Name fewer files, or raise `ulimit -n`.',
  EIO: 'the disk or device gave a read error. Its kernel log (dmesg) says which block; copy what is readable with ddrescue.',
  ENOSPC: 'no space left on the device. Free some, or choose another place.',
  EROFS: 'the file system is read-only. Choose another place.',
  EEXIST: 'is there already.',
}

/** "crash.log: cannot be read: no such file. …": what, where, what to do. */
export function describeFileError(name: string, error: unknown, what: 'read' | 'written' = 'read'): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const detail = causes[code] ?? (error instanceof Error ? error.message : String(error))
  return `${name}: cannot be ${what}: ${what === 'written' && code === 'ENOENT' ? 'its folder does not exist.' : detail}`
}

const magics = [
  { bytes: [0x1f, 0x8b], open: createGunzip },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], open: createZstdDecompress },
]

async function* decompressed(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = raw[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) return
  const head = first.value
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    yield head
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  }
  const format = magics.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte))
  if (format === undefined) yield* rest()
  else {
    const source = Readable.from(rest())
    const output = format.open()
    source.on('error', error => output.destroy(error))
    yield* source.pipe(output)
  }
}

/** A log could not be read, or not to its end; the message says it whole. */
export class UnreadableInput extends Error {}

/** Opens a log. "-" is standard input. Here and while its chunks are read, what fails is an UnreadableInput. */
export async function openInput(name: string, terminal: Terminal): Promise<Input> {
  const explained = (error: unknown): never => {
    throw new UnreadableInput(describeFileError(name, error))
  }
  let position = 0
  const read = async function* (source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        const bytes = chunk instanceof Uint8Array ? chunk : new TextEncoder().encode(String(chunk))
        position += bytes.length
        yield bytes
      }
    }
    const chunks = decompressed(counted())
    // Not `for await` inside `try`: what the caller throws at a chunk must pass through as it is.
    while (true) {
      const next = await chunks.next().catch(explained)
      if (next.done === true) return
      yield next.value
    }
  }
  if (name === '-') return { chunks: read(terminal.stdin), position: () => position }
  const status = await stat(name).catch(explained)
  if (status.isDirectory()) return explained(Object.assign(new Error('is a directory'), { code: 'EISDIR' }))
  const chunks = read(createReadStream(name, { highWaterMark: 1 << 20 }))
  return { chunks, position: () => position, ...(status.isFile() ? { sizeBytes: status.size } : {}) }
}
