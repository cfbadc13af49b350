// The 256 tokens that kallsyms packs names with: kallsyms_token_table, their texts one behind the other, and
// kallsyms_token_index, where each begins. The index is the one table that gives itself away wherever it stands.
// scripts/kallsyms.c, write_src().

import type { ByteOrder } from '../../bytes/cursor.ts'

export interface TokenTables {
  order: ByteOrder
  /** offset of kallsyms_token_table */
  table: number
  /** offset of kallsyms_token_index, 512 bytes */
  index: number
  texts: readonly string[]
}

const TOKENS = 256
export const INDEX_BYTES = TOKENS * 2

/** Few tokens are unused even in the smallest kernel; tables of character sets rise too, and have no texts before them. */
const MIN_TEXTS = 32

/** A token is part of a name, so no longer than one (include/linux/kallsyms.h, KSYM_NAME_LEN). */
const MAX_TOKEN_BYTES = 512
/** Both tables are aligned to a word, the padding is zero. */
const MAX_PADDING = 7

/** All places where the two tables stand, in order of the offset; a real image has one. */
export function* findTokens(bytes: Uint8Array): Generator<TokenTables> {
  // Tables are aligned to four bytes at least; words are looked at in the host's order, as bytes 0 0 x 0 or 0 0 0 x.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2)
  const last = words.length - INDEX_BYTES / 4
  const [little, big] = hostIsLittle ? [0xff00ffff, 0x00ffffff] : [0xffff00ff, 0xffffff00]
  for (let word = 0; word <= last; word++) {
    const value = words[word]!
    if (((value & little) !== 0 && (value & big) !== 0) || value === 0) continue
    const order = (value & little) === 0 ? 'little' : 'big'
    const starts = readIndex(bytes, word * 4, order)
    if (starts === undefined) continue
    const table = findTable(bytes, word * 4, starts)
    if (table !== undefined) yield { order, table, index: word * 4, texts: textsOf(bytes, table, starts) }
  }
}

const hostIsLittle = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** 256 offsets that begin with 0 and rise. A token that no name uses has no text, but a NUL. */
function readIndex(bytes: Uint8Array, at: number, order: ByteOrder): Uint16Array | undefined {
  const high = order === 'little' ? 1 : 0
  const end = at + INDEX_BYTES
  let before = 0
  let texts = 0
  for (let place = at + 2; place < end; place += 2) {
    const start = bytes[place + 1 - high]! | (bytes[place + high]! << 8)
    if (start <= before || start > before + MAX_TOKEN_BYTES) return undefined
    if (start > before + 1) texts++
    before = start
  }
  if (texts < MIN_TEXTS) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, INDEX_BYTES)
  return Uint16Array.from({ length: TOKENS }, (_, i) => view.getUint16(i * 2, order === 'little'))
}

/** The table of texts before its index: every token begins behind a NUL. The last token's length is not known. */
function findTable(bytes: Uint8Array, index: number, starts: Uint16Array): number | undefined {
  const latest = (index - starts[TOKENS - 1]! - 1) & ~3
  const earliest = Math.max(0, latest - MAX_TOKEN_BYTES - MAX_PADDING)
  for (let table = latest; table >= earliest; table -= 4) {
    if (isTable(bytes, table, index, starts)) return table
  }
  return undefined
}

function isTable(bytes: Uint8Array, table: number, index: number, starts: Uint16Array): boolean {
  for (let i = 1; i < TOKENS; i++) if (bytes[table + starts[i]! - 1] !== 0) return false
  let at = table
  for (let i = 0; i < TOKENS; i++) {
    // Names have no control characters; what is between two starts is one text.
    const end = i + 1 < TOKENS ? table + starts[i + 1]! - 1 : bytes.indexOf(0, at)
    if (end < at || end >= index) return false
    for (; at < end; at++) if (bytes[at]! < 0x20) return false
    at = end + 1
  }
  if (index - at > MAX_PADDING) return false
  for (; at < index; at++) if (bytes[at] !== 0) return false
  return true
}

function textsOf(bytes: Uint8Array, table: number, starts: Uint16Array): string[] {
  return Array.from(starts, start => {
    const from = table + start
    return String.fromCharCode(...bytes.subarray(from, bytes.indexOf(0, from)))
  })
}
