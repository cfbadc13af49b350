// The files of a Debian package (.deb, Ubuntu's .ddeb), one after the other, without unpacking it. deb(5): an ar archive
// with the files in a compressed tar archive, data.tar.*.

import { FormatError, latin1 } from '../core/bytes/cursor.ts'
import { paxPath, readTarHeader, TAR_BLOCK_BYTES, text } from '../core/formats/tar.ts'
import { ByteSource } from './byte-source.ts'
import { decompress } from './decompress.ts'
import { FileBytes } from './file-bytes.ts'

export interface PackedFile {
  /** as in the archive: ./usr/lib/debug/… */
  name: string
  size: number
  /** Its bytes; a chunk is valid until the next is asked for. What is not taken is passed over. */
  content(): AsyncGenerator<Uint8Array>
}

const AR_MAGIC = '!<arch>\n'
const AR_HEADER_BYTES = 60
const READ_BYTES = 512 * 1024

/** Names longer than this are none. */
const MAX_NAME_BYTES = 64 * 1024

/** Whether a file begins as Debian packages do. */
export const isDeb = (head: Uint8Array): boolean => latin1(head.subarray(0, AR_MAGIC.length)) === AR_MAGIC

/** All plain files of a package. `progress` is told how many bytes of it are read. Throws InputError and FormatError. */
export async function* debFiles(path: string, progress?: (bytes: number) => void): AsyncGenerator<PackedFile> {
  const file = new FileBytes(path)
  try {
    const { start, size } = await findData(file)
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < size; at += READ_BYTES) {
        progress?.(start + at)
        yield await file.read(start + at, Math.min(READ_BYTES, size - at))
      }
    }
    yield* tarFiles(
      path,
      decompress(chunks(), ({ offset, detail }) => {
        throw new FormatError(path, start + offset, detail)
      }),
    )
  } finally {
    file.close()
  }
}

/** Where in the package data.tar.* stands. */
async function findData(file: FileBytes): Promise<{ start: number; size: number }> {
  if (!isDeb(await file.read(0, Math.min(AR_MAGIC.length, file.size)))) {
    throw new FormatError(file.name, 0, 'no Debian package: it does not begin with "!<arch>"')
  }
  for (let at = AR_MAGIC.length; at + AR_HEADER_BYTES <= file.size; ) {
    const header = latin1(await file.read(at, AR_HEADER_BYTES))
    const size = Number(header.slice(48, 58).trim())
    if (header.slice(58) !== '`\n' || !Number.isSafeInteger(size) || size < 0) {
      throw new FormatError(file.name, at, 'a damaged ar header')
    }
    const start = at + AR_HEADER_BYTES
    if (header.startsWith('data.tar')) return { start, size: Math.min(size, file.size - start) }
    at = start + size + (size % 2)
  }
  throw new FormatError(file.name, 0, 'a Debian package without data.tar')
}

/** The plain files of a tar archive. */
async function* tarFiles(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PackedFile> {
  const source = new ByteSource(chunks)
  let longName: string | undefined
  try {
    for (;;) {
      const block = (await source.fill(TAR_BLOCK_BYTES)).subarray(0, TAR_BLOCK_BYTES)
      if (block.length === 0) return
      if (block.length < TAR_BLOCK_BYTES) throw new FormatError(name, source.offset, 'the archive ends inside a header')
      const header = readTarHeader(name, block, source.offset)
      source.consume(TAR_BLOCK_BYTES)
      if (header === undefined) return
      const padding = (TAR_BLOCK_BYTES - (header.size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES
      if (header.kind === 'gnu-name' || header.kind === 'pax') {
        if (header.size > MAX_NAME_BYTES) throw new FormatError(name, source.offset, `a name of ${header.size} bytes`)
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
  if (!(await source.skip(bytes))) throw new FormatError(name, source.offset, 'the archive ends inside a file')
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
      if (bytes.length === 0) throw new FormatError(this.#name, this.#source.offset, 'the archive ends inside a file')
      this.left -= bytes.length
      yield bytes
      this.#source.consume(bytes.length)
    }
  }
}
