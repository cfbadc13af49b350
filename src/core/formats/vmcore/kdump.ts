// kdump-compressed dumps: makedumpfile's diskdump_mod.h, struct disk_dump_header, kdump_sub_header and page_desc. Memory
// page by page, each packed by itself; bits say which pages are there.

import { type ByteFile, readCursor } from '../../bytes/byte-file.ts'
import { type ByteOrder, type Cursor, FormatError } from '../../bytes/cursor.ts'
import { decodeLzo1x } from '../lzo.ts'
import type { RecoverHost } from '../recovered-log.ts'
import { type MemoryDump, type MemoryRange, machines } from './dump.ts'
import { textOf } from './elf-core.ts'
import { decodeSnappy } from './snappy.ts'

const SIGNATURES = ['KDUMP   ', 'DISKDUMP']

export const isKdump = (head: Uint8Array): boolean =>
  SIGNATURES.some(signature => [...signature].every((letter, index) => head[index] === letter.charCodeAt(0)))

const UTSNAME_BYTES = 65
const PAGE_HEADER_BYTES = 24
/** A bit for each page of 16 TiB. */
const MAX_BITMAP_BYTES = 1024 * 1024 * 1024
const MAX_PAGE_BYTES = 1024 * 1024
/** Unpacked pages that are kept, as readers come back to them. */
const KEPT_PAGES = 64

/** flags of struct page_desc */
const packings = { zlib: 0x1, lzo: 0x2, snappy: 0x4, zstd: 0x20 } as const

interface Header {
  order: ByteOrder
  wordBytes: 4 | 8
  uname: string
  pageBytes: number
  subHeaderPages: number
  bitmapPages: number
}

/** The header has C's layout of the machine that dumped: told by what fits. */
async function readHeader(file: ByteFile): Promise<Header> {
  for (const order of ['little', 'big'] as const) {
    for (const wordBytes of [8, 4] as const) {
      // utsname ends at 402, and a struct timeval follows.
      const sizes = (await readCursor(file, 0, 464, order, 'kdump')).seek((wordBytes === 8 ? 408 : 404) + 2 * wordBytes)
      const pageBytes = sizes.skip(4).u32()
      const subHeaderPages = sizes.u32()
      const bitmapPages = sizes.u32()
      if (pageBytes < 4096 || pageBytes > MAX_PAGE_BYTES || (pageBytes & (pageBytes - 1)) !== 0) continue
      if (subHeaderPages > 1024 || bitmapPages === 0 || bitmapPages * pageBytes > MAX_BITMAP_BYTES) continue
      const uname = textOf((await readCursor(file, 12 + 4 * UTSNAME_BYTES, UTSNAME_BYTES, order, 'kdump')).bytes)
      return { order, wordBytes, uname, pageBytes, subHeaderPages, bitmapPages }
    }
  }
  throw new FormatError('kdump', 0, 'its header has no sizes that are possible')
}

/** Throws FormatError. */
export async function openKdump(file: ByteFile, host: RecoverHost): Promise<MemoryDump> {
  const header = await readHeader(file)
  const { order, wordBytes, pageBytes } = header
  const bitmapStart = (1 + header.subHeaderPages) * pageBytes
  const bitmapBytes = header.bitmapPages * pageBytes
  // Two bitmaps: the memory that there was, and what of it was dumped.
  const half = bitmapBytes / 2
  const dumped = await file.read(bitmapStart + half, half)
  const pages = new PageTable(dumped)
  const descriptors = bitmapStart + bitmapBytes
  const kept = new Map<number, Uint8Array>()
  const page = async (number: number): Promise<Uint8Array | undefined> => {
    const index = pages.indexOf(number)
    if (index === undefined) return undefined
    const before = kept.get(number)
    if (before !== undefined) return before
    const bytes = await readPage(file, descriptors + index * PAGE_HEADER_BYTES, header, host)
    if (kept.size >= KEPT_PAGES) kept.delete(kept.keys().next().value!)
    if (bytes !== undefined) kept.set(number, bytes)
    return bytes
  }
  return {
    machine: machines.find(({ uname }) => uname.test(header.uname))?.name,
    order,
    wordBytes,
    ranges: pages.ranges(pageBytes),
    vmcoreinfo: await vmcoreinfoOf(file, header),
    read: async (address, count) => {
      const bytes = await page(Math.floor(address / pageBytes))
      const within = address % pageBytes
      return bytes === undefined ? new Uint8Array(0) : bytes.subarray(within, within + count)
    },
  }
}

