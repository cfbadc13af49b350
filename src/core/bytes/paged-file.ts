// A file read in pages that are kept: for small reads all over it.

import { type ByteFile, checkRange } from './byte-file.ts'
import { Cursor } from './cursor.ts'

const PAGE_BYTES = 16 * 1024

/** Pages reach so far into the next one, so that hardly anything goes over the end of one. */
const OVERLAP_BYTES = 2 * 1024

/** Pages beyond this are forgotten, all at once. */
const MAX_PAGES = 2048

export class PagedFile implements ByteFile {
  readonly name: string
  readonly size: number
  readonly #file: ByteFile
  #pages = new Map<number, Cursor>()

  constructor(file: ByteFile) {
    this.name = file.name
    this.size = file.size
    this.#file = file
  }

  /**
   * A cursor, little endian, that stands at a place of the file and ends with its page; undefined where that has to be
   * waited for. Valid until the next call.
   */
  cursorNow(start: number): Cursor | undefined {
    checkRange(this, start, 0)
    const page = Math.floor(start / PAGE_BYTES)
    const kept = this.#pages.get(page)
    if (kept !== undefined) return kept.seek(start - page * PAGE_BYTES)
    if (this.#file.readNow === undefined) return undefined
    const [first, count] = this.#rangeOf(page)
    return this.#keep(page, this.#file.readNow(first, count)).seek(start - first)
  }

  /** What is longer than a page; undefined where it has to be waited for. */
  longNow(start: number, count: number): Uint8Array | undefined {
    return this.#file.readNow?.(start, count)
  }

  /** Brings the page of a place. */
  async load(start: number): Promise<void> {
    const page = Math.floor(start / PAGE_BYTES)
    const [first, count] = this.#rangeOf(page)
    this.#keep(page, await this.#file.read(first, count))
  }

  async read(start: number, count: number): Promise<Uint8Array> {
    checkRange(this, start, count)
    const page = Math.floor(start / PAGE_BYTES)
    const from = start - page * PAGE_BYTES
    if (from + count > PAGE_BYTES + OVERLAP_BYTES) return this.#file.read(start, count)
    if (!this.#pages.has(page)) await this.load(start)
    return this.#pages.get(page)!.bytes.subarray(from, from + count)
  }

  #rangeOf(page: number): [number, number] {
    const first = page * PAGE_BYTES
    return [first, Math.min(PAGE_BYTES + OVERLAP_BYTES, this.size - first)]
  }

  #keep(page: number, bytes: Uint8Array): Cursor {
    if (this.#pages.size >= MAX_PAGES) this.#pages = new Map()
    const cursor = new Cursor(this.name, bytes, 'little', page * PAGE_BYTES)
    this.#pages.set(page, cursor)
    return cursor
  }
}
