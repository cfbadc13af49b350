// A section that is looked into at single places: names, range lists, addresses.

import type { Cursor } from '../../bytes/cursor.ts'
import type { SectionBytes } from '../elf/section-bytes.ts'

export interface Table {
  readonly length: number
  /** A cursor at `offset` with `count` bytes before it or all that there are; valid until the next call. */
  at(offset: number, count: number): Cursor
  /** A part of it as a table of its own. Throws FormatError where it is not in it. */
  part(start: number, count: number): Table
}

/** The whole section in memory. */
export class WholeTable implements Table {
  readonly #all: Cursor

  constructor(all: Cursor) {
    this.#all = all
  }

  get length(): number {
    return this.#all.length
  }

  at(offset: number): Cursor {
    return this.#all.seek(offset)
  }

  part(start: number, count: number): Table {
    return new WholeTable(this.#all.window(start, count))
  }
}

/** A lookup wants some dozen places of megabytes. */
const PAGE_BYTES = 4096

/** Who wants so many pages wants all. */
const MAX_PAGES = 512

/** Sections that are no larger are read at once. */
export const SMALL_BYTES = 16 * PAGE_BYTES

type ReadNow = NonNullable<SectionBytes['readNow']>

/** Read by pages as places are asked for; whole when they are many. */
export class PagedTable implements Table {
  readonly length: number
  readonly #readNow: ReadNow
  readonly #pages = new Map<number, Cursor>()
  #all: Cursor | undefined

  constructor(length: number, readNow: ReadNow) {
    this.length = length
    this.#readNow = readNow
  }

  at(offset: number, count: number): Cursor {
    if (this.#all !== undefined) return this.#all.seek(offset)
    const page = Math.floor(offset / PAGE_BYTES)
    const within = offset - page * PAGE_BYTES
    const end = Math.min(this.length, offset + count)
    if (!(offset >= 0 && offset <= this.length)) {
      throw this.#readNow(0, 0).error(`offset ${offset} is outside of ${this.length} bytes`)
    }
    // What goes over the end of a page is read for itself.
    if (end > (page + 1) * PAGE_BYTES) return this.#readNow(offset, end - offset)
    return this.#page(page).seek(within)
  }

  part(start: number, count: number): Table {
    this.#all ??= this.#readNow(0, this.length)
    return new WholeTable(this.#all.window(start, count))
  }

  #page(page: number): Cursor {
    const kept = this.#pages.get(page)
    if (kept !== undefined) return kept
    const start = page * PAGE_BYTES
    if (this.#pages.size >= MAX_PAGES) {
      this.#pages.clear()
      this.#all = this.#readNow(0, this.length)
      // The caller's place counts from its page.
      return this.#all.window(start, this.length - start)
    }
    const bytes = this.#readNow(start, Math.min(PAGE_BYTES, this.length - start))
    this.#pages.set(page, bytes)
    return bytes
  }
}

export async function openTable(bytes: SectionBytes): Promise<Table> {
  if (bytes.readNow !== undefined && bytes.size > SMALL_BYTES) {
    return new PagedTable(bytes.size, (start, count) => bytes.readNow!(start, count))
  }
  return new WholeTable(await bytes.read(0, bytes.size))
}
