// A kernel or a module by its index: a lookup reads a few pages of it.

import { Cursor, FormatError } from '../../bytes/cursor.ts'
import type { PagedFile } from '../../bytes/paged-file.ts'
import type { SourcePlace } from '../../formats/dwarf/debug-info.ts'
import type { Address } from '../../model.ts'
import { say } from '../../say.ts'
import type { MachineCode } from '../code/machine-code.ts'
import type { CodeMap, CodeSymbol } from '../code-map.ts'
import { readBlock } from './block.ts'
import { hashOf, OBJECT_HEADER_BYTES, RELOCATABLE, type TableName, tables } from './format.ts'

/** Blocks and texts that go over the end of their page are read so many bytes. */
const MAX_BLOCK_BYTES = 1024 * 1024
const MAX_TEXT_BYTES = 8192

/** An answer takes a page for each inlined call, its name and its file; a damaged file would go on. */
const MAX_FETCHES = 10_000

/** Bytes of the object that are not at hand; `count` is 0 for the page that they are in. */
class Missing {
  readonly at: number
  readonly count: number

  constructor(at: number, count: number) {
    this.at = at
    this.count = count
  }
}

/** The part of an index file that is one object's. */
export interface IndexPart {
  file: PagedFile
  start: number
  size: number
}

interface Path {
  path: string
  directory: string
}

interface Table {
  offset: number
  size: number
}

export class IndexedCode implements CodeMap {
  readonly name: string
  readonly buildId: string | undefined
  readonly base: Address
  readonly relocatable: boolean
  /** of the file that the index is of, where that is at hand too */
  machine?: MachineCode
  readonly #release: number
  readonly #file: PagedFile
  readonly #start: number
  /** what was waited for last */
  #long: { at: number; bytes: Uint8Array } | undefined
  readonly #tables: Record<TableName, Table>
  readonly #starts: DataView
  readonly #offsets: DataView
  readonly #addresses: DataView
  readonly #texts = new Map<number, string>()
  readonly #paths = new Map<number, Path>()