async function readPage(
  file: ByteFile,
  at: number,
  { order, pageBytes }: Header,
  host: RecoverHost,
): Promise<Uint8Array | undefined> {
  const descriptor = await readCursor(file, at, PAGE_HEADER_BYTES, order, 'kdump')
  const offset = descriptor.size64()
  const size = descriptor.u32()
  const flags = descriptor.u32()
  if (size > pageBytes || offset === 0) return undefined
  const packed = await file.read(offset, size)
  if (flags & packings.zlib) return (await host.inflate(packed, 'zlib', pageBytes)).bytes
  if (flags & packings.zstd) return host.zstd(packed, pageBytes)
  try {
    if (flags & packings.lzo) return decodeLzo1x(packed, pageBytes)
    if (flags & packings.snappy) return decodeSnappy(packed, pageBytes)
  } catch {
    // A damaged page is as one that was not dumped.
    return undefined
  }
  return packed
}

/** Bits in the order of memory, counted so that a page's place among those that are there is found at once. */
class PageTable {
  readonly #bits: Uint8Array
  /** set bits before each 64 bytes */
  readonly #before: Uint32Array

  constructor(bits: Uint8Array) {
    this.#bits = bits
    this.#before = new Uint32Array(Math.ceil(bits.length / 64))
    let count = 0
    for (let at = 0; at < bits.length; at++) {
      if (at % 64 === 0) this.#before[at / 64] = count
      count += bitsIn(bits[at]!)
    }
  }

  indexOf(page: number): number | undefined {
    const at = page >>> 3
    const byte = this.#bits[at]
    if (byte === undefined || (byte & (1 << (page & 7))) === 0) return undefined
    let index = this.#before[at >> 6]!
    for (let each = at & ~63; each < at; each++) index += bitsIn(this.#bits[each]!)
    return index + bitsIn(byte & ((1 << (page & 7)) - 1))
  }

  /** Runs of pages; many small ones are taken for one, as `read` tells what is not there. */
  ranges(pageBytes: number): MemoryRange[] {
    const found: MemoryRange[] = []
    for (let at = 0; at < this.#bits.length; at++) {
      if (this.#bits[at] === 0) continue
      const start = at * 8 * pageBytes
      const last = found.at(-1)
      if (last !== undefined && start - (last.start + last.bytes) <= 256 * pageBytes) {
        last.bytes = start + 8 * pageBytes - last.start
      } else found.push({ start, bytes: 8 * pageBytes })
    }
    return found
  }
}

function bitsIn(byte: number): number {
  let count = 0
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++
  return count
}

/**
 * From the sub-header: offset (64 bits) and size (a long) of VMCOREINFO stand behind physical base, level, split and the
 * first and last page. What no padding rule explains is looked for in memory instead.
 */
async function vmcoreinfoOf(file: ByteFile, { order, wordBytes, pageBytes }: Header): Promise<string | undefined> {
  const header = await readCursor(file, pageBytes, 64, order, 'kdump')
  const word = (cursor: Cursor): number => Number(cursor.word(wordBytes))
  for (const place of wordBytes === 8 ? [32] : [20, 24, 12]) {
    const offset = Number(header.seek(place).u64())
    const size = word(header)
    if (offset <= 0 || size <= 0 || size > MAX_PAGE_BYTES || offset + size > file.size) continue
    const text = textOf(await file.read(offset, size))
    if (text.startsWith('OSRELEASE=')) return text
  }
  return undefined
}
