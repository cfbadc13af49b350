import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBzip2 } from './bzip2.ts'
import { bzip2CrcStep, Crc64, crc32, XxHash32 } from './checksums.ts'
import { decodeLz4 } from './lz4.ts'
import { decodeLzop } from './lzo.ts'
import { type Decode, StreamDecoder } from './stream-decoder.ts'
import { decodeXz } from './xz.ts'

const text = `${'BUG: kernel NULL pointer dereference\n'.repeat(2)}${'a'.repeat(40)}\n`

/** The text, as the field's tools compress it. What other options write is tested beside src/node, with the tools. */
const archives: { name: string; decode: Decode; base64: string }[] = [
  {
    name: 'bzip2',
    decode: decodeBzip2,
    base64:
      'QlpoOTFBWSZTWUPgX6AAAAdfgAAQRAAAEBCFAgAvLdQAIABAVVNGjTCGhoKNGQNGmRpnZdhsmtRusigoqsllt41cqtEHy7t67YTZkmHyKIo/F3JFOFCQQ+BfoA==',
  },
  {
    name: 'lz4',
    decode: decodeLz4,
    base64: 'BCJNGGRApzUAAAD/FkJVRzoga2VybmVsIE5VTEwgcG9pbnRlciBkZXJlZmVyZW5jZQolABIfYQEAEFBhYWFhCgAAAADcIoTW',
  },
  {
    name: 'lz4, legacy',
    decode: decodeLz4,
    base64: 'AiFMGDUAAAD/FkJVRzoga2VybmVsIE5VTEwgcG9pbnRlciBkZXJlZmVyZW5jZQolABIfYQEAEFBhYWFhCg==',
  },
  {
    name: 'lzop',
    decode: decodeLzop,
    base64:
      'iUxaTwANChoKEEAgoAlAAwkDAAANAAAAAGsCzDQAAAAAACppAuMAAABzAAAAMxZPKOEvQlVHOiBrZXJuZWwgTlVMTCBwb2ludGVyIGRlcmVmTAABbmNlCiAEkQBhIAYBAAoRAAAAAAAA',
  },
  {
    name: 'xz, CRC64',
    decode: decodeXz,
    base64:
      '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AByAC5dACEVRO/QPFzIa3AdLgBqvGWeGkeRnKtM8ipH8Y+3d/qrLI2pKfp42sWWwZsOe2AAAABAqbiiJz7eHAABSnMiMhzjH7bzfQEAAAAABFla',
  },
  {
    name: 'xz, CRC32',
    decode: decodeXz,
    base64:
      '/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AByAC5dACEVRO/QPFzIa3AdLgBqvGWeGkeRnKtM8ipH8Y+3d/qrLI2pKfp42sWWwZsOe2AAAABELiMrAAFGcy59qU+QQpkNAQAAAAABWVo=',
  },
]

function decoded(
  decode: Decode,
  bytes: Uint8Array,
  size = bytes.length || 1,
): { text: string; damage: string | undefined } {
  const decoder = new StreamDecoder('test', decode)
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) {
    for (const part of decoder.push(bytes.subarray(at, at + size))) parts.push(Buffer.from(part))
  }
  for (const part of decoder.end()) parts.push(Buffer.from(part))
  return { text: Buffer.concat(parts).toString('latin1'), damage: decoder.damage?.what }
}

for (const { name, decode, base64 } of archives) {
  const archive = Buffer.from(base64, 'base64')

  test(`${name}: any chunks`, () => {
    for (const size of [1, 5, 1000]) assert.deepEqual(decoded(decode, archive, size), { text, damage: undefined })
  })

  test(`${name}: every prefix gives a beginning of the text`, () => {
    for (let end = 0; end < archive.length; end++) {
      const result = decoded(decode, archive.subarray(0, end))
      assert.equal(text.startsWith(result.text), true)
    }
  })

  test(`${name}: every bit turned is read without an exception`, () => {
    for (let bit = 0; bit < archive.length * 8; bit++) {
      const damaged = Buffer.from(archive)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      const result = decoded(decode, damaged)
      assert.equal(result.text.length < 16 * 1024 * 1024, true)
    }
  })
}

test('checksums give the values that their specifications give', () => {
  const digits = new TextEncoder().encode('123456789')
  assert.equal(crc32(digits), 0xcbf43926)
  assert.equal(crc32(digits.subarray(4), crc32(digits.subarray(0, 4))), 0xcbf43926)
  let crc = -1
  for (const digit of digits) crc = bzip2CrcStep(crc, digit)
  assert.equal(~crc >>> 0, 0xfc891918)
  const crc64 = new Crc64()
  crc64.update(digits)
  assert.equal(crc64.matches(Uint8Array.of(0xfa, 0x39, 0x19, 0xdf, 0xbb, 0xc9, 0x5d, 0x99)), true) // 995DC9BBDF1939FA
  assert.equal(new XxHash32().digest(), 0x02cc5d05)
  const hash = new XxHash32()
  for (const part of [digits.subarray(0, 2), digits.subarray(2)]) hash.update(part)
  assert.equal(hash.digest(), 0x937bad67)
})
