// A file as the log it holds: unpacked as far as a browser can, a piece at a time.

import { ZSTDDecoder } from 'zstddec/stream'
import { decodeBzip2 } from '../../core/formats/bzip2.ts'
import { decodeLz4 } from '../../core/formats/lz4.ts'
import { type Decode, StreamDecoder } from '../../core/formats/stream-decoder.ts'
import { decodeXz } from '../../core/formats/xz.ts'
import { t } from '../i18n/index.ts'

/** Bytes of a file that are read at once. */
const pieceBytes = 1 << 20

/** Says what is wrong in the words of the page. */
export class UnpackProblem extends Error {}

interface Format {
  name: string
  magic: readonly number[]
  unpack?: (file: Blob) => AsyncGenerator<Uint8Array>
  /** how to unpack it elsewhere, where the page cannot */
  elsewhere?: string
}

async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    reader.releaseLock()
  }
}

/** zstd through WebAssembly, for browsers that have no such DecompressionStream. Only in a worker: it reads at once. */
async function* zstd(file: Blob): AsyncGenerator<Uint8Array> {
  const decoder = new ZSTDDecoder()
  await decoder.init()
  const reader = new FileReaderSync()
  const pieces = function* (): Generator<Uint8Array> {
    for (let at = 0; at < file.size; at += pieceBytes) {
      yield new Uint8Array(reader.readAsArrayBuffer(file.slice(at, at + pieceBytes)))
    }
  }
  yield* decoder.decodeStreaming(pieces())
}

/** The formats that core reads itself. */
const byCore = (name: string, decode: Decode) =>
  async function* (file: Blob): AsyncGenerator<Uint8Array> {
    const decoder = new StreamDecoder(name, decode)
    for await (const piece of piecesOf(file.stream())) yield* decoder.push(piece)
    yield* decoder.end()
    if (decoder.damage !== undefined) throw new Error(decoder.damage.detail)
  }

/** First bytes: RFC 1952, RFC 8878, the .xz format 1.0.4, bzip2, the LZ4 frame format and its old form, lzip, zip. */
const formats: readonly Format[] = [
  {
    name: 'gzip',
    magic: [0x1f, 0x8b],
    unpack: file => piecesOf(file.stream().pipeThrough(new DecompressionStream('gzip'))),
  },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: zstd },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], unpack: byCore('xz', decodeXz) },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], unpack: byCore('bzip2', decodeBzip2) },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], unpack: byCore('lz4', decodeLz4) },
  { name: 'lz4', magic: [0x02, 0x21, 0x4c, 0x18], unpack: byCore('lz4', decodeLz4) },
  { name: 'lzip', magic: [0x4c, 0x5a, 0x49, 0x50], elsewhere: 'lzip -d FILE' },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04], elsewhere: 'unzip FILE' },
]

const formatOf = (head: Uint8Array): Format | undefined =>
  formats.find(({ magic }) => magic.every((byte, index) => head[index] === byte))

/** The bytes of the log in a file. Throws UnpackProblem for what a person can understand and change. */
export async function* logBytes(file: Blob): AsyncGenerator<Uint8Array> {
  const read = <T>(promise: Promise<T>): Promise<T> =>
    promise.catch(() => {
      throw new UnpackProblem(t().decode.problem.unreadable)
    })
  const format = formatOf(new Uint8Array(await read(file.slice(0, 6).arrayBuffer())))
  if (format?.elsewhere !== undefined) throw new UnpackProblem(t().decode.problem.packed(format.name, format.elsewhere))
  try {
    yield* format?.unpack?.(file) ?? piecesOf(file.stream())
  } catch (error) {
    if (error instanceof UnpackProblem) throw error
    if (format === undefined) throw new UnpackProblem(t().decode.problem.unreadable)
    throw new UnpackProblem(t().decode.problem.broken(format.name))
  }
}
