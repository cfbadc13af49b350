// The index file: a header, the objects one behind the other, and a directory of them by name at the end.

import type { ByteFile } from '../../bytes/byte-file.ts'
import { Cursor, FormatError } from '../../bytes/cursor.ts'
import { PagedFile } from '../../bytes/paged-file.ts'
import { hexOf } from '../../formats/elf/notes.ts'
import { say } from '../../say.ts'
import { ByteWriter } from './byte-writer.ts'
import { BUILD_ID_BYTES, DIRECTORY_ENTRY_BYTES, FILE_HEADER_BYTES, MAGIC, NAME_BYTES, VERSION } from './format.ts'
import { IndexedCode } from './indexed-code.ts'

export interface IndexEntry {
  name: string
  buildId: string | undefined
  offset: number
  size: number
}

export const isIndex = (head: Uint8Array): boolean => MAGIC.every((byte, index) => head[index] === byte)

/** Header and directory of a file whose objects stand where the entries say; they are sorted by name. */
export function writeDirectory(
  entries: readonly IndexEntry[],
  offset: number,
): { header: Uint8Array; directory: Uint8Array } {
  const header = new ByteWriter(FILE_HEADER_BYTES)
  header.append(MAGIC)
  header.u32(VERSION)
  header.u32(entries.length)
  header.u64(BigInt(offset))
  const directory = new ByteWriter(entries.length * DIRECTORY_ENTRY_BYTES)
  for (const { name, buildId = '', offset: start, size } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const id = Uint8Array.from(buildId.match(/../g) ?? [], digits => Number.parseInt(digits, 16)).subarray(
      0,
      BUILD_ID_BYTES,
    )
    directory.append(
      padded(
        Uint8Array.from(name, letter => letter.charCodeAt(0)),
        NAME_BYTES,
      ),
    )
    directory.u32(id.length)
    directory.append(padded(id, BUILD_ID_BYTES))
    directory.u64(BigInt(start))
    directory.u64(BigInt(size))
  }
  return { header: header.bytes, directory: directory.bytes }
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  out.set(bytes.subarray(0, size))
  return out
}

export class SourceIndex {
  readonly #file: PagedFile
  readonly #count: number
  readonly #directory: number

  /** Throws FormatError. */
  static async open(file: ByteFile): Promise<SourceIndex> {
    const paged = new PagedFile(file)
    const header = new Cursor(file.name, await paged.read(0, Math.min(FILE_HEADER_BYTES, file.size)), 'little')
    if (!isIndex(header.bytes)) throw header.error(say`no symbol index: it does not begin with "flsymidx"`)
    const version = header.skip(MAGIC.length).u32()
    if (version !== VERSION) {
      throw header.error(say`a symbol index of version ${version}, this reads ${VERSION}: build it again`, MAGIC.length)
    }
    const count = header.u32()
    const directory = header.size64()
    if (directory + count * DIRECTORY_ENTRY_BYTES > file.size)
      throw header.error(say`the directory is outside of the file`)
    return new SourceIndex(paged, count, directory)
  }

  private constructor(file: PagedFile, count: number, directory: number) {
    this.#file = file
    this.#count = count
    this.#directory = directory
  }

  /** 'vmlinux' or a module's name; undefined when it is not in the index. */
  async object(name: string): Promise<IndexedCode | undefined> {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = await this.#entry(middle)
      if (entry.name === name) return this.#open(entry)
      if (entry.name < name) low = middle + 1
      else high = middle
    }
    return undefined
  }

  async entries(): Promise<IndexEntry[]> {
    const entries: IndexEntry[] = []
    for (let index = 0; index < this.#count; index++) entries.push(await this.#entry(index))
    return entries
  }

  async #entry(index: number): Promise<IndexEntry> {
    const at = this.#directory + index * DIRECTORY_ENTRY_BYTES
    const cursor = new Cursor(this.#file.name, await this.#file.read(at, DIRECTORY_ENTRY_BYTES), 'little', at)
    const name = cursor.take(NAME_BYTES)
    const end = name.bytes.indexOf(0)
    const idBytes = cursor.u32()
    const id = cursor.take(BUILD_ID_BYTES)
    if (idBytes > BUILD_ID_BYTES) throw cursor.error(say`a build ID of ${idBytes} bytes`, NAME_BYTES)
    return {
      name: name.text(end < 0 ? NAME_BYTES : end),
      buildId: idBytes === 0 ? undefined : hexOf(id.bytes.subarray(0, idBytes)),
      offset: cursor.size64(),
      size: cursor.size64(),
    }
  }

  async #open({ name, buildId, offset, size }: IndexEntry): Promise<IndexedCode> {
    if (offset + size > this.#file.size)
      throw new FormatError(this.#file.name, offset, say`${name} is outside of the file`)
    return IndexedCode.open(name, buildId, { file: this.#file, start: offset, size })
  }
}
