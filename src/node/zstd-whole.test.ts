import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib'
import { decompressWhole } from './zstd-whole.ts'

const texts = [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(300_000, 'a'), randomBytes(200_000)]
/** What node:zlib's stream puts behind. */
const EMPTY_FRAME = 9

async function streamed(text: Buffer): Promise<Buffer> {
  const stream = createZstdCompress()
  stream.write(text)
  stream.end()
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }

test('whole frames come out as they were; a part of one, or what stands behind them, is left to the stream', async () => {
  for (const text of texts) {
    for (const packed of [zstdCompressSync(text), zstdCompressSync(text, checksum), await streamed(text)]) {
      assert.deepEqual(decompressWhole(packed), text)
      const step = Math.ceil(packed.length / 200)
      for (let length = 1; length < packed.length; length += step) {
        const part = decompressWhole(packed.subarray(0, length))
        // All but the stream's empty last frame is whole too.
        assert.ok(part === undefined || (Buffer.from(part).equals(text) && packed.length - length === EMPTY_FRAME))
      }
      assert.equal(decompressWhole(packed.subarray(0, packed.length - 1)), undefined)
      assert.equal(decompressWhole(Buffer.concat([packed, Buffer.from('x')])), undefined)
      assert.deepEqual(decompressWhole(Buffer.concat([packed, packed])), Buffer.concat([text, text]))
    }
  }
})

test('what is damaged, or unpacks to more than is small, or is something else, is left to the stream', () => {
  assert.equal(decompressWhole(zstdCompressSync(Buffer.alloc(2 * 1024 * 1024))), undefined)
  assert.equal(decompressWhole(Buffer.from('ustar and so on')), undefined)
  const packed = zstdCompressSync(Buffer.from('a text of some words, and more of them '.repeat(100)), checksum)
  for (let at = 0; at < packed.length - 4; at++) {
    const damaged = Buffer.from(packed)
    damaged[at]! ^= 0xff
    const text = decompressWhole(damaged)
    assert.ok(text === undefined || text.length <= 1024 * 1024)
  }
})
