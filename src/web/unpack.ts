// A file as the log it holds: unpacked as far as a browser can, a piece at a time.

import { XzReadableStream } from 'xz-decompress'
import { ZSTDDecoder } from 'zstddec/stream'
import { visible } from '../core/render/safe.ts'
import { messages } from './messages.ts'

/** Bytes of a file that are read at once. */
const pieceBytes = 1 << 20

/** Says what is wrong in the words of the page. */
export class UnpackProblem extends Error {}

interface Format {
  name: string
  magic: readonly number[]
  /** how to unpack it elsewhere, where a browser cannot */
  elsewhere?: string
}

/** First bytes: RFC 1952, RFC 8878, the .xz format 1.0.4, bzip2, the LZ4 frame format, lzip, APPNOTE 4.3.7. */
const formats: readonly Format[] = [
  { name: 'gzip', magic: [0x1f, 0x8b] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], elsewhere: 'bunzip2 FILE' },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], elsewhere: 'lz4 -d FILE' },
  { name: 'lzip', magic: [0x4c, 0x5a, 0x49, 0x50], elsewhere: 'lzip -d FILE' },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04], elsewhere: 'unzip FILE' },
]

export const formatOf = (head: Uint8Array): Format | undefined =>
  formats.find(({ magic }) => magic.every((byte, index) => head[index] === byte))

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

async function* unpacked(file: Blob, name: string): AsyncGenerator<Uint8Array> {
  const stream = file.stream()
  switch (name) {
    case 'gzip':
      return yield* piecesOf(stream.pipeThrough(new DecompressionStream('gzip')))
    case 'zstd':
      return yield* zstd(file)
    case 'xz':
      return yield* piecesOf(new XzReadableStream(stream))
    default:
      return yield* piecesOf(stream)
  }
}

/** The bytes of the log in a file. Throws UnpackProblem for what a person can understand and change. */
export async function* logBytes(file: Blob): AsyncGenerator<Uint8Array> {
  const read = <T>(promise: Promise<T>): Promise<T> =>
    promise.catch(() => {
      throw new UnpackProblem(messages.problem.unreadable)
    })
  const format = formatOf(new Uint8Array(await read(file.slice(0, 6).arrayBuffer())))
  if (format?.elsewhere !== undefined) throw new UnpackProblem(messages.problem.packed(format.name, format.elsewhere))
  try {
    yield* unpacked(file, format?.name ?? 'text')
  } catch (error) {
    if (error instanceof UnpackProblem) throw error
    if (format === undefined) throw new UnpackProblem(messages.problem.unreadable)
    throw new UnpackProblem(messages.problem.broken(visible(format.name)))
  }
}
