// A file that the user dropped, read by ranges where it lies: only what is asked for comes into memory. In a worker only.

import { type ByteFile, checkRange } from '../../../core/bytes/byte-file.ts'

const PAGE_BYTES = 64 * 1024

/** Pages beyond this are forgotten, all at once. */
const MAX_PAGES = 512

export class BlobFile implements ByteFile {
  readonly name: string
  readonly #blob: Blob
  readonly #reader = new FileReaderSync()
  #pages = new Map<number, Uint8Array>()

  constructor(name: string, blob: Blob) {
    this.name = name
    this.#blob = blob
  }

  get size(): number {
    return this.#blob.size
  }

  async read(start: number, count: number): Promise<Uint8Array> {
    return this.readNow(start, count)
  }

  /** Each reading asks the browser's own process: small ones share a page. */
  readNow(start: number, count: number): Uint8Array {
    checkRange(this, start, count)
    const page = Math.floor(start / PAGE_BYTES)
    const first = page * PAGE_BYTES
    if (start + count > first + PAGE_BYTES) return this.#readBlob(start, start + count)
    let bytes = this.#pages.get(page)
    if (bytes === undefined) {
      if (this.#pages.size >= MAX_PAGES) this.#pages = new Map()
      bytes = this.#readBlob(first, Math.min(first + PAGE_BYTES, this.size))
      this.#pages.set(page, bytes)
    }
    return bytes.subarray(start - first, start - first + count)
  }

  #readBlob(start: number, end: number): Uint8Array {
    return new Uint8Array(this.#reader.readAsArrayBuffer(this.#blob.slice(start, end)))
  }
}
