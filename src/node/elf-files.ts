// ELF files from disk: opened by ranges where they stand as they are, unpacked into memory where they are compressed.

import { inflateSync, zstdDecompressSync } from 'node:zlib'
import { type ByteFile, MemoryFile } from '../core/bytes/byte-file.ts'
import { concatenate } from '../core/bytes/concatenate.ts'
import { FormatError } from '../core/bytes/cursor.ts'
import type { Inflate } from '../core/formats/elf/compression.ts'
import { ElfFile } from '../core/formats/elf/elf-file.ts'
import { isElf } from '../core/formats/elf/header.ts'
import { say } from '../core/say.ts'
import { FileBytes } from './file-bytes.ts'
import { openInput } from './files.ts'

/** A compressed module is not unpacked beyond this; the largest with debug information, amdgpu, has 356 MB. */
const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024

export const inflate: Inflate = async (format, bytes, size) => {
  try {
    return (format === 'zlib' ? inflateSync : zstdDecompressSync)(bytes, { maxOutputLength: Math.max(1, size) })
  } catch {
    return undefined
  }
}

/** Opens an ELF file, or one in gzip, xz, zstd, bzip2 or lz4. Throws InputError and FormatError. */
export async function openElf(path: string): Promise<ElfFile> {
  return ElfFile.open(await openBytes(path), inflate)
}

/** The bytes of a file, unpacked where its content says so. */
export async function openBytes(path: string): Promise<ByteFile> {
  const file = new FileBytes(path)
  const head = await file.read(0, Math.min(16, file.size))
  if (isElf(head) || !isArchive(head)) return file
  file.close()
  return new MemoryFile(path, await unpacked(path))
}

/** gzip, zstd, xz, bzip2, lz4 by their first bytes. */
const isArchive = (head: Uint8Array): boolean =>
  [
    [0x1f, 0x8b],
    [0x28, 0xb5, 0x2f, 0xfd],
    [0xfd, 0x37, 0x7a],
    [0x42, 0x5a, 0x68],
    [0x04, 0x22, 0x4d, 0x18],
  ].some(magic => magic.every((byte, index) => head[index] === byte))

async function unpacked(path: string): Promise<Uint8Array> {
  const input = await openInput(path)
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const chunk of input.chunks) {
    size += chunk.length
    if (size > MAX_UNPACKED_BYTES) {
      await input.close()
      throw new FormatError(path, input.bytesRead, say`unpacks to more than ${MAX_UNPACKED_BYTES} bytes`)
    }
    pieces.push(chunk.slice())
  }
  const [damage] = input.damage
  if (damage !== undefined) throw new FormatError(path, damage.offset, `${damage.format}: ${damage.detail}`)
  return concatenate(pieces)
}
