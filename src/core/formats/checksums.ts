// Checksums of compression formats.

/** Tables of `width` bytes of CRC state for reflected polynomials, one entry for each byte value. */
function reflectedTable(polynomial: number): Uint32Array {
  const table = new Uint32Array(256)
  for (let i = 0; i < 256; i++) {
    let value = i
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
    table[i] = value >>> 0
  }
  return table
}

const crc32Table = reflectedTable(0xedb88320)

/** CRC-32 of gzip and xz (ISO 3309); `crc` continues a former result. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let value = ~crc
  for (let i = 0; i < bytes.length; i++) value = crc32Table[(value ^ bytes[i]!) & 0xff]! ^ (value >>> 8)
  return ~value >>> 0
}

const bzip2Table = new Uint32Array(256)
for (let i = 0; i < 256; i++) {
  let value = i << 24
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1
  bzip2Table[i] = value >>> 0
}

/** One byte more in the CRC of bzip2: the same polynomial, most significant bit first. Starts at ~0, ends inverted. */
export function bzip2CrcStep(crc: number, byte: number): number {
  return (crc << 8) ^ bzip2Table[(crc >>> 24) ^ byte]!
}

const crc64Low = new Uint32Array(256)
const crc64High = new Uint32Array(256)
for (let i = 0; i < 256; i++) {
  let low = i
  let high = 0
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1
    low = (low >>> 1) | (high << 31)
    high >>>= 1
    if (carry === 1) {
      low ^= 0xd7870f42
      high ^= 0xc96c5795
    }
  }
  crc64Low[i] = low >>> 0
  crc64High[i] = high >>> 0
}

/** CRC-64 of xz (ECMA-182, reflected), in two halves. */
export class Crc64 {
  #low = -1
  #high = -1

  update(bytes: Uint8Array): void {
    let low = this.#low
    let high = this.#high
    for (let i = 0; i < bytes.length; i++) {
      const index = (low ^ bytes[i]!) & 0xff
      low = ((low >>> 8) | (high << 24)) ^ crc64Low[index]!
      high = (high >>> 8) ^ crc64High[index]!
    }
    this.#low = low
    this.#high = high
  }

  /** Whether these eight bytes, little-endian, hold the result. */
  matches(bytes: Uint8Array): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
    return view.getUint32(0, true) === ~this.#low >>> 0 && view.getUint32(4, true) === ~this.#high >>> 0
  }
}

const P1 = 0x9e3779b1
const P2 = 0x85ebca77
const P3 = 0xc2b2ae3d
const P4 = 0x27d4eb2f
const P5 = 0x165667b1

/** xxHash, 32 bits, seed 0, of lz4 frames. xxHash specification, "XXH32 algorithm description". */
export class XxHash32 {
  readonly #lanes = Int32Array.of(P1 + P2, P2, 0, -P1)
  readonly #stripe = new Uint8Array(16)
  #stripeLength = 0
  #length = 0

  update(bytes: Uint8Array): void {
    this.#length += bytes.length
    let at = 0
    if (this.#stripeLength > 0) {
      const taken = bytes.subarray(0, 16 - this.#stripeLength)
      this.#stripe.set(taken, this.#stripeLength)
      this.#stripeLength += taken.length
      at = taken.length
      if (this.#stripeLength < 16) return
      this.#mix(this.#stripe, 0)
      this.#stripeLength = 0
    }
    for (; at + 16 <= bytes.length; at += 16) this.#mix(bytes, at)
    this.#stripe.set(bytes.subarray(at))
    this.#stripeLength = bytes.length - at
  }

  digest(): number {
    const lanes = this.#lanes
    let hash =
      this.#length < 16
        ? P5
        : rotate(lanes[0]!, 1) + rotate(lanes[1]!, 7) + rotate(lanes[2]!, 12) + rotate(lanes[3]!, 18)
    hash = (hash + this.#length) | 0
    const rest = this.#stripe.subarray(0, this.#stripeLength)
    let at = 0
    for (; at + 4 <= rest.length; at += 4) {
      hash = Math.imul(rotate((hash + Math.imul(word(rest, at), P3)) | 0, 17), P4)
    }
    for (; at < rest.length; at++) hash = Math.imul(rotate((hash + Math.imul(rest[at]!, P5)) | 0, 11), P1)
    hash = Math.imul(hash ^ (hash >>> 15), P2)
    hash = Math.imul(hash ^ (hash >>> 13), P3)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  #mix(bytes: Uint8Array, at: number): void {
    const lanes = this.#lanes
    for (let lane = 0; lane < 4; lane++) {
      lanes[lane] = Math.imul(rotate((lanes[lane]! + Math.imul(word(bytes, at + lane * 4), P2)) | 0, 13), P1)
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

/** Adler-32 of zlib and lzop. RFC 1950, §8.2. */
export function adler32(bytes: Uint8Array): number {
  let low = 1
  let high = 0
  // 3800 bytes can be summed before 32 bits overflow.
  for (let at = 0; at < bytes.length; ) {
    for (const end = Math.min(bytes.length, at + 3800); at < end; at++) {
      low += bytes[at]!
      high += low
    }
    low %= 65521
    high %= 65521
  }
  return high * 65536 + low
}
