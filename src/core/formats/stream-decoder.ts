// What the decompressors share: bytes go in as they come, decompressed bytes come out, and an archive that is cut off
// or damaged gives what could be read and a note.
//
// How to add a format: write a generator over a StreamInput in its own file. It yields decompressed pieces, yields
// nothing (undefined) where it needs more input, and throws StreamDamage where it cannot go on.

export interface ArchiveDamage {
  format: string
  what: 'truncated' | 'corrupt' | 'unsupported' | 'trailing'
  /** byte of the compressed input */
  offset: number
  detail: string
}

export class StreamDamage extends Error {
  readonly what: ArchiveDamage['what']
  constructor(what: ArchiveDamage['what'], detail: string) {
    super(detail)
    this.what = what
  }
}

/** The input that has come and is not consumed yet. */
export class StreamInput {
  #buffer: Uint8Array = new Uint8Array(0)
  #at = 0
  /** position in the whole input of the first byte not consumed */
  offset = 0
  /** no more will come */
  ended = false

  get available(): number {
    return this.#buffer.length - this.#at
  }

  append(chunk: Uint8Array): void {
    const rest = this.#buffer.subarray(this.#at)
    const both = new Uint8Array(rest.length + chunk.length)
    both.set(rest)
    both.set(chunk, rest.length)
    this.#buffer = both
    this.#at = 0
  }

  /** All there is of the input, which is not copied and must stay as it is. */
  give(bytes: Uint8Array): void {
    this.#buffer = bytes
    this.#at = 0
    this.ended = true
  }

  /** The next bytes, at most `length`, without consuming them; valid until the next append. */
  peek(length: number): Uint8Array {
    return this.#buffer.subarray(this.#at, this.#at + length)
  }

  consume(length: number): void {
    this.#at += length
    this.offset += length
  }

  /** `yield*` it: waits for `length` bytes, which are then there, or damage that names what was to come. */
  *need(length: number, what: string): Generator<undefined, void> {
    yield* this.want(length)
    if (this.available < length) {
      throw new StreamDamage('truncated', `${what}: needs ${length} bytes, has ${this.available}`)
    }
  }

  /** `yield*` it: waits for `length` bytes or the end. */
  *want(length: number): Generator<undefined, void> {
    while (this.available < length && !this.ended) yield
  }

  /** `yield*` it: the next bytes, consumed. */
  *take(length: number, what: string): Generator<undefined, Uint8Array> {
    yield* this.need(length, what)
    const bytes = this.peek(length).slice()
    this.consume(length)
    return bytes
  }
}

export type Decode = (input: StreamInput) => Generator<Uint8Array | undefined, void>

/** Runs a decoder over input that comes in chunks. */
export class StreamDecoder {
  readonly #format: string
  readonly #input = new StreamInput()
  readonly #steps: Generator<Uint8Array | undefined, void>
  #done = false
  damage: ArchiveDamage | undefined

  constructor(format: string, decode: Decode) {
    this.#format = format
    this.#steps = decode(this.#input)
  }

  /** Decompressed pieces; each is valid until the next is asked for. */
  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    if (this.#done) return
    this.#input.append(chunk)
    yield* this.#run()
  }

  /** Instead of push and end: an input that is at hand as a whole. */
  *whole(bytes: Uint8Array): Generator<Uint8Array, void> {
    this.#input.give(bytes)
    yield* this.#run()
  }

  *end(): Generator<Uint8Array, void> {
    this.#input.ended = true
    if (!this.#done) yield* this.#run()
  }

  *#run(): Generator<Uint8Array, void> {
    while (!this.#done) {
      let step: IteratorResult<Uint8Array | undefined, void>
      try {
        step = this.#steps.next()
      } catch (error) {
        if (!(error instanceof StreamDamage)) throw error
        this.#done = true
        const { what, message } = error
        this.damage = { format: this.#format, what, offset: this.#input.offset, detail: message }
        return
      }
      if (step.done === true) this.#done = true
      else if (step.value === undefined) return
      else yield step.value
    }
  }
}
