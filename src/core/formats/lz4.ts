// lz4 frames and the legacy format of old kernels and `lz4 -l`. doc/lz4_Frame_format.md, doc/lz4_Block_format.md (v1.6).

import { XxHash32 } from './checksums.ts'
import { StreamDamage, type StreamInput } from './stream-decoder.ts'

export const LZ4_MAGIC = 0x184d2204
export const LZ4_LEGACY_MAGIC = 0x184c2102
/** Skippable frames, which zstd has too: 0x184D2A50 … 5F. */
export const SKIPPABLE_MAGIC = 0x184d2a50

/** A match reaches back no farther than this. */
const HISTORY_BYTES = 64 * 1024
/** Legacy blocks hold 8 MiB of text; those of frames at most 4. */
const LEGACY_BLOCK_BYTES = 8 * 1024 * 1024

/** All frames of the input. What follows them and is no frame is reported as trailing. */
export function* decodeLz4(input: StreamInput): Generator<Uint8Array | undefined, void> {
  for (let first = true; ; first = false) {
    yield* input.want(4)
    if (input.available === 0 && !first) return
    yield* input.need(4, 'magic number')
    const magic = u32(input.peek(4))
    if (magic === LZ4_MAGIC) yield* decodeFrame(input)
    else if (magic === LZ4_LEGACY_MAGIC) yield* decodeLegacy(input)
    else if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) yield* skipFrame(input)
    else throw new StreamDamage(first ? 'unsupported' : 'trailing', 'not an lz4 frame')
  }
}

/** One block without a frame, of at most `maximum` bytes of text. Throws StreamDamage. */
export function decodeLz4Block(block: Uint8Array, maximum: number): Uint8Array {
  const out = new BlockOutput(maximum)
  const decoded = out.decode(block)
  if (out.damage !== undefined) throw out.damage
  return decoded
}

function* skipFrame(input: StreamInput): Generator<undefined, void> {
  let length = u32((yield* input.take(8, 'skippable frame')).subarray(4))
  while (length > 0) {
    yield* input.need(1, 'skippable frame')
    const step = Math.min(length, input.available)
    input.consume(step)
    length -= step
  }
}

function* decodeFrame(input: StreamInput): Generator<Uint8Array | undefined, void> {
  yield* input.take(4, 'magic number')
  const [flags, sizes] = yield* input.take(2, 'frame descriptor')
  if (flags! >> 6 !== 1) throw new StreamDamage('unsupported', `lz4 frame version ${flags! >> 6}`)
  const independent = (flags! & 0x20) !== 0
  const blockChecksum = (flags! & 0x10) !== 0
  const contentSize = (flags! & 0x08) !== 0
  const contentChecksum = (flags! & 0x04) !== 0
  const dictionary = (flags! & 0x01) !== 0
  const maximum = 1 << (8 + 2 * ((sizes! >> 4) & 7))
  if (maximum < 64 * 1024 || maximum > 4 * 1024 * 1024) throw new StreamDamage('corrupt', 'lz4 block size')
  if (dictionary) throw new StreamDamage('unsupported', 'lz4 frame with a dictionary')
  yield* input.take((contentSize ? 8 : 0) + 1, 'frame descriptor')
  const out = new BlockOutput(maximum)
  const hash = new XxHash32()
  for (;;) {
    const header = u32(yield* input.take(4, 'block size'))
    if (header === 0) break
    const length = header & 0x7fffffff
    if (length > maximum) throw new StreamDamage('corrupt', `lz4 block of ${length} bytes`)
    if (independent) out.forget()
    const decoded = yield* decodeBlock(input, length, header > 0x7fffffff, out)
    hash.update(decoded)
    yield decoded
    if (out.damage !== undefined) throw out.damage
    if (blockChecksum) yield* input.take(4, 'block checksum')
  }
  if (contentChecksum && u32(yield* input.take(4, 'content checksum')) !== hash.digest()) {
    throw new StreamDamage('corrupt', 'lz4 content checksum')
  }
}

