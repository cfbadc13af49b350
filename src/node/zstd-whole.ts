// A small zstd archive at once. A stream of node:zlib takes ten times as long for a few kilobytes, and what it allocates
// makes the collector go through everything.

import { zstdDecompressSync } from 'node:zlib'

/** Of what comes out of one frame. */
const MOST_BYTES = 1024 * 1024
/** node:zlib's stream ends what it packs with an empty frame of its own; a frame of so many bytes can have no text. */
const EMPTY_BYTES = 9
const MOST_FRAMES = 4

/** undefined: it is not whole frames to its last byte, or damaged, or more; decompress.ts has all of those. */
export function decompressWhole(bytes: Uint8Array): Uint8Array | undefined {
  // Node does not ask whether a frame is complete once its text is, nor what stands behind it.
  const frames: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += frames.at(-1)!.length) {
    const length = frameBytes(bytes.subarray(at))
    if (length === undefined || frames.length === MOST_FRAMES) return undefined
    frames.push(bytes.subarray(at, at + length))
  }
  try {
    const texts = frames
      .filter(({ length }) => length > EMPTY_BYTES)
      .map(frame => zstdDecompressSync(frame, { maxOutputLength: MOST_BYTES }))
    return texts.length === 1 ? texts[0] : Buffer.concat(texts)
  } catch {
    return undefined
  }
}

const MAGIC = 0xfd2fb528
const RLE = 1

/** The length of the frame that begins here, RFC 8878 §3.1.1; undefined where it is none, or not whole. */
function frameBytes(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 5 || view.getUint32(0, true) !== MAGIC) return undefined
  const descriptor = bytes[4]!
  const single = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3]!
  const content = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6]!
  let at = 5 + (single ? 0 : 1) + dictionary + content
  for (let last = false; !last; ) {
    if (at + 3 > bytes.length) return undefined
    const header = view.getUint16(at, true) | (bytes[at + 2]! << 16)
    last = (header & 1) !== 0
    at += 3 + (((header >>> 1) & 3) === RLE ? 1 : header >>> 3)
  }
  at += (descriptor & 4) !== 0 ? 4 : 0
  return at <= bytes.length ? at : undefined
}
