// The ways in which a kernel's payload is packed (init/Kconfig, "Kernel compression mode"), told by content.

import { decodeBzip2 } from '../bzip2.ts'
import { gzipHeaderBytes, looksLikeGzip } from '../gzip.ts'
import { decodeLz4, LZ4_LEGACY_MAGIC, LZ4_MAGIC } from '../lz4.ts'
import { decodeLzmaAlone, LZMA_PROPERTIES, looksLikeLzma } from '../lzma-alone.ts'
import { decodeLzop } from '../lzo.ts'
import { type Decode, StreamDamage, StreamDecoder } from '../stream-decoder.ts'
import { decodeXz } from '../xz.ts'
import { ZSTD_MAGIC, zstdFrameBytes } from '../zstd.ts'

export type CompressionName = 'gzip' | 'xz' | 'lzma' | 'zstd' | 'lz4' | 'lzo' | 'bzip2'

/** No kernel is larger, not even one with all drivers and sanitizers built in; what unpacks to more is refused. */
export const MAX_IMAGE_BYTES = 1024 * 1024 * 1024

/** What the host decompresses faster than code here could. Both may throw anything for damaged data. */
export interface HostDecoders {
  /** One raw deflate stream; bytes behind its end are ignored. At most `limit` bytes, else it throws. */
  inflateRaw(bytes: Uint8Array, limit: number): Promise<Uint8Array>
  /** One whole zstd frame, with windows up to 128 MiB. */
  zstd(frame: Uint8Array, limit: number): Promise<Uint8Array>
}

export interface Unpacked {
  bytes: Uint8Array
  /** why this is not all, when it is not */
  damage?: string
}

interface Compression {
  name: CompressionName
  /** the first byte, to look for it quickly */
  first: readonly number[]
  /** text that is not repeated stands in the compressed data as it is */
  showsText?: true
  /** Whether a stream begins with these bytes. */
  begins(bytes: Uint8Array): boolean
  /** What the stream at the start of `bytes` holds, whatever follows it. */
  unpack(bytes: Uint8Array, limit: number, host: HostDecoders): Promise<Unpacked> | Unpacked
}

const u32 = (bytes: Uint8Array): number =>
  ((bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0) & -1

const startsWith =
  (...magic: readonly number[]) =>
  (bytes: Uint8Array): boolean =>
    magic.every((byte, i) => bytes[i] === byte)

export const compressions: readonly Compression[] = [
  {
    name: 'gzip',
    first: [0x1f],
    begins: looksLikeGzip,
    unpack: async (bytes, limit, host) => {
      const start = gzipHeaderBytes(bytes)
      if (start === undefined) return { bytes: new Uint8Array(0), damage: 'the gzip header does not end' }
      return lent('gzip', () => host.inflateRaw(bytes.subarray(start), limit))
    },
  },
  {
    name: 'xz',
    first: [0xfd],
    begins: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00),
    unpack: (bytes, limit) => collect(streamed('xz', decodeXz, bytes), limit),
  },
  {
    name: 'zstd',
    showsText: true,
    first: [ZSTD_MAGIC & 0xff],
    begins: bytes => bytes.length >= 4 && u32(bytes) === (ZSTD_MAGIC & -1),
    unpack: async (bytes, limit, host) => {
      const length = zstdFrameBytes(bytes)
      if (length === undefined) return { bytes: new Uint8Array(0), damage: 'the zstd frame does not end' }
      return lent('zstd', () => host.zstd(bytes.subarray(0, length), limit))
    },
  },
  {
    name: 'lzma',
    first: LZMA_PROPERTIES,
    begins: looksLikeLzma,
    unpack: (bytes, limit) => collect(decodeLzmaAlone(bytes), limit),
  },
  {
    name: 'lz4',
    showsText: true,
    first: [LZ4_LEGACY_MAGIC & 0xff],
    begins: bytes => bytes.length >= 4 && u32(bytes) === LZ4_LEGACY_MAGIC,
    unpack: (bytes, limit) => collect(streamed('lz4', decodeLz4, bytes), limit),
  },
  {
    name: 'lz4',
    showsText: true,
    first: [LZ4_MAGIC & 0xff],
    begins: bytes => bytes.length >= 4 && u32(bytes) === LZ4_MAGIC,
    unpack: (bytes, limit) => collect(streamed('lz4', decodeLz4, bytes), limit),
  },
  {
    name: 'lzo',
    showsText: true,
    first: [0x89],
    begins: startsWith(0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a),
    unpack: (bytes, limit) => collect(streamed('lzo', decodeLzop, bytes), limit),
  },
  {
    name: 'bzip2',
    first: [0x42],
    // a block follows at once
    begins: bytes =>
      startsWith(0x42, 0x5a, 0x68)(bytes) && startsWith(0x31, 0x41, 0x59, 0x26, 0x53, 0x59)(bytes.subarray(4, 10)),
    unpack: (bytes, limit) => collect(streamed('bzip2', decodeBzip2, bytes), limit),
  },
]

/** The packing that begins with these bytes. */
export function recogniseCompression(bytes: Uint8Array): Compression | undefined {
  return compressions.find(each => each.first.includes(bytes[0]!) && each.begins(bytes))
}

/** A decoder of a stream over bytes that are all there. What follows the stream is no damage. */
function* streamed(name: string, decode: Decode, bytes: Uint8Array): Generator<Uint8Array, void> {
  const decoder = new StreamDecoder(name, decode)
  yield* decoder.push(bytes)
  yield* decoder.end()
  const { damage } = decoder
  if (damage !== undefined && damage.what !== 'trailing') throw new StreamDamage(damage.what, damage.detail)
}

/** All pieces as one; what was decoded before damage is kept. */
function collect(pieces: Iterable<Uint8Array>, limit: number): Unpacked {
  let bytes = new Uint8Array(1024 * 1024)
  let length = 0
  let damage: string | undefined
  try {
    for (const piece of pieces) {
      if (length + piece.length > limit) throw new StreamDamage('unsupported', `unpacks to more than ${limit} bytes`)
      if (length + piece.length > bytes.length) {
        const grown = new Uint8Array(Math.min(limit, Math.max(length + piece.length, bytes.length * 2)))
        grown.set(bytes.subarray(0, length))
        bytes = grown
      }
      bytes.set(piece, length)
      length += piece.length
    }
  } catch (error) {
    if (!(error instanceof StreamDamage)) throw error
    damage = error.message
  }
  return { bytes: bytes.subarray(0, length), ...(damage === undefined ? {} : { damage }) }
}

/** The host's errors have no common type; whatever it throws says that it cannot decode this. */
async function lent(name: string, decode: () => Promise<Uint8Array>): Promise<Unpacked> {
  try {
    return { bytes: await decode() }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { bytes: new Uint8Array(0), damage: `${name}: ${detail}` }
  }
}
