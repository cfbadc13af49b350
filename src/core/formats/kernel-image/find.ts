// Searching large images for a few bytes.

/** Offset of `needle` in `bytes` from `from` on, -1 when it is not there. Horspool's algorithm: it skips by the last byte. */
export function findBytes(bytes: Uint8Array, needle: Uint8Array, from = 0): number {
  const last = needle.length - 1
  if (last < 0) return from
  const skip = new Uint8Array(256).fill(Math.min(255, needle.length))
  for (let i = 0; i < last; i++) skip[needle[i]!] = Math.min(255, last - i)
  const end = bytes.length - last
  for (let at = from; at < end; at += skip[bytes[at + last]!]!) {
    let i = last
    while (i >= 0 && bytes[at + i] === needle[i]) i--
    if (i < 0) return at
  }
  return -1
}

const bannerStart = new TextEncoder().encode('Linux version ')

/** Longest banner looked at; utsname's three fields, builder and compiler stay far below. */
const MAX_BANNER_BYTES = 1024

/**
 * linux_banner: "Linux version 6.1.0-56-amd64 (builder) (compiler) #1 SMP …". A kernel may hold it twice, once without the
 * number of the build (init/version.c and init/version-timestamp.c, from v6.1 on): the one with it is preferred.
 */
export function findBanner(bytes: Uint8Array, from = 0): string | undefined {
  let first: string | undefined
  for (let at = findBytes(bytes, bannerStart, from); at >= 0; at = findBytes(bytes, bannerStart, at + 1)) {
    const banner = bannerAt(bytes, at)
    if (banner === undefined) continue
    if (/ #\d/.test(banner)) return banner
    first ??= banner
  }
  return first
}

/** Where the first banner stands, -1 when there is none: the sign of a kernel that is not packed. */
export function bannerOffset(bytes: Uint8Array): number {
  let at = findBytes(bytes, bannerStart)
  while (at >= 0 && bannerAt(bytes, at) === undefined) at = findBytes(bytes, bannerStart, at + 1)
  return at
}

function bannerAt(bytes: Uint8Array, at: number): string | undefined {
  const digit = bytes[at + bannerStart.length] ?? 0
  // "Linux version %s" is the format, not a banner.
  if (digit < 0x30 || digit > 0x39) return undefined
  let end = at
  const limit = Math.min(bytes.length, at + MAX_BANNER_BYTES)
  while (end < limit && bytes[end]! >= 0x20 && bytes[end]! < 0x7f) end++
  const text = String.fromCharCode(...bytes.subarray(at, end))
  // Messages that name a version have no builder.
  return text.includes(' (') ? text : undefined
}

/** The release of a banner: its third word. */
export function releaseOf(banner: string): string | undefined {
  return /^Linux version (\S+)/.exec(banner)?.[1]
}
