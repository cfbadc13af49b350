// How core asks for bytes: by ranges, from whoever has the file. Nothing here opens one.

import { say } from '../say.ts'
import { Cursor, FormatError } from './cursor.ts'

export interface ByteFile {
  /** as the user knows it; errors name it */
  readonly name: string
  readonly size: number
  /**
   * Exactly `count` bytes from `start`, not to be written to. A range that is not in the file is a FormatError; what the
   * disk or the network refuses is the host's own error.
   */
  read(start: number, count: number): Promise<Uint8Array>
  /** The same at once, where the host can: for single places all over a file. */
  readNow?(start: number, count: number): Uint8Array
}

/** Throws the FormatError of a range that is not in the file. */
export function checkRange(file: { name: string; size: number }, start: number, count: number): void {
  if (start >= 0 && count >= 0 && start + count <= file.size) return
  throw new FormatError(file.name, Math.max(0, start), say`needs ${count} bytes, has ${Math.max(0, file.size - start)}`)
}

/** Bytes at hand. */
export class MemoryFile implements ByteFile {
  readonly name: string
  readonly bytes: Uint8Array

  constructor(name: string, bytes: Uint8Array) {
    this.name = name
    this.bytes = bytes
  }

  get size(): number {
    return this.bytes.length
  }

  async read(start: number, count: number): Promise<Uint8Array> {
    return this.readNow(start, count)
  }

  readNow(start: number, count: number): Uint8Array {
    checkRange(this, start, count)
    return this.bytes.subarray(start, start + count)
  }
}

/** Bytes [start, start + size) of a file as a file. */
export class FilePart implements ByteFile {
  readonly name: string
  readonly size: number
  readonly #whole: ByteFile
  readonly #start: number

  constructor(name: string, whole: ByteFile, start: number, size: number) {
    checkRange(whole, start, size)
    this.name = name
    this.size = size
    this.#whole = whole
    this.#start = start
  }

  read(start: number, count: number): Promise<Uint8Array> {
    checkRange(this, start, count)
    return this.#whole.read(this.#start + start, count)
  }
}

/** Bytes [start, start + count) under a cursor that knows where in the file they stand. */
export async function readCursor(
  file: ByteFile,
  start: number,
  count: number,
  order: Cursor['order'],
  format: string,
): Promise<Cursor> {
  return new Cursor(format, await file.read(start, count), order, start)
}