  /** Throws FormatError. */
  static async open(name: string, buildId: string | undefined, part: IndexPart): Promise<IndexedCode> {
    const { file, start } = part
    if (part.size < OBJECT_HEADER_BYTES) throw new FormatError(file.name, start, say`an object without its header`)
    const header = new Cursor(file.name, await file.read(start, OBJECT_HEADER_BYTES), 'little', start)
    const base = header.u64()
    const flags = header.u32()
    const release = header.u32()
    const places = {} as Record<TableName, Table>
    for (const table of tables) {
      const [offset, size] = [header.size64(), header.size64()]
      if (offset + size > part.size) throw header.error(say`the table ${table} is outside of the object`)
      places[table] = { offset, size }
    }
    const read = async ({ offset, size }: Table): Promise<DataView> => {
      const bytes = await file.read(start + offset, size)
      return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    const columns = {
      starts: await read(places.blockStarts),
      offsets: await read(places.blockOffsets),
      addresses: await read(places.symbolAddresses),
    }
    if (columns.starts.byteLength !== columns.offsets.byteLength) throw header.error(say`blocks without a place`, 0)
    return new IndexedCode(name, buildId, part, { base, flags, release, places }, columns)
  }

  private constructor(
    name: string,
    buildId: string | undefined,
    { file, start }: IndexPart,
    header: { base: Address; flags: number; release: number; places: Record<TableName, Table> },
    columns: { starts: DataView; offsets: DataView; addresses: DataView },
  ) {
    this.name = name
    this.buildId = buildId
    this.base = header.base
    this.relocatable = (header.flags & RELOCATABLE) !== 0
    this.#release = header.release
    this.#file = file
    this.#start = start
    this.#tables = header.places
    this.#starts = columns.starts
    this.#offsets = columns.offsets
    this.#addresses = columns.addresses
  }

  get file(): string {
    return this.#file.name
  }

  async release(): Promise<string | undefined> {
    return this.#release === 0 ? undefined : this.#answer(() => this.#text(this.#release))
  }

  async named(name: string): Promise<readonly CodeSymbol[]> {
    return this.#answer(() => this.#named(name))
  }

  async symbolAt(address: number): Promise<CodeSymbol | undefined> {
    const index = lastUpTo(this.#addresses, address)
    if (index < 0) return undefined
    return this.#answer(() => this.#symbol(index, this.#text(this.#u32('symbolNames', index))))
  }

  async places(address: number): Promise<readonly SourcePlace[]> {
    return this.#answer(() => this.#places(address))
  }

  /**
   * Answers are read at once, as waiting takes longer than all else here. What is not at hand is thrown as Missing,
   * fetched, and the answer begun again.
   */
  async #answer<T>(read: () => T): Promise<T> {
    for (let count = 0; ; count++) {
      try {
        return read()
      } catch (error) {
        if (!(error instanceof Missing) || count > MAX_FETCHES) throw error
        if (error.count === 0) await this.#file.load(this.#start + error.at)
        else this.#long = { at: error.at, bytes: await this.#file.read(this.#start + error.at, error.count) }
      }
    }
  }

  #named(name: string): readonly CodeSymbol[] {
    const slots = this.#tables.symbolSlots.size >>> 2
    const found: CodeSymbol[] = []
    if (slots === 0) return found
    let slot = hashOf(name) % slots
    for (let count = 0; count < slots; count++, slot = (slot + 1) % slots) {
      const index = this.#u32('symbolSlots', slot)
      if (index === 0) break
      if (this.#text(this.#u32('symbolNames', index - 1)) !== name) continue
      found.push(this.#symbol(index - 1, name))
    }
    found.sort((a, b) => a.address - b.address)
    return found.filter(({ address }, at) => address !== found[at - 1]?.address)
  }

  #places(address: number): readonly SourcePlace[] {
    const index = lastUpTo(this.#starts, address)
    if (index < 0) return []
    const offset = address - this.#starts.getUint32(index * 4, true)
    const place = this.#readBlock(this.#offsets.getUint32(index * 4, true), offset)
    if (place === undefined) return []
    const { calls } = place
    const places: SourcePlace[] = []
    let { file, line } = place
    for (let each = calls.length - 1; each >= 0; each--) {
      const call = calls[each]!
      places.push(described(this.#text(call.name), this.#path(file), line))
      file = call.callFile
      line = call.callLine
    }
    places.push(described(this.#text(place.function), this.#path(file), line))
    return places
  }

  #readBlock(at: number, offset: number) {
    const { offset: start, size } = this.#tables.blocks
    if (at >= size) throw new FormatError(this.#file.name, start + at, say`a block outside of the blocks`)
    const near = this.#cursor(start + at)
    const { left } = near
    try {
      return readBlock(near, offset)
    } catch (error) {
      if (!(error instanceof FormatError) || left >= Math.min(MAX_BLOCK_BYTES, size - at)) throw error
    }
    // It goes over the end of its page.
    const count = Math.min(MAX_BLOCK_BYTES, size - at)
    return readBlock(new Cursor(this.#file.name, this.#longBytes(start + at, count), 'little', start + at), offset)
  }

  #symbol(index: number, name: string): CodeSymbol {
    const sizeBytes = this.#u32('symbolSizes', index)
    const address = index * 4 < this.#addresses.byteLength ? this.#addresses.getUint32(index * 4, true) : Number.NaN
    return { name, address, ...(sizeBytes !== 0 && { sizeBytes }) }
  }

  #path(file: number): Path {
    let path = this.#paths.get(file)
    if (path !== undefined) return path
    const number = file === 0 ? 0 : this.#u32('files', file * 2)
    const directory = file === 0 ? '' : this.#text(this.#u32('files', file * 2 + 1))
    path = { path: this.#text(number), directory }
    this.#paths.set(file, path)
    return path
  }

  #u32(table: TableName, index: number): number {
    const { offset, size } = this.#tables[table]
    if ((index + 1) * 4 > size) throw new FormatError(this.#file.name, offset, say`${table} has no entry ${index}`)
    return this.#cursor(offset + index * 4).u32()
  }

  #text(number: number): string {
    const known = this.#texts.get(number)
    if (known !== undefined) return known
    const { offset, size } = this.#tables.strings
    const at = this.#u32('stringOffsets', number)
    if (at >= size) throw new FormatError(this.#file.name, offset + at, say`a text outside of the strings`)
    let cursor = this.#cursor(offset + at)
    if (cursor.bytes.indexOf(0, cursor.position) < 0) {
      const count = Math.min(MAX_TEXT_BYTES, size - at)
      cursor = new Cursor(this.#file.name, this.#longBytes(offset + at, count), 'little', offset + at)
    }
    const text = cursor.cstring(MAX_TEXT_BYTES)
    this.#texts.set(number, text)
    return text
  }

  /** At a place of the object. */
  #cursor(at: number): Cursor {
    const cursor = this.#file.cursorNow(this.#start + at)
    if (cursor === undefined) throw new Missing(at, 0)
    return cursor
  }

  #longBytes(at: number, count: number): Uint8Array {
    const long = this.#long
    if (long?.at === at && long.bytes.length === count) return long.bytes
    const bytes = this.#file.longNow(this.#start + at, count)
    if (bytes === undefined) throw new Missing(at, count)
    return bytes
  }
}

function described(name: string, { path, directory }: Path, line: number): SourcePlace {
  const place: SourcePlace = name === '' ? {} : { function: name }
  if (path === '') return place
  place.file = path
  if (directory !== '') place.directory = directory
  place.line = line
  return place
}

/** The last of ascending numbers that is not above a value; -1 when there is none. */
function lastUpTo(column: DataView, value: number): number {
  let low = 0
  let high = column.byteLength >>> 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if (column.getUint32(middle * 4, true) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
