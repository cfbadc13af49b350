// Writes wtmp, for tests: bits/utmp.h.

export interface UtmpEntry {
  type: number
  pid: number
  line: string
  user: string
  host: string
  /** ms since 1970 */
  at: number
}

export function utmpBytes(
  entries: readonly UtmpEntry[],
  { wide = false, order = 'little' }: { wide?: boolean; order?: 'little' | 'big' } = {},
): Uint8Array {
  const little = order === 'little'
  const size = wide ? 400 : 384
  const bytes = new Uint8Array(size * entries.length)
  for (const [index, { type, pid, line, user, host, at }] of entries.entries()) {
    const record = bytes.subarray(index * size, (index + 1) * size)
    const view = new DataView(record.buffer, record.byteOffset, size)
    view.setInt16(0, type, little)
    view.setInt32(4, pid, little)
    for (const [start, text] of [
      [8, line],
      [44, user],
      [76, host],
    ] as const)
      record.set(Buffer.from(text), start)
    const seconds = Math.floor(at / 1000)
    const micros = (at % 1000) * 1000
    if (wide) {
      view.setBigInt64(344, BigInt(seconds), little)
      view.setBigInt64(352, BigInt(micros), little)
    } else {
      view.setInt32(340, seconds, little)
      view.setInt32(344, micros, little)
    }
  }
  return bytes
}
