// What the browser lends the core: its deflate, and zstd by WebAssembly.

import { ZSTDDecoder } from 'zstddec/stream'
import { concatenate } from '../../../core/bytes/concatenate.ts'
import type { Inflate } from '../../../core/formats/elf/compression.ts'
import type { HostDecoders } from '../../../core/formats/kernel-image/compression.ts'

/** Everything of a stream, at most `limit` bytes; what comes before an error is given, as bytes may follow the data. */
async function collect(bytes: Uint8Array, format: CompressionFormat, limit: number): Promise<Uint8Array> {
  const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream(format))
  const reader = stream.getReader()
  const pieces: Uint8Array[] = []
  let size = 0
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length
      if (size > limit) throw new RangeError(`more than ${limit} bytes`)
      pieces.push(next.value)
    }
  } catch (error) {
    if (size === 0 || error instanceof RangeError) throw error
  }
  return concatenate(pieces)
}

async function unpackZstd(frame: Uint8Array, limit: number): Promise<Uint8Array> {
  const decoder = new ZSTDDecoder()
  await decoder.init()
  const pieces: Uint8Array[] = []
  let size = 0
  for (const piece of decoder.decodeStreaming([frame])) {
    size += piece.length
    if (size > limit) throw new RangeError(`more than ${limit} bytes`)
    pieces.push(piece.slice())
  }
  return concatenate(pieces)
}

export const browserDecoders: HostDecoders = {
  inflateRaw: (bytes, limit) => collect(bytes, 'deflate-raw', limit),
  zstd: unpackZstd,
}

/** Of compressed sections. */
export const inflate: Inflate = async (format, bytes, size) => {
  try {
    const whole = await (format === 'zlib' ? collect(bytes, 'deflate', size) : unpackZstd(bytes, size))
    return whole.length === size ? whole : undefined
  } catch {
    return undefined
  }
}
