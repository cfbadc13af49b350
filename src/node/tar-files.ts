// The files of a tar archive that comes as a stream.

import { FormatError } from '../core/bytes/cursor.ts'
import { paxPath, readTarHeader, TAR_BLOCK_BYTES, text } from '../core/formats/tar.ts'
import { say } from '../core/say.ts'
import { ByteSource } from './byte-source.ts'

export interface PackedFile {
  /** as in the archive: ./usr/lib/debug/… */
  name: string
  size: number
  /** Its bytes; a chunk is valid until the next is asked for. What is not taken is passed over. */
  content(): AsyncGenerator<Uint8Array>
}

/** Names longer than this are none. */
const MAX_NAME_BYTES = 64 * 1024

/** The plain files of a tar archive; links, devices and folders are passed over. Throws FormatError. */
export async function* tarFiles(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PackedFile> {
  const source = new ByteSource(chunks)
  let longName: string | undefined
  try {
    for (;;) {
      const block = (await source.fill(TAR_BLOCK_BYTES)).subarray(0, TAR_BLOCK_BYTES)
      if (block.length === 0) return
      if (block.length < TAR_BLOCK_BYTES)
        throw new FormatError(name, source.offset, say`the archive ends inside a header`)
      const header = readTarHeader(name, block, source.offset)
      source.consume(TAR_BLOCK_BYTES)
      if (header === undefined) return
      const padding = (TAR_BLOCK_BYTES - (header.size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES
      if (header.kind === 'gnu-name' || header.kind === 'pax') {
        if (header.size > MAX_NAME_BYTES)
          throw new FormatError(name, source.offset, say`a name of ${header.size} bytes`)
        const bytes = (await source.fill(header.size)).subarray(0, header.size)
        longName = header.kind === 'pax' ? paxPath(bytes) : text(bytes)
        source.consume(bytes.length)
        await skip(source, name, padding)
        continue
      }
      const content = new Content(source, name, header.size)
      if (header.kind === 'file') {
        yield { name: longName ?? header.name, size: header.size, content: () => content.chunks() }
      }
      longName = undefined
      await skip(source, name, content.left + padding)
    }
  } finally {
    await source.close()
  }
}

async function skip(source: ByteSource, name: string, bytes: number): Promise<void> {
  if (!(await source.skip(bytes))) throw new FormatError(name, source.offset, say`the archive ends inside a file`)
}

/** The bytes of one file, as far as they are taken. */
class Content {
  readonly #source: ByteSource
  readonly #name: string
  left: number

  constructor(source: ByteSource, name: string, size: number) {
    this.#source = source
    this.#name = name
    this.left = size
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    while (this.left > 0) {
      const bytes = (await this.#source.fill(1)).subarray(0, this.left)
      if (bytes.length === 0)
        throw new FormatError(this.#name, this.#source.offset, say`the archive ends inside a file`)
      this.left -= bytes.length
      yield bytes
      this.#source.consume(bytes.length)
    }
  }
}
