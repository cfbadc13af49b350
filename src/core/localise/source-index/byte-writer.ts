// Bytes that grow: numbers in little endian and LEB128.

export class ByteWriter {
  #bytes: Uint8Array
  length = 0

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity)
  }

  u8(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.length++] = value
  }

  u32(value: number): void {
    if (this.length + 4 > this.#bytes.length) this.#grow(4)
    this.#bytes[this.length++] = value
    this.#bytes[this.length++] = value >>> 8
    this.#bytes[this.length++] = value >>> 16
    this.#bytes[this.length++] = value >>> 24
  }

  u64(value: bigint): void {
    this.u32(Number(value & 0xffffffffn))
    this.u32(Number(value >> 32n))
  }

  uleb(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      const high = Math.floor(rest / 128)
      this.u8(rest - high * 128 + 128)
      rest = high
    }
    this.u8(rest)
  }

  /** Below 2^31 in magnitude. */
  sleb(value: number): void {
    let rest = value
    for (;;) {
      const low = rest & 0x7f
      rest >>= 7
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
        this.u8(low)
        return
      }
      this.u8(low | 0x80)
    }
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  align(unit: number): void {
    while (this.length % unit !== 0) this.u8(0)
  }

  /** What was written; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  #grow(count: number): void {
    const longer = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count))
    longer.set(this.#bytes.subarray(0, this.length))
    this.#bytes = longer
  }
}
