// Inputs as streams of bytes: a path or standard input, opened with a clear word where that fails.

import { type FileHandle, open } from 'node:fs/promises'
import type { ArchiveDamage } from '../core/formats/stream-decoder.ts'
import { decompress } from './decompress.ts'

/** So much is read at once, into one buffer that is reused. */
const READ_BYTES = 512 * 1024

export type InputProblem = 'missing' | 'directory' | 'permission' | 'unreadable'

/** An input that cannot be read: what, where, what to do. */
export class InputError extends Error {
  readonly problem: InputProblem
  readonly path: string

  constructor(problem: InputProblem, path: string, detail: string, options?: ErrorOptions) {
    super(`${path}: ${detail}`, options)
    this.name = 'InputError'
    this.problem = problem
    this.path = path
  }
}

export interface Input {
  /** as given by the caller; '-' is standard input */
  name: string
  /** of the file as it is stored; absent for pipes */
  sizeBytes?: number
  /** Its bytes, decompressed where their content says so. A chunk is valid until the next is asked for. */
  chunks: AsyncIterable<Uint8Array>
  /** what was wrong with the archive, as far as it was read */
  damage: ArchiveDamage[]
  /** bytes read so far, as stored; for progress */
  readonly bytesRead: number
  /** Ends the reading early; not needed when all chunks were taken. */
  close(): Promise<void>
}

/** Opens a file, or standard input for '-'. Throws InputError. */
export async function openInput(path: string): Promise<Input> {
  return path === '-' ? inputOf(path, standardInput(), undefined) : openFile(path)
}

async function openFile(path: string): Promise<Input> {
  let file: FileHandle
  try {
    file = await open(path)
  } catch (error) {
    throw inputError(path, error)
  }
  const stat = await file.stat()
  if (stat.isDirectory()) {
    await file.close()
    throw new InputError('directory', path, 'is a directory; name the files in it')
  }
  return inputOf(
    path,
    { chunks: fileChunks(file, path), close: () => file.close() },
    stat.isFile() ? stat.size : undefined,
  )
}

interface Source {
  chunks: AsyncIterable<Uint8Array>
  close(): Promise<void>
}

function inputOf(name: string, source: Source, sizeBytes: number | undefined): Input {
  const damage: ArchiveDamage[] = []
  let bytesRead = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.chunks) {
      bytesRead += chunk.length
      yield chunk
    }
  }
  return {
    name,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    chunks: decompress(counted(), note => damage.push(note)),
    damage,
    get bytesRead() {
      return bytesRead
    },
    close: source.close,
  }
}

async function* fileChunks(file: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(READ_BYTES)
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } catch (error) {
    throw inputError(path, error)
  } finally {
    await file.close()
  }
}

function standardInput(): Source {
  return {
    chunks: process.stdin,
    close: async () => {
      process.stdin.destroy()
    },
  }
}

export function inputError(path: string, error: unknown): unknown {
  if (error instanceof InputError || !(error instanceof Error)) return error
  const code = (error as NodeJS.ErrnoException).code
  switch (code) {
    case 'ENOENT':
      return new InputError('missing', path, 'no such file; check the name and the folder', { cause: error })
    case 'ENOTDIR':
      return new InputError('missing', path, 'a part of the path is not a folder; check it', { cause: error })
    case 'EISDIR':
      return new InputError('directory', path, 'is a directory; name the files in it', { cause: error })
    case 'EACCES':
    case 'EPERM':
      return new InputError('permission', path, 'no permission to read it; run as a user who may', { cause: error })
  }
  return code === undefined
    ? error
    : new InputError('unreadable', path, `cannot be read (${code}); check the disk and the file system`, {
        cause: error,
      })
}
