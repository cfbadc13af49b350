// A file read in pages that are kept: for small reads all over it.

import { type ByteFile, checkRange } from './byte-file.ts'

const PAGE_BYTES = 16 * 1024

/** Pages beyond this are forgotten, all at once. */
const MAX_PAGES = 2048

export class PagedFile implements ByteFile {
  readonly name: string
  readonly size: number
  readonly #file: ByteFile
  #pages = new Map<number, Uint8Array>()

  constructor(file: ByteFile) {
    this.name = file.name
    this.size = file.size
    this.#file = file
  }

  /** The bytes if their page is at hand, without waiting. */
  peek(start: number, count: number): Uint8Array | undefined {
    const page = Math.floor(start / PAGE_BYTES)
    const from = start - page * PAGE_BYTES
    const bytes = this.#pages.get(page)
    return bytes !== undefined && from + count <= bytes.length ? bytes.subarray(from, from + count) : undefined
  }

  async read(start: number, count: number): Promise<Uint8Array> {
    const kept = this.peek(start, count)
    if (kept !== undefined) return kept
    checkRange(this, start, count)
    const page = Math.floor(start / PAGE_BYTES)
    const first = page * PAGE_BYTES
    // What goes over the end of a page is read for itself.
    if (start + count > first + PAGE_BYTES) return this.#file.read(start, count)
    if (this.#pages.size >= MAX_PAGES) this.#pages = new Map()
    const bytes = await this.#file.read(first, Math.min(PAGE_BYTES, this.size - first))
    this.#pages.set(page, bytes)
    return bytes.subarray(start - first, start - first + count)
  }
}
