// xz streams: LZMA2, with or without a filter for machine code. tukaani.org/xz/xz-file-format.txt, version 1.2.1.

import { BranchFilter, branchFilters } from './branch-filters.ts'
import { Crc64, crc32 } from './checksums.ts'
import { Dictionary, LzmaDecoder } from './lzma.ts'
import { StreamDamage, type StreamInput } from './stream-decoder.ts'

/** A stream that wants a larger dictionary is refused; xz -9 wants 64 MiB. */
export const MAX_DICTIONARY_BYTES = 256 * 1024 * 1024

const FILTER_LZMA2 = 0x21

/** §2.1.1.2: none, CRC32, CRC64, SHA-256 and the sizes of the reserved ones. */
const checkSizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64]

/** All streams of the input, with the padding between them. */
export function* decodeXz(input: StreamInput): Generator<Uint8Array | undefined, void> {
  for (let first = true; ; first = false) {
    if (!first) yield* skipPadding(input)
    yield* input.want(12)
    if (input.available === 0 && !first) return
    if (!first && !isMagic(input.peek(6))) throw new StreamDamage('trailing', 'not an xz stream')
    yield* input.need(6, 'stream header')
    if (!isMagic(input.peek(6))) throw new StreamDamage('unsupported', 'not an xz stream')
    const header = yield* input.take(12, 'stream header')
    const check = header[7]! & 0x0f
    if (header[6] !== 0 || header[7]! > 0x0f) throw new StreamDamage('unsupported', 'xz stream flags')
    while (yield* decodeBlock(input, check)) {
      // one block after the other; the index follows the last
    }
    yield* skipIndex(input)
    const footer = yield* input.take(12, 'stream footer')
    if (footer[10] !== 0x59 || footer[11] !== 0x5a) throw new StreamDamage('corrupt', 'xz stream footer')
  }
}

const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]

/** Whether these bytes, at most six, begin a stream. */
function isMagic(bytes: Uint8Array): boolean {
  return bytes.every((byte, i) => byte === magic[i])
}

/** §2.2: zeros, a multiple of four. */
function* skipPadding(input: StreamInput): Generator<undefined, void> {
  for (;;) {
    yield* input.want(4)
    const word = input.peek(4)
    if (word.length < 4 || word.some(byte => byte !== 0)) return
    input.consume(4)
  }
}

/** §3. False where the index stands instead of a block. */
function* decodeBlock(input: StreamInput, check: number): Generator<Uint8Array | undefined, boolean> {
  yield* input.need(1, 'block header')
  const size = (input.peek(1)[0]! + 1) * 4
  if (size === 4) return false
  const header = yield* input.take(size, 'block header')
  if (crc32(header.subarray(0, size - 4)) !== u32(header.subarray(size - 4))) {
    throw new StreamDamage('corrupt', 'xz block header')
  }
  const start = input.offset
  const verifier = check === 4 ? new Crc64() : undefined
  let crc = 0
  for (const step of filtered(input, blockFilters(header))) {
    if (step !== undefined) {
      if (check === 1) crc = crc32(step, crc)
      else verifier?.update(step)
    }
    yield step
  }
  yield* input.take((4 - ((input.offset - start) & 3)) & 3, 'block padding')
  const expected = yield* input.take(checkSizes[check]!, 'check')
  const matches = check === 1 ? u32(expected) === crc : (verifier?.matches(expected) ?? true)
  if (!matches) throw new StreamDamage('corrupt', 'xz check of a block')
  return true
}

interface BlockFilters {
  dictionaryBytes: number
  /** in the order in which they are undone */
  branch: BranchFilter[]
}

/** §3.1: the block's filters. The last is LZMA2; before it may stand those of machine code. */
function blockFilters(header: Uint8Array): BlockFilters {
  const flags = header[1]!
  let at = 2
  for (const bit of [0x40, 0x80]) if (flags & bit) while (header[at++]! & 0x80 && at < header.length);
  const branch: BranchFilter[] = []
  for (let left = flags & 3; left > 0; left--) {
    const id = header[at] ?? 0
    const size = header[at + 1] ?? 0
    const known = branchFilters[id]
    if (known === undefined || (size !== 0 && size !== 4)) throw unsupportedFilter(id)
    const start = size === 0 ? 0 : u32(header.subarray(at + 2, at + 6))
    if (start % known.align !== 0) throw new StreamDamage('corrupt', `xz filter at offset ${start}`)
    branch.unshift(new BranchFilter(known.make(), start))
    at += 2 + size
  }
  if (header[at] !== FILTER_LZMA2 || header[at + 1] !== 1) throw unsupportedFilter(header[at] ?? 0)
  return { dictionaryBytes: dictionarySize(header[at + 2]!), branch }
}

