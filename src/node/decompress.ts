// Archives by their content: gzip, zstd, xz, bzip2, lz4, also in one another; all else passes as it is.
// Output is handed on as it comes, so that a small archive of a huge text needs no more memory than any other.

import { crc32, createInflateRaw, createZstdDecompress, type InflateRaw, type ZstdDecompress } from 'node:zlib'
import { decodeBzip2 } from '../core/formats/bzip2.ts'
import { decodeLz4, LZ4_LEGACY_MAGIC, LZ4_MAGIC, SKIPPABLE_MAGIC } from '../core/formats/lz4.ts'
import { type ArchiveDamage, type Decode, StreamDecoder } from '../core/formats/stream-decoder.ts'
import { decodeXz } from '../core/formats/xz.ts'
import { ByteSource } from './byte-source.ts'

/** Archives in archives; deeper ones are given as they are. */
const MAX_NESTING = 4

/** Output of zlib waits here until it is taken. */
const MAX_QUEUED_BYTES = 1024 * 1024

/** So much is written to zlib at once: what it decoded of a piece that turns out to be damaged is lost. */
const PIECE_BYTES = 16 * 1024

const ZSTD_MAGIC = 0xfd2fb528

export type Report = (damage: ArchiveDamage) => void

/** The bytes, decompressed as often as their beginning says. A chunk is valid until the next is asked for. */
export async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  report: Report,
  nesting = 0,
): AsyncGenerator<Uint8Array> {
  const source = new ByteSource(chunks)
  try {
    const format = nesting < MAX_NESTING ? recognise(await source.fill(10)) : undefined
    if (format === undefined) yield* source.rest()
    else yield* decompress(format(source, report), report, nesting + 1)
  } finally {
    await source.close()
  }
}

type Unpack = (source: ByteSource, report: Report) => AsyncGenerator<Uint8Array>

/** The format that begins with these bytes. */
function recognise(head: Uint8Array): Unpack | undefined {
  if (head.length < 4) return undefined
  const magic = u32(head, 0)
  if ((magic & 0xffffff) === 0x088b1f) return unpackGzip // ID1 ID2 CM, RFC 1952 §2.3.1
  if (magic === ZSTD_MAGIC) return unpackZstd
  if (magic === LZ4_MAGIC || magic === LZ4_LEGACY_MAGIC) return unpackWith('lz4', decodeLz4)
  if (magic === 0x587a37fd && head[4] === 0x5a && head[5] === 0) return unpackWith('xz', decodeXz)
  const bzip2 = head[0] === 0x42 && head[1] === 0x5a && head[2] === 0x68
  if (bzip2 && (u32(head, 4) === 0x26594131 || u32(head, 4) === 0x38457217)) return unpackWith('bzip2', decodeBzip2)
  return undefined
}

/** A decoder of the core. */
function unpackWith(name: string, decode: Decode): Unpack {
  return async function* (source, report) {
    const decoder = new StreamDecoder(name, decode)
    for await (const chunk of source.rest()) {
      yield* decoder.push(chunk)
      if (decoder.damage !== undefined) break
    }
    yield* decoder.end()
    if (decoder.damage !== undefined) report(decoder.damage)
  }
}

/** RFC 1952: members one behind the other; zeros may fill up a tape block, anything else behind them is no log. */
async function* unpackGzip(source: ByteSource, report: Report): AsyncGenerator<Uint8Array> {
  const damaged = (what: ArchiveDamage['what'], detail: string) =>
    report({ format: 'gzip', what, offset: source.offset, detail })
  for (let first = true; ; first = false) {
    const head = await source.fill(10)
    if (!first && head.every(byte => byte === 0)) return
    if ((u32(head, 0) & 0xffffff) !== 0x088b1f) return damaged('trailing', 'bytes behind the archive are not read')
    if (!(await skipGzipHeader(source))) return damaged('truncated', 'the header of a member is not complete')
    const check = { crc: 0, length: 0 }
    const problem = yield* inflate(source, createInflateRaw({ chunkSize: 128 * 1024 }), check)
    if (problem !== undefined) return damaged(problem.what, problem.detail)
    const trailer = await source.fill(8)
    if (trailer.length < 8) return damaged('truncated', 'the checksum of a member is not there')
    const sound = u32(trailer, 0) === check.crc && u32(trailer, 4) === check.length % 2 ** 32
    source.consume(8)
    if (!sound) damaged('corrupt', 'the checksum does not match')
    if ((await source.fill(1)).length === 0) return
  }
}

