// The extent of a zstd frame, without decompressing it. RFC 8878, §3.1.1.

export const ZSTD_MAGIC = 0xfd2fb528

/** Bytes of the frame that begins here; undefined when it is none, or is cut off. */
export function zstdFrameBytes(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 6 || view.getUint32(0, true) !== ZSTD_MAGIC) return undefined
  const descriptor = bytes[4]!
  const singleSegment = (descriptor & 0x20) !== 0
  const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  if (descriptor & 0x08) return undefined // reserved
  let at = 5 + (singleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes
  for (let last = false; !last; ) {
    if (at + 3 > bytes.length) return undefined
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    const type = (header >> 1) & 3
    if (type === 3) return undefined // reserved
    last = (header & 1) !== 0
    // a block of repeats is one byte
    at += 3 + (type === 1 ? 1 : header >> 3)
  }
  if (descriptor & 0x04) at += 4 // checksum
  return at <= bytes.length ? at : undefined
}
