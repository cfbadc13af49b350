// One block of Snappy: github.com/google/snappy, format_description.txt.

/** Throws RangeError for what is no such block of `limit` bytes at most. */
export function decodeSnappy(packed: Uint8Array, limit: number): Uint8Array {
  let at = 0
  const byte = (): number => {
    const value = packed[at++]
    if (value === undefined) throw new RangeError('snappy: it breaks off')
    return value
  }
  const number = (bytes: number): number => {
    let value = 0
    for (let index = 0; index < bytes; index++) value += byte() * 256 ** index
    return value
  }
  let size = 0
  for (let shift = 0; ; shift += 7) {
    const next = byte()
    size += (next & 0x7f) * 2 ** shift
    if (next < 0x80) break
    if (shift > 28) throw new RangeError('snappy: no size')
  }
  if (size > limit) throw new RangeError(`snappy: ${size} bytes`)
  const bytes = new Uint8Array(size)
  let end = 0
  while (end < size) {
    const tag = byte()
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >> 2
      const length = 1 + (short < 60 ? short : number(short - 59))
      if (length > size - end || length > packed.length - at) throw new RangeError('snappy: a literal runs over')
      bytes.set(packed.subarray(at, at + length), end)
      at += length
      end += length
      continue
    }
    const length = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2)
    const back = kind === 1 ? ((tag >> 5) << 8) | byte() : number(kind === 2 ? 2 : 4)
    if (back === 0 || back > end || length > size - end) throw new RangeError('snappy: a copy from nowhere')
    for (let index = 0; index < length; index++, end++) bytes[end] = bytes[end - back]!
  }
  return bytes
}