function* decodeLegacy(input: StreamInput): Generator<Uint8Array | undefined, void> {
  yield* input.take(4, 'magic number')
  const out = new BlockOutput(LEGACY_BLOCK_BYTES)
  let total = 0
  for (;;) {
    yield* input.want(4)
    if (input.available === 0) return
    yield* input.need(4, 'block size')
    const length = u32(input.peek(4))
    if (length === LZ4_MAGIC || length === LZ4_LEGACY_MAGIC || length >>> 4 === SKIPPABLE_MAGIC >>> 4) return
    // Kernels have the size of the whole behind the last block (scripts/Makefile.lib, size_append).
    if (total > 0 && length === total) return
    if (length > LEGACY_BLOCK_BYTES + LEGACY_BLOCK_BYTES / 255 + 16) {
      throw new StreamDamage('corrupt', `lz4 block of ${length} bytes`)
    }
    input.consume(4)
    out.forget()
    const decoded = yield* decodeBlock(input, length, false, out)
    total += decoded.length
    yield decoded
    if (out.damage !== undefined) throw out.damage
  }
}

/** Waits for a block, or what there is of it when the input ends, and decodes it behind what `out` remembers. */
function* decodeBlock(
  input: StreamInput,
  length: number,
  stored: boolean,
  out: BlockOutput,
): Generator<undefined, Uint8Array> {
  yield* input.want(length)
  const block = input.peek(length)
  const decoded = stored ? out.copy(block) : out.decode(block)
  if (block.length < length) {
    out.damage = new StreamDamage('truncated', `lz4 block: needs ${length} bytes, has ${block.length}`)
  }
  input.consume(block.length)
  return decoded
}

/** The history that matches may reach into, and behind it the block that is being decoded. */
class BlockOutput {
  readonly #bytes: Uint8Array
  readonly #maximum: number
  #history = 0
  /** why the block that was just decoded is incomplete */
  damage: StreamDamage | undefined

  constructor(maximum: number) {
    this.#maximum = maximum
    this.#bytes = new Uint8Array(HISTORY_BYTES + maximum)
  }

  forget(): void {
    this.#history = 0
  }

  copy(block: Uint8Array): Uint8Array {
    this.#bytes.set(block, this.#history)
    return this.#keep(this.#history + block.length)
  }

  /** Sequences of literals and matches; stops, with the damage noted, where one does not fit. */
  decode(block: Uint8Array): Uint8Array {
    const bytes = this.#bytes
    const end = this.#history + this.#maximum
    let to = this.#history
    let at = 0
    while (at < block.length) {
      const token = block[at++]!
      let literals = token >> 4
      if (literals === 15) {
        let more = 255
        while (more === 255 && at < block.length) literals += more = block[at++]!
      }
      const copied = Math.min(literals, block.length - at, end - to)
      bytes.set(block.subarray(at, at + copied), to)
      to += copied
      at += literals
      if (copied < literals) return this.#stop(to, 'literals')
      if (at === block.length) break // the last sequence has no match
      if (at + 2 > block.length) return this.#stop(to, 'offset')
      const distance = block[at]! | (block[at + 1]! << 8)
      at += 2
      let length = (token & 15) + 4
      if (length === 19) {
        let more = 255
        while (more === 255 && at < block.length) length += more = block[at++]!
      }
      if (distance === 0 || distance > to) return this.#stop(to, 'distance')
      const stop = Math.min(to + length, end)
      for (; to < stop; to++) bytes[to] = bytes[to - distance]!
      if (stop === end && at < block.length) return this.#stop(to, 'block size')
    }
    return this.#keep(to)
  }

  #stop(to: number, what: string): Uint8Array {
    this.damage = new StreamDamage('corrupt', `lz4 ${what}`)
    return this.#keep(to)
  }

  /** What was decoded, copied out; its end stays as history. */
  #keep(to: number): Uint8Array {
    const decoded = this.#bytes.slice(this.#history, to)
    const kept = Math.min(to, HISTORY_BYTES)
    this.#bytes.copyWithin(0, to - kept, to)
    this.#history = kept
    return decoded
  }
}

function u32(bytes: Uint8Array): number {
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0
}
