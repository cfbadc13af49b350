// The files of a Debian package (.deb, Ubuntu's .ddeb), one after the other, without unpacking it. deb(5): an ar archive
// with the files in a compressed tar archive, data.tar.*.

import { FormatError, latin1 } from '../core/bytes/cursor.ts'
import { say } from '../core/say.ts'
import { decompress } from './decompress.ts'
import { FileBytes } from './file-bytes.ts'
import { type PackedFile, tarFiles } from './tar-files.ts'

const AR_MAGIC = '!<arch>\n'
const AR_HEADER_BYTES = 60
const READ_BYTES = 512 * 1024

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
    throw new FormatError(file.name, 0, say`no Debian package: it does not begin with "!<arch>"`)
  }
  for (let at = AR_MAGIC.length; at + AR_HEADER_BYTES <= file.size; ) {
    const header = latin1(await file.read(at, AR_HEADER_BYTES))
    const size = Number(header.slice(48, 58).trim())
    if (header.slice(58) !== '`\n' || !Number.isSafeInteger(size) || size < 0) {
      throw new FormatError(file.name, at, say`a damaged ar header`)
    }
    const start = at + AR_HEADER_BYTES
    if (header.startsWith('data.tar')) return { start, size: Math.min(size, file.size - start) }
    at = start + size + (size % 2)
  }
  throw new FormatError(file.name, 0, say`a Debian package without data.tar`)
}
