// Bytes that come in chunks, read by need: looked at before they are consumed, and given back when too many were taken.

/** What is given back is at most what was consumed last; so much is kept for it. */
const KEPT_BACK_BYTES = 64 * 1024

export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  #buffer: Uint8Array = new Uint8Array(0)
  #at = 0
  #ended = false
  /** position of the first byte that is not consumed */
  offset = 0

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** All bytes at hand, at least `length` unless the input ends before; valid until the next call. */
  async fill(length: number): Promise<Uint8Array> {
    while (this.#buffer.length - this.#at < length && !this.#ended) {
      const next = await this.#chunks.next()
      if (next.done === true) this.#ended = true
      else this.#append(next.value)
    }
    return this.#buffer.subarray(this.#at)
  }

  consume(length: number): void {
    this.#at += length
    this.offset += length
  }

  /** The last `length` bytes consumed are not consumed after all. */
  unread(length: number): void {
    this.#at -= length
    this.offset -= length
  }

  /** False when the input ends before. */
  async skip(length: number): Promise<boolean> {
    let left = length
    while (left > 0) {
      const bytes = await this.fill(1)
      if (bytes.length === 0) return false
      const step = Math.min(left, bytes.length)
      this.consume(step)
      left -= step
    }
    return true
  }

  /** Skips up to and with the first byte of this value; false when the input ends before. */
  async skipPast(value: number): Promise<boolean> {
    for (;;) {
      const bytes = await this.fill(1)
      if (bytes.length === 0) return false
      const found = bytes.indexOf(value)
      this.consume(found < 0 ? bytes.length : found + 1)
      if (found >= 0) return true
    }
  }

  /** Everything that is not consumed, chunk by chunk and without copying; the last use of the source. */
  async *rest(): AsyncGenerator<Uint8Array> {
    const left = this.#buffer.subarray(this.#at)
    this.consume(left.length)
    if (left.length > 0) yield left
    this.#buffer = new Uint8Array(0)
    this.#at = 0
    while (!this.#ended) {
      const next = await this.#chunks.next()
      if (next.done === true) this.#ended = true
      else {
        this.offset += next.value.length
        yield next.value
      }
    }
  }

  /** No more will be read. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#chunks.return?.()
    this.#ended = true
  }

  #append(chunk: Uint8Array): void {
    // Always copied: a chunk is only valid until the next is asked for.
    const from = Math.max(0, this.#at - KEPT_BACK_BYTES)
    const kept = this.#buffer.subarray(from)
    const both = new Uint8Array(kept.length + chunk.length)
    both.set(kept)
    both.set(chunk, kept.length)
    this.#buffer = both
    this.#at -= from
  }
}
