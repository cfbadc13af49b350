// The header of a gzip member. RFC 1952, §2.3.

/** Whether a member with deflated data begins here. */
export function looksLikeGzip(bytes: Uint8Array): boolean {
  // ID1 ID2 CM, and no flag that nobody has defined
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8 && (bytes[3] ?? 0xff) < 0x20
}

/** Where the deflated data begins; undefined when the header does not end. */
export function gzipHeaderBytes(bytes: Uint8Array): number | undefined {
  const flags = bytes[3] ?? 0
  let at = 10
  if (flags & 0x04) at += 2 + (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8)
  for (const text of [0x08, 0x10]) {
    if ((flags & text) === 0) continue
    const end = bytes.indexOf(0, at)
    if (end < 0) return undefined
    at = end + 1
  }
  if (flags & 0x02) at += 2
  return at < bytes.length ? at : undefined
}
