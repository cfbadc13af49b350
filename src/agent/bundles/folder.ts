// A folder held open, and what is done in it. Every name is looked up from the open folder itself, as openat(2) does, so
// that nothing that others rename or link underneath can lead elsewhere; symbolic links are never followed.
// Node has no openat: /proc/self/fd/N names the open folder instead (proc_pid_fd(5)).

import { existsSync, constants as o } from 'node:fs'
import type { Entry, HostFile, HostFiles } from '../host.ts'
import { codeOf } from './problem.ts'

/** Read at once where a whole file is asked for; more is an error, since nothing of ours is so big. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024

/** The group may read: whoever runs the agent says by its group who that is. */
export const FOLDER_MODE = 0o750
const FILE_MODE = 0o640

const openFlags = o.O_RDONLY | o.O_DIRECTORY | o.O_NOFOLLOW
const createFlags = o.O_WRONLY | o.O_CREAT | o.O_EXCL | o.O_NOFOLLOW
/** O_NONBLOCK: a FIFO that someone put there must not hold us. */
const readFlags = o.O_RDONLY | o.O_NOFOLLOW | o.O_NONBLOCK

/** A board without /proc gets plain paths: then only the folder's own permissions protect what is in it. */
const descriptorsHaveNames = existsSync('/proc/self/fd')

export class Folder {
  /** as a person knows it; for messages */
  readonly path: string
  readonly #files: HostFiles
  readonly #handle: HostFile
  #closed = false

  private constructor(files: HostFiles, path: string, handle: HostFile) {
    this.#files = files
    this.path = path
    this.#handle = handle
  }

  /** Its last part must not be a symbolic link; throws as open(2). */
  static async open(files: HostFiles, path: string): Promise<Folder> {
    return new Folder(files, path, await files.open(path, openFlags))
  }

  async folder(name: string): Promise<Folder> {
    return new Folder(this.#files, `${this.path}/${name}`, await this.#files.open(this.#at(name), openFlags))
  }

  async makeFolder(name: string, mode = FOLDER_MODE): Promise<Folder> {
    await this.#files.mkdir(this.#at(name), mode)
    return this.folder(name)
  }

  /** A new file with these bytes, not yet durable: the one who called syncs and closes what is given back. */
  async create(name: string, bytes: Uint8Array): Promise<HostFile> {
    const file = await this.#files.open(this.#at(name), createFlags, FILE_MODE)
    try {
      for (let done = 0; done < bytes.length; ) {
        const wrote = await file.write(bytes.subarray(done))
        if (wrote <= 0) throw Object.assign(new Error(`${name}: nothing more could be written`), { code: 'EIO' })
        done += wrote
      }
    } catch (error) {
      await file.close().catch(() => {})
      throw error
    }
    return file
  }

  /** Opens with these flags, for locks and logs. */
  openFile(name: string, flags: number, mode = FILE_MODE): Promise<HostFile> {
    return this.#files.open(this.#at(name), flags | o.O_NOFOLLOW, mode)
  }

  /** The bytes in pieces; a piece is valid until the next is asked for. Only a regular file is read. */
  async *chunks(name: string, pieceBytes = 256 * 1024): AsyncGenerator<Uint8Array> {
    const file = await this.#files.open(this.#at(name), readFlags)
    try {
      const { kind } = await file.stat()
      if (kind !== 'file') throw Object.assign(new Error(`${this.path}/${name} is no regular file`), { code: 'EINVAL' })
      const piece = new Uint8Array(pieceBytes)
      for (;;) {
        const length = await file.read(piece, null)
        if (length === 0) return
        yield piece.subarray(0, length)
      }
    } finally {
      await file.close()
    }
  }

  async read(name: string, maxBytes = MAX_FILE_BYTES): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    let length = 0
    for await (const piece of this.chunks(name)) {
      length += piece.length
      if (length > maxBytes) {
        throw Object.assign(new Error(`${this.path}/${name} has more than ${maxBytes} bytes`), { code: 'EFBIG' })
      }
      pieces.push(piece.slice())
    }
    return Buffer.concat(pieces)
  }

  async list(): Promise<string[]> {
    return this.#files.readdir(this.#at('.'))
  }

  entry(name: string): Promise<Entry> {
    return this.#files.lstat(this.#at(name))
  }

  own(): Promise<Entry> {
    return this.#handle.stat()
  }

  rename(from: string, to: string): Promise<void> {
    return this.#files.rename(this.#at(from), this.#at(to))
  }

  async unlink(name: string): Promise<void> {
    await ifThere(this.#files.unlink(this.#at(name)))
  }

  /** Removes what has that name, with all below it; links are removed, not followed. Nothing there is fine. */
  async remove(name: string, depth = 0): Promise<void> {
    const entry = await ifThere(this.entry(name))
    if (entry === undefined) return
    if (entry.kind !== 'folder') return this.unlink(name)
    const inside = await ifThere(this.folder(name))
    if (inside === undefined) return
    try {
      // Deeper than anything we make: someone else's tree, whose files lie in our way.
      if (depth < 32) for (const each of await inside.list()) await inside.remove(each, depth + 1)
    } finally {
      await inside.close()
    }
    await ifThere(this.#files.rmdir(this.#at(name)))
  }

  /** Names that were made, renamed or removed in it are durable. */
  sync(): Promise<void> {
    return this.#handle.sync()
  }

  space(): Promise<{ freeBytes: number; totalBytes: number; freeInodes: number; totalInodes: number }> {
    return this.#files.statfs(this.#at('.'))
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#handle.close()
  }

  #at(name: string): string {
    if (name === '' || name === '..' || name.includes('/') || name.includes('\0')) {
      throw new Error(`${JSON.stringify(name)} is not the name of one thing in ${this.path}`)
    }
    // Its number may be another file's by now.
    if (this.#closed) throw Object.assign(new Error(`${this.path} is closed`), { code: 'EBADF' })
    const folder = descriptorsHaveNames ? `/proc/self/fd/${this.#handle.descriptor}` : this.path
    return `${folder}/${name}`
  }
}

async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