function unsupportedFilter(id: number): StreamDamage {
  return new StreamDamage('unsupported', `xz filter 0x${id.toString(16)}`)
}

/** §5.3.1. */
function dictionarySize(bits: number): number {
  const size = bits >= 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11)
  if (size > MAX_DICTIONARY_BYTES) throw new StreamDamage('unsupported', `xz dictionary of ${size} bytes`)
  return size
}

/** What LZMA2 gives, with the filters undone. */
function* filtered(
  input: StreamInput,
  { dictionaryBytes, branch }: BlockFilters,
): Generator<Uint8Array | undefined, void> {
  for (const step of decodeLzma2(input, dictionaryBytes)) {
    yield step === undefined ? undefined : branch.reduce((bytes, filter) => filter.push(bytes), step)
  }
  for (const [index, filter] of branch.entries()) {
    const rest = branch.slice(index + 1).reduce((bytes, later) => later.push(bytes), filter.end())
    if (rest.length > 0) yield rest
  }
}

/** §5.3: chunks with a control byte each. Of a chunk that is cut off comes what can be decoded. */
function* decodeLzma2(input: StreamInput, limit: number): Generator<Uint8Array | undefined, void> {
  const dictionary = new Dictionary(limit)
  const decoder = new LzmaDecoder(dictionary)
  for (;;) {
    const control = (yield* input.take(1, 'chunk'))[0]!
    if (control === 0) return
    if (control === 1 || control >= 0xe0) dictionary.reset()
    if (control >= 0x80) {
      const head = yield* input.take(4, 'chunk')
      const size = ((control & 0x1f) << 16) + (head[0]! << 8) + head[1]! + 1
      const packed = (head[2]! << 8) + head[3]! + 1
      if (control >= 0xc0) decoder.setProperties((yield* input.take(1, 'chunk'))[0]!)
      else if (control >= 0xa0) decoder.resetState()
      yield* input.want(packed)
      const chunk = input.peek(packed)
      dictionary.reserve(size)
      const decoded = decoder.decode(chunk, size)
      if (decoded > 0) yield dictionary.last(decoded)
      input.consume(chunk.length)
      if (chunk.length < packed)
        throw new StreamDamage('truncated', `chunk: needs ${packed} bytes, has ${chunk.length}`)
      if (decoded < size) throw new StreamDamage('corrupt', 'lzma chunk')
    } else if (control <= 2) {
      const head = yield* input.take(2, 'chunk')
      const size = (head[0]! << 8) + head[1]! + 1
      yield* input.want(size)
      const chunk = input.peek(size).slice()
      input.consume(chunk.length)
      dictionary.reserve(chunk.length)
      for (const byte of chunk) {
        dictionary.bytes[dictionary.at++] = byte
        if (dictionary.at === dictionary.bytes.length) dictionary.at = 0
      }
      dictionary.filled += chunk.length
      yield chunk
      if (chunk.length < size) throw new StreamDamage('truncated', `chunk: needs ${size} bytes, has ${chunk.length}`)
    } else throw new StreamDamage('corrupt', 'lzma2 control byte')
  }
}

/** §4: the sizes of all blocks, which streaming does not need. */
function* skipIndex(input: StreamInput): Generator<undefined, void> {
  const start = input.offset
  yield* input.take(1, 'index')
  const records = yield* readVli(input)
  for (let i = 0; i < records; i++) {
    yield* readVli(input)
    yield* readVli(input)
  }
  yield* input.take((4 - ((input.offset - start) & 3)) & 3, 'index padding')
  yield* input.take(4, 'index check')
}

/** §1.2: seven bits a byte, least significant first. */
function* readVli(input: StreamInput): Generator<undefined, number> {
  let value = 0
  for (let shift = 0; shift < 63; shift += 7) {
    const byte = (yield* input.take(1, 'integer'))[0]!
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return value
  }
  throw new StreamDamage('corrupt', 'xz integer')
}

function u32(bytes: Uint8Array): number {
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0
}
