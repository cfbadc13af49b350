// Compressed sections: SHF_COMPRESSED (gABI 5, "Section Compression") and .zdebug_* as binutils wrote them before.

import { Cursor, FormatError } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'
import type { ElfHeader } from './header.ts'
import { type Section, SHF_COMPRESSED } from './sections.ts'

/**
 * What the host lends: exactly `size` bytes from a zlib or zstd stream, or undefined when the stream does not hold them.
 * It must stop at `size`.
 */
export type Inflate = (format: 'zlib' | 'zstd', bytes: Uint8Array, size: number) => Promise<Uint8Array | undefined>

/** No section is inflated beyond this. The largest known, .debug_info of a kernel with LTO, has some 400 MB. */
export const MAX_SECTION_BYTES = 1024 * 1024 * 1024

/** Nor to more than so many times its size: zlib reaches 1032, debug information 20. */
const MAX_RATIO = 4096

const ELFCOMPRESS_ZLIB = 1
const ELFCOMPRESS_ZSTD = 2
const ZLIB_TEXT = 0x5a4c4942

export const isCompressed = (section: Section): boolean =>
  (section.flags & SHF_COMPRESSED) !== 0n || section.name.startsWith('.zdebug_')

/** The contents of a compressed section. `raw` are its bytes in the file. */
export async function inflateSection(
  raw: Cursor,
  section: Section,
  header: ElfHeader,
  inflate: Inflate,
): Promise<Cursor> {
  const { format, size } = readCompressionHeader(raw, section, header)
  const stream = raw.bytes.subarray(raw.position)
  if (size > MAX_SECTION_BYTES || size > stream.length * MAX_RATIO + 4096) {
    throw raw.error(say`${section.name} promises ${size} bytes out of ${stream.length}: above the limit`, 0)
  }
  const bytes = await inflate(format, stream, size)
  if (bytes === undefined || bytes.length !== size) {
    throw raw.error(say`${section.name} holds no ${format} stream of ${size} bytes`, 0)
  }
  return new Cursor(section.name, bytes, header.order)
}

function readCompressionHeader(raw: Cursor, section: Section, { wordBytes }: ElfHeader) {
  if ((section.flags & SHF_COMPRESSED) === 0n) {
    const text = new Cursor(raw.format, raw.bytes, 'big', raw.base)
    if (text.u32() !== ZLIB_TEXT) throw text.error(say`${section.name} does not begin with "ZLIB"`, 0)
    const size = text.size64()
    raw.skip(12)
    return { format: 'zlib', size } as const
  }
  const type = raw.u32()
  if (wordBytes === 8) raw.skip(4)
  const size = raw.offset(wordBytes)
  raw.skip(wordBytes) // ch_addralign
  if (type === ELFCOMPRESS_ZLIB) return { format: 'zlib', size } as const
  if (type === ELFCOMPRESS_ZSTD) return { format: 'zstd', size } as const
  throw new FormatError(raw.format, raw.base, say`${section.name} is compressed by the unknown method ${type}`)
}
