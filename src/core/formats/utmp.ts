// wtmp: who logged in, and when the machine was booted and shut down. utmp(5); glibc's bits/utmp.h. A record has 384 bytes
// where the C library keeps 32-bit times for programs of the 32-bit kind (x86, powerpc, s390, mips…), and 400 where it does
// not (arm64, riscv64, loongarch64…). Musl writes none.

import { type ByteOrder, Cursor, latin1 } from '../bytes/cursor.ts'

export const utmpTypes = {
  runLevel: 1,
  boot: 2,
  newTime: 3,
  oldTime: 4,
  init: 5,
  login: 6,
  user: 7,
  dead: 8,
} as const

export interface UtmpRecord {
  type: number
  pid: number
  line: string
  user: string
  /** of a boot record: the kernel's release */
  host: string
  /** ms since 1970 */
  at: number
}

interface Layout {
  bytes: number
  seconds: number
  wide: boolean
}

const layouts: readonly Layout[] = [
  { bytes: 384, seconds: 340, wide: false },
  { bytes: 400, seconds: 344, wide: true },
]
const orders: readonly ByteOrder[] = ['little', 'big']

/** 1980 and 2100: what is outside is no time of a machine that has been up. A board without a clock starts in 1970. */
const LAST_SECOND = 4102444800

/** So many of the first records decide which layout it is. */
const TRIED_RECORDS = 8

/** All records that make sense, in the order of the file; none where it is no wtmp. A torn last record is left out. */
export function readUtmp(bytes: Uint8Array): UtmpRecord[] {
  let best: { records: UtmpRecord[]; score: number } = { records: [], score: 0 }
  for (const layout of layouts) {
    for (const order of orders) {
      const tried = readWith(bytes.subarray(0, layout.bytes * TRIED_RECORDS), layout, order)
      const all = Math.min(TRIED_RECORDS, Math.floor(bytes.length / layout.bytes))
      const score = all === 0 ? 0 : tried.length / all
      if (score > 0.5 && score > best.score) best = { records: readWith(bytes, layout, order), score }
    }
  }
  return best.records
}

function readWith(bytes: Uint8Array, { bytes: size, seconds, wide }: Layout, order: ByteOrder): UtmpRecord[] {
  const records: UtmpRecord[] = []
  for (let at = 0; at + size <= bytes.length; at += size) {
    const cursor = new Cursor('utmp', bytes.subarray(at, at + size), order, at)
    const type = cursor.u16()
    const pid = cursor.seek(4).u32() | 0
    const second = wide ? Number(cursor.seek(seconds).i64()) : cursor.seek(seconds).u32()
    const micros = wide ? Number(cursor.i64()) : cursor.u32()
    if (type < 1 || type > 9 || second < 0 || second > LAST_SECOND || micros < 0 || micros >= 1e6) continue
    const text = (start: number, length: number): string =>
      latin1(bytes.subarray(at + start, at + start + length)).replace(/\0.*$/s, '')
    const record = {
      type,
      pid,
      line: text(8, 32),
      user: text(44, 32),
      host: text(76, 256),
      at: second * 1000 + micros / 1000,
    }
    records.push(record)
  }
  return records
}
