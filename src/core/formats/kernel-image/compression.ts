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

export interface Compression {
  name: CompressionName
  /** how a stream may begin, to look for it quickly */
  magic: readonly Uint8Array[]
  /** text that is not repeated stands in the compressed data as it is */
  showsText?: true
  /** Whether a stream whose magic was found really begins with these bytes. */
  begins?(bytes: Uint8Array): boolean
  /** What the stream at the start of `bytes` holds, whatever follows it. */
  unpack(bytes: Uint8Array, limit: number, host: HostDecoders): Promise<Unpacked> | Unpacked
}

const magic = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes)

const magic32 = (word: number): Uint8Array => magic(word & 0xff, (word >> 8) & 0xff, (word >> 16) & 0xff, word >>> 24)

export const compressions: readonly Compression[] = [
  {
    name: 'gzip',
    magic: [magic(0x1f, 0x8b, 8)],
    begins: looksLikeGzip,
    unpack: async (bytes, limit, host) => {
      const start = gzipHeaderBytes(bytes)
      if (start === undefined) return { bytes: new Uint8Array(0), damage: 'the gzip header does not end' }
      return lent('gzip', () => host.inflateRaw(bytes.subarray(start), limit))
    },
  },
  {
    name: 'xz',
    magic: [magic(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)],
    unpack: (bytes, limit) => collect(streamed('xz', decodeXz, bytes), limit),
  },
  {
    name: 'zstd',
    showsText: true,
    magic: [magic32(ZSTD_MAGIC)],
    unpack: async (bytes, limit, host) => {
      const length = zstdFrameBytes(bytes)
      if (length === undefined) return { bytes: new Uint8Array(0), damage: 'the zstd frame does not end' }
      return lent('zstd', () => host.zstd(bytes.subarray(0, length), limit))
    },
  },
  {
    name: 'lzma',
    magic: LZMA_PROPERTIES.map(properties => magic(properties, 0, 0)),
    begins: looksLikeLzma,
    unpack: (bytes, limit) => collect(decodeLzmaAlone(bytes), limit),
  },
  {
    name: 'lz4',
    showsText: true,
    magic: [magic32(LZ4_LEGACY_MAGIC), magic32(LZ4_MAGIC)],
    unpack: (bytes, limit) => collect(streamed('lz4', decodeLz4, bytes), limit),
  },
  {
    name: 'lzo',
    showsText: true,
    magic: [magic(0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a)],
    unpack: (bytes, limit) => collect(streamed('lzo', decodeLzop, bytes), limit),
  },
  {
    name: 'bzip2',
    magic: [magic(0x42, 0x5a, 0x68)],
    // a block follows at once
    begins: bytes => magic(0x31, 0x41, 0x59, 0x26, 0x53, 0x59).every((byte, i) => bytes[4 + i] === byte),
    unpack: (bytes, limit) => collect(streamed('bzip2', decodeBzip2, bytes), limit),
  },
]

/** Whether the stream begins with these bytes. */
export function beginsWith({ magic, begins }: Compression, bytes: Uint8Array): boolean {
  const marked = magic.some(each => each.every((byte, i) => bytes[i] === byte))
  return marked && (begins === undefined || begins(bytes))
}

/** The packing that begins with these bytes. */
export const recogniseCompression = (bytes: Uint8Array): Compression | undefined =>
  compressions.find(each => beginsWith(each, bytes))

/** A decoder of a stream over bytes that are all there. What follows the stream is no damage. */
function* streamed(name: string, decode: Decode, bytes: Uint8Array): Generator<Uint8Array, void> {
  const decoder = new StreamDecoder(name, decode)
  yield* decoder.whole(bytes)
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
