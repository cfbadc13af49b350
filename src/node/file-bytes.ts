// A file on disk as ranges of bytes. Reading is synchronous underneath: a range of a file in the page cache costs a few
// microseconds that way, ten times less than through a thread.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type ByteFile, checkRange } from '../core/bytes/byte-file.ts'
import { FormatError } from '../core/bytes/cursor.ts'
import { say } from '../core/say.ts'
import { inputError } from './files.ts'

export class FileBytes implements ByteFile {
  readonly name: string
  readonly size: number
  readonly #descriptor: number
  #open = true

  /** Opens it for reading. Throws InputError. */
  constructor(path: string) {
    this.name = path
    let descriptor: number | undefined
    try {
      descriptor = openSync(path, 'r')
      const stat = fstatSync(descriptor)
      if (stat.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
      this.size = stat.size
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor)
      throw inputError(path, error)
    }
    this.#descriptor = descriptor
  }

  async read(start: number, count: number): Promise<Uint8Array> {
    return this.readNow(start, count)
  }

  readNow(start: number, count: number): Uint8Array {
    checkRange(this, start, count)
    // Not cleared first, since all of it is read over; and not of the pool, since it is kept.
    const slow = Buffer.allocUnsafeSlow(count)
    const bytes = new Uint8Array(slow.buffer, slow.byteOffset, count)
    let at = 0
    while (at < count) {
      const read = this.#readAt(bytes, at, start + at)
      if (read === 0) throw new FormatError(this.name, start + at, say`needs ${count - at} bytes, has 0: it has shrunk`)
      at += read
    }
    return bytes
  }

  close(): void {
    if (this.#open) closeSync(this.#descriptor)
    this.#open = false
  }

  #readAt(bytes: Uint8Array, at: number, position: number): number {
    try {
      return readSync(this.#descriptor, bytes, at, bytes.length - at, position)
    } catch (error) {
      throw inputError(this.name, error)
    }
  }
}
