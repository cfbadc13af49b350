// A kernel or a module by its index: a lookup reads a few pages of it.

import type { ByteFile } from '../../bytes/byte-file.ts'
import { Cursor, FormatError } from '../../bytes/cursor.ts'
import type { SourcePlace } from '../../formats/dwarf/debug-info.ts'
import type { Address } from '../../model.ts'
import type { MachineCode } from '../code/machine-code.ts'
import type { CodeMap, CodeSymbol } from '../code-map.ts'
import { readBlock } from './block.ts'
import { hashOf, OBJECT_HEADER_BYTES, RELOCATABLE, type TableName, tables } from './format.ts'

/** Blocks and texts are read so many bytes at first; longer ones in a second step. */
const FIRST_BLOCK_BYTES = 512
const FIRST_TEXT_BYTES = 64
const MAX_BLOCK_BYTES = 1024 * 1024
const MAX_TEXT_BYTES = 8192

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
  readonly #file: ByteFile
  readonly #tables: Record<TableName, Table>
  readonly #starts: DataView
  readonly #offsets: DataView
  readonly #addresses: DataView
  readonly #texts = new Map<number, string>()
  readonly #paths = new Map<number, Path>()

  /** `file` is the part of the index that is this object's. Throws FormatError. */
  static async open(name: string, buildId: string | undefined, file: ByteFile): Promise<IndexedCode> {
    const header = new Cursor(file.name, await file.read(0, OBJECT_HEADER_BYTES), 'little')
    const base = header.u64()
    const flags = header.u32()
    const release = header.u32()
    const places = {} as Record<TableName, Table>
    for (const table of tables) {
      const [offset, size] = [header.size64(), header.size64()]
      if (offset + size > file.size) throw header.error(`the table ${table} is outside of the object`)
      places[table] = { offset, size }
    }
    const read = async ({ offset, size }: Table): Promise<DataView> => {
      const bytes = await file.read(offset, size)
      return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    const columns = {
      starts: await read(places.blockStarts),
      offsets: await read(places.blockOffsets),
      addresses: await read(places.symbolAddresses),
    }
    if (columns.starts.byteLength !== columns.offsets.byteLength) throw header.error('blocks without a place', 0)
    return new IndexedCode(name, buildId, file, { base, flags, release, places }, columns)
  }

  private constructor(
    name: string,
    buildId: string | undefined,
    file: ByteFile,
    header: { base: Address; flags: number; release: number; places: Record<TableName, Table> },
    columns: { starts: DataView; offsets: DataView; addresses: DataView },
  ) {
    this.name = name
    this.buildId = buildId
    this.base = header.base
    this.relocatable = (header.flags & RELOCATABLE) !== 0
    this.#release = header.release
    this.#file = file
    this.#tables = header.places
    this.#starts = columns.starts
    this.#offsets = columns.offsets
    this.#addresses = columns.addresses
  }

  get file(): string {
    return this.#file.name
  }

  async release(): Promise<string | undefined> {
    return this.#release === 0 ? undefined : this.#text(this.#release)
  }

  async named(name: string): Promise<readonly CodeSymbol[]> {
    const slots = this.#tables.symbolSlots.size >>> 2
    const found: CodeSymbol[] = []
    if (slots === 0) return found
    let slot = hashOf(name) % slots
    for (let count = 0; count < slots; count++, slot = (slot + 1) % slots) {
      const index = await this.#u32('symbolSlots', slot)
      if (index === 0) break
      if ((await this.#text(await this.#u32('symbolNames', index - 1))) !== name) continue
      found.push(await this.#symbol(index - 1, name))
    }
    found.sort((a, b) => a.address - b.address)
    return found.filter(({ address }, at) => address !== found[at - 1]?.address)
  }

  async symbolAt(address: number): Promise<CodeSymbol | undefined> {
    const index = lastUpTo(this.#addresses, address)
    if (index < 0) return undefined
    return this.#symbol(index, await this.#text(await this.#u32('symbolNames', index)))
  }

  async places(address: number): Promise<readonly SourcePlace[]> {
    const index = lastUpTo(this.#starts, address)
    if (index < 0) return []
    const offset = address - this.#starts.getUint32(index * 4, true)
    const place = await this.#readBlock(this.#offsets.getUint32(index * 4, true), offset)
    if (place === undefined) return []
    const places: SourcePlace[] = []
    let { file, line } = place
    // Names and paths met before need no waiting, which takes longer than all else here.
    for (const { name, callFile, callLine } of place.calls.reverse()) {
      places.push(
        described(
          this.#texts.get(name) ?? (await this.#text(name)),
          this.#paths.get(file) ?? (await this.#path(file)),
          line,
        ),
      )
      file = callFile
      line = callLine
    }
    const { function: name } = place
    places.push(
      described(
        this.#texts.get(name) ?? (await this.#text(name)),
        this.#paths.get(file) ?? (await this.#path(file)),
        line,
      ),
    )
    return places
  }

  async #readBlock(at: number, offset: number) {
    const { offset: start, size } = this.#tables.blocks
    for (let bytes = FIRST_BLOCK_BYTES; ; bytes = MAX_BLOCK_BYTES) {
      const count = Math.min(bytes, size - at)
      if (count <= 0) throw new FormatError(this.#file.name, start + at, 'a block outside of the blocks')
      const block = new Cursor(this.#file.name, await this.#file.read(start + at, count), 'little', start + at)
      try {
        return readBlock(block, offset)
      } catch (error) {
        if (!(error instanceof FormatError) || count < bytes || bytes === MAX_BLOCK_BYTES) throw error
      }
    }
  }

  async #symbol(index: number, name: string): Promise<CodeSymbol> {
    const sizeBytes = await this.#u32('symbolSizes', index)
    const address = index * 4 < this.#addresses.byteLength ? this.#addresses.getUint32(index * 4, true) : Number.NaN
    return { name, address, ...(sizeBytes !== 0 && { sizeBytes }) }
  }

  async #path(file: number): Promise<Path> {
    const number = file === 0 ? 0 : await this.#u32('files', file * 2)
    const directory = file === 0 ? '' : await this.#text(await this.#u32('files', file * 2 + 1))
    const path = { path: await this.#text(number), directory }
    this.#paths.set(file, path)
    return path
  }

  async #u32(table: TableName, index: number): Promise<number> {
    const { offset, size } = this.#tables[table]
    if ((index + 1) * 4 > size) throw new FormatError(this.#file.name, offset, `${table} has no entry ${index}`)
    const bytes = await this.#file.read(offset + index * 4, 4)
    return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0
  }

  async #text(number: number): Promise<string> {
    const known = this.#texts.get(number)
    if (known !== undefined) return known
    const { offset, size } = this.#tables.strings
    const at = await this.#u32('stringOffsets', number)
    for (let bytes = FIRST_TEXT_BYTES; ; bytes = MAX_TEXT_BYTES) {
      const count = Math.min(bytes, size - at)
      if (count <= 0) throw new FormatError(this.#file.name, offset + at, 'a text outside of the strings')
      const cursor = new Cursor(this.#file.name, await this.#file.read(offset + at, count), 'little', offset + at)
      if (cursor.bytes.indexOf(0) < 0 && count === bytes && bytes !== MAX_TEXT_BYTES) continue
      const text = cursor.cstring()
      this.#texts.set(number, text)
      return text
    }
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