/** §2.3: the fixed part, then extra field, name, comment and header CRC as the flags say. */
async function skipGzipHeader(source: ByteSource): Promise<boolean> {
  const head = await source.fill(10)
  if (head.length < 10) return false
  const flags = head[3]!
  source.consume(10)
  if (flags & 0x04) {
    const extra = await source.fill(2)
    if (extra.length < 2) return false
    const length = extra[0]! | (extra[1]! << 8)
    source.consume(2)
    if ((await source.fill(length)).length < length) return false
    source.consume(length)
  }
  for (const text of [0x08, 0x10]) if (flags & text && !(await source.skipPast(0))) return false
  if (flags & 0x02) {
    if ((await source.fill(2)).length < 2) return false
    source.consume(2)
  }
  return true
}

/** RFC 8878: frames one behind the other, among them skippable ones. */
async function* unpackZstd(source: ByteSource, report: Report): AsyncGenerator<Uint8Array> {
  const damaged = (what: ArchiveDamage['what'], detail: string) =>
    report({ format: 'zstd', what, offset: source.offset, detail })
  for (;;) {
    const head = await source.fill(8)
    if (head.length === 0) return
    if (head.length >= 8 && u32(head, 0) >>> 4 === SKIPPABLE_MAGIC >>> 4) {
      if (!(await source.skip(8 + u32(head, 4)))) return damaged('truncated', 'a skippable frame is not complete')
      continue
    }
    if (head.length < 4 || u32(head, 0) !== ZSTD_MAGIC)
      return damaged('trailing', 'bytes behind the archive are not read')
    const problem = yield* inflate(source, createZstdDecompress({ chunkSize: 128 * 1024 }))
    if (problem !== undefined) return damaged(problem.what, problem.detail)
  }
}

interface Problem {
  what: 'truncated' | 'corrupt'
  detail: string
}

/**
 * One member or frame through a stream of node:zlib. What it has decoded before an error is given, which an async
 * iterator over the stream would drop; and the source is left at the first byte that it did not use.
 */
async function* inflate(
  source: ByteSource,
  stream: InflateRaw | ZstdDecompress,
  check?: { crc: number; length: number },
): AsyncGenerator<Uint8Array, Problem | undefined> {
  const queue: Buffer[] = []
  let queued = 0
  let ended = false
  let failed: NodeJS.ErrnoException | undefined
  let idle = true
  let wake = () => {}
  stream.on('data', (chunk: Buffer) => {
    queue.push(chunk)
    queued += chunk.length
    if (queued > MAX_QUEUED_BYTES) stream.pause()
    wake()
  })
  stream.on('end', () => {
    ended = true
    wake()
  })
  stream.on('error', (error: NodeJS.ErrnoException) => {
    failed = error
    wake()
  })
  const done = () => {
    idle = true
    wake()
  }
  let given = 0
  let closing = false
  try {
    while (true) {
      // More may come, and the end too, while the chunk is looked at.
      for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
        queued -= chunk.length
        if (check !== undefined) {
          check.crc = crc32(chunk, check.crc)
          check.length += chunk.length
        }
        yield chunk
      }
      if (ended || failed !== undefined) break
      if (stream.isPaused()) stream.resume()
      if (idle && !closing && stream.bytesWritten < given) {
        // The member ended inside the last piece; the stream says so with its end.
        closing = true
        stream.end()
      } else if (idle && !closing) {
        const piece = (await source.fill(1)).subarray(0, PIECE_BYTES)
        if (piece.length === 0) {
          closing = true
          stream.end()
        } else {
          idle = false
          given += piece.length
          stream.write(piece.slice(), done)
          source.consume(piece.length)
        }
      }
      if (queue.length > 0 || ended || failed !== undefined) continue
      if (idle && !closing) continue
      await new Promise<void>(resolve => {
        wake = resolve
        if (queue.length > 0 || ended || failed !== undefined || (idle && !closing)) resolve()
      })
    }
  } finally {
    // Also of one who takes no more: the memory of its context is otherwise free only when all is collected.
    stream.destroy()
  }
  if (failed === undefined) {
    source.unread(given - stream.bytesWritten)
    return undefined
  }
  const truncated = failed.code === 'Z_BUF_ERROR' || failed.message.includes('unexpected end')
  return truncated
    ? { what: 'truncated', detail: 'the archive ends before its text does' }
    : { what: 'corrupt', detail: failed.message }
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
