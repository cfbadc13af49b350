// LZO1X in lzop's container, in which some kernels are packed. The stream: Documentation/staging/lzo.rst; the container
// as lib/decompress_unlzo.c reads it.

import { adler32 } from './checksums.ts'
import { StreamDamage, type StreamInput } from './stream-decoder.ts'

const magic = [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a]

/** lzop's largest block; the kernel's own is 256 KiB. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024

// flags of the header
const ADLER_OF_DATA = 0x1
const ADLER_OF_BLOCK = 0x2
const EXTRA_FIELD = 0x40
const CRC_OF_DATA = 0x100
const CRC_OF_BLOCK = 0x200
const FILTER = 0x800

/** One archive; what follows its end is not looked at. */
export function* decodeLzop(input: StreamInput): Generator<Uint8Array | undefined, void> {
  const flags = yield* readHeader(input)
  for (;;) {
    const size = u32(yield* input.take(4, 'block size'))
    if (size === 0) return
    const packed = u32(yield* input.take(4, 'block size'))
    if (size > MAX_BLOCK_BYTES || packed > size) throw new StreamDamage('corrupt', `lzo block of ${packed} for ${size}`)
    const adler = flags & ADLER_OF_DATA ? u32(yield* input.take(4, 'checksum')) : undefined
    if (flags & CRC_OF_DATA) yield* input.take(4, 'checksum')
    if (packed < size) {
      for (const flag of [ADLER_OF_BLOCK, CRC_OF_BLOCK]) if (flags & flag) yield* input.take(4, 'checksum')
    }
    const block = yield* input.take(packed, 'block')
    const data = packed < size ? decodeLzo1x(block, size) : block
    if (adler !== undefined && adler32(data) !== adler) throw new StreamDamage('corrupt', 'lzo checksum of a block')
    yield data
  }
}

/** Gives the flags. */
function* readHeader(input: StreamInput): Generator<undefined, number> {
  const start = yield* input.take(magic.length, 'header')
  if (!magic.every((byte, i) => start[i] === byte)) throw new StreamDamage('unsupported', 'not an lzop archive')
  const version = u16(yield* input.take(2, 'version'))
  // the library's version, then the version that is needed, the method and its level
  yield* input.take(version >= 0x940 ? 6 : 3, 'header')
  const flags = u32(yield* input.take(4, 'flags'))
  if (flags & FILTER) throw new StreamDamage('unsupported', 'lzop filter')
  // mode, time of change in one word or two
  yield* input.take(version >= 0x940 ? 12 : 8, 'header')
  const nameLength = (yield* input.take(1, 'name'))[0]!
  yield* input.take(nameLength + 4, 'name and checksum')
  if (flags & EXTRA_FIELD) {
    const length = u32(yield* input.take(4, 'extra field'))
    if (length > MAX_BLOCK_BYTES) throw new StreamDamage('corrupt', `lzop extra field of ${length} bytes`)
    yield* input.take(length + 4, 'extra field')
  }
  return flags
}

/**
 * One block of LZO1X that gives `size` bytes, or as many as it has where it is only known that it gives no more. Throws
 * StreamDamage. An instruction's meaning depends on how many literals the one before it copied: none, one to three, or a
 * run of them (4).
 */
export function decodeLzo1x(block: Uint8Array, size: number, atMost = false): Uint8Array {
  const out = new Uint8Array(size)
  let to = 0
  let at = 0
  let literals = 0

  const next = (): number => {
    const byte = block[at++]
    if (byte === undefined) throw new StreamDamage('truncated', 'lzo block')
    return byte
  }
  const longer = (base: number): number => {
    let length = base
    let byte = next()
    while (byte === 0) {
      length += 255
      byte = next()
    }
    return length + byte
  }
  const copyLiterals = (count: number): void => {
    if (count > block.length - at || count > size - to) throw new StreamDamage('corrupt', 'lzo literals')
    out.set(block.subarray(at, at + count), to)
    at += count
    to += count
  }
  const copyMatch = (distance: number, length: number): void => {
    if (distance > to || length > size - to) throw new StreamDamage('corrupt', 'lzo match')
    for (const end = to + length; to < end; to++) out[to] = out[to - distance]!
  }

  const first = block[0] ?? 0
  if (first > 17) {
    at = 1
    copyLiterals(first - 17)
    literals = Math.min(first - 17, 4)
  }
  for (;;) {
    const code = next()
    let trailing: number
    if (code < 16) {
      if (literals === 0) {
        copyLiterals(3 + (code === 0 ? longer(15) : code))
        literals = 4
        continue
      }
      const distance = (next() << 2) + (code >> 2)
      if (literals === 4) copyMatch(distance + 2049, 3)
      else copyMatch(distance + 1, 2)
      trailing = code & 3
    } else if (code < 64) {
      const near = code >= 32
      const mask = near ? 31 : 7
      const length = 2 + ((code & mask) === 0 ? longer(mask) : code & mask)
      const word = next() | (next() << 8)
      const distance = (word >> 2) + (near ? 1 : 16384 + ((code & 8) << 11))
      if (!near && distance === 16384) {
        if (to < size && !atMost) throw new StreamDamage('corrupt', `lzo block of ${to} bytes, not ${size}`)
        return out.subarray(0, to)
      }
      copyMatch(distance, length)
      trailing = word & 3
    } else {
      const length = code < 128 ? 3 + ((code >> 5) & 1) : 5 + ((code >> 5) & 3)
      copyMatch((next() << 3) + ((code >> 2) & 7) + 1, length)
      trailing = code & 3
    }
    copyLiterals(trailing)
    literals = trailing
  }
}

function u16(bytes: Uint8Array): number {
  return (bytes[0]! << 8) | bytes[1]!
}

function u32(bytes: Uint8Array): number {
  return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0
}
