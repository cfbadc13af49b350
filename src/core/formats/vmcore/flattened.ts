// makedumpfile's flattened form, made for pipes: pieces of a file, each with the place where it belongs. makedumpfile.h,
// struct makedumpfile_header and makedumpfile_data_header; all numbers are big-endian. QEMU's dump-guest-memory -z too.

import { type ByteFile, checkRange, readCursor } from '../../bytes/byte-file.ts'
import { FormatError } from '../../bytes/cursor.ts'

const SIGNATURE = 'makedumpfile'
const HEADER_BYTES = 4096
const PIECE_HEADER_BYTES = 16

/** A dump of a terabyte has no more. */
const MAX_PIECES = 16 * 1024 * 1024

export const isFlattened = (head: Uint8Array): boolean =>
  [...SIGNATURE].every((letter, index) => head[index] === letter.charCodeAt(0))

interface Piece {
  /** in the file that is meant, and in this one */
  place: number
  offset: number
  bytes: number
  /** a later piece overwrites an earlier one */
  number: number
}

/** The file that a flattened one stands for. What was cut off is missing at its end. Throws FormatError. */
export async function openFlattened(file: ByteFile): Promise<ByteFile> {
  const pieces: Piece[] = []
  let size = 0
  let longest = 0
  for (let offset = HEADER_BYTES; offset + PIECE_HEADER_BYTES <= file.size; ) {
    const header = await readCursor(file, offset, PIECE_HEADER_BYTES, 'big', 'makedumpfile')
    const place = header.i64()
    const bytes = header.i64()
    if (place < 0n || bytes < 0n) break
    if (place > 2n ** 50n || bytes > 2n ** 40n || pieces.length >= MAX_PIECES) {
      throw new FormatError('makedumpfile', offset, `a piece of ${bytes} bytes at ${place}`)
    }
    offset += PIECE_HEADER_BYTES
    const there = Math.min(Number(bytes), file.size - offset)
    if (there > 0) pieces.push({ place: Number(place), offset, bytes: there, number: pieces.length })
    size = Math.max(size, Number(place) + there)
    longest = Math.max(longest, there)
    offset += Number(bytes)
  }
  pieces.sort((a, b) => a.place - b.place)
  const rebuilt = {
    name: file.name,
    size,
    read: async (start: number, count: number): Promise<Uint8Array> => {
      checkRange(rebuilt, start, count)
      const bytes = new Uint8Array(count)
      const found: Piece[] = []
      for (let index = firstFrom(pieces, start - longest); index < pieces.length; index++) {
        const piece = pieces[index]!
        if (piece.place >= start + count) break
        if (piece.place + piece.bytes > start) found.push(piece)
      }
      found.sort((a, b) => a.number - b.number)
      for (const piece of found) {
        const from = Math.max(start, piece.place)
        const to = Math.min(start + count, piece.place + piece.bytes)
        bytes.set(await file.read(piece.offset + from - piece.place, to - from), from - start)
      }
      return bytes
    },
  }
  return rebuilt
}

/** The first piece that does not begin before a place. */
function firstFrom(pieces: readonly Piece[], place: number): number {
  let [from, to] = [0, pieces.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (pieces[middle]!.place < place) from = middle + 1
    else to = middle
  }
  return from
}
