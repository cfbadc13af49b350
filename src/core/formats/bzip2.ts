// bzip2. There is no specification; the format is as bzip2-1.0.8's decompress.c, BZ2_decompress(), reads it.

import { bzip2CrcStep } from './checksums.ts'
import { StreamDamage, type StreamInput } from './stream-decoder.ts'

/** A block of 900,000 symbols with codes of 20 bits, its tables and the stream's end: no block needs more input. */
const MAX_BLOCK_INPUT = 2_400_000
const MAX_SELECTORS = 18_002
const GROUP_SYMBOLS = 50
const MAX_CODE_BITS = 20
/** So much is decompressed before it is handed out. */
const OUTPUT_BYTES = 64 * 1024

const BLOCK_MAGIC_HIGH = 0x314159
const BLOCK_MAGIC_LOW = 0x265359
const END_MAGIC_HIGH = 0x177245
const END_MAGIC_LOW = 0x385090

/** All streams of the input. */
export function* decodeBzip2(input: StreamInput): Generator<Uint8Array | undefined, void> {
  for (let first = true; ; first = false) {
    yield* input.want(4)
    if (input.available === 0 && !first) return
    yield* input.need(4, 'stream header')
    const header = input.peek(4)
    const level = header[3]! - 0x30
    if (header[0] !== 0x42 || header[1] !== 0x5a || header[2] !== 0x68 || level < 1 || level > 9) {
      throw new StreamDamage(first ? 'unsupported' : 'trailing', 'not a bzip2 stream')
    }
    input.consume(4)
    yield* decodeStream(input, level * 100_000)
  }
}

function* decodeStream(input: StreamInput, blockSize: number): Generator<Uint8Array | undefined, void> {
  const bits = new BitReader()
  const block = new Block(blockSize)
  let streamCrc = 0
  for (;;) {
    yield* input.want(MAX_BLOCK_INPUT)
    bits.start(input.peek(MAX_BLOCK_INPUT))
    const high = bits.read(24)
    const low = bits.read(24)
    const crc = (bits.read(16) * 0x10000 + bits.read(16)) >>> 0
    if (high === END_MAGIC_HIGH && low === END_MAGIC_LOW) {
      bits.check('end of stream')
      input.consume(bits.finish(true))
      if (crc !== streamCrc >>> 0) throw new StreamDamage('corrupt', 'bzip2 checksum of the stream')
      return
    }
    bits.check('block header')
    if (high !== BLOCK_MAGIC_HIGH || low !== BLOCK_MAGIC_LOW) throw bits.damage('bzip2 block header')
    block.read(bits)
    input.consume(bits.finish(false))
    yield* block.output()
    if (block.crc !== crc) throw new StreamDamage('corrupt', 'bzip2 checksum of a block')
    streamCrc = ((streamCrc << 1) | (streamCrc >>> 31)) ^ crc
  }
}

/** Bits, most significant first. A block may end inside a byte, of which the next one then reads the rest. */
class BitReader {
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  #bits = 0
  #count = 0
  /** bits of the first byte that the block before has read */
  #skip = 0

  start(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#at = 0
    this.#bits = 0
    this.#count = 0
    if (this.#skip > 0) this.read(this.#skip)
  }

  /** At most 24 bits; zeros behind the end, which check() tells. */
  read(count: number): number {
    while (this.#count < count) {
      this.#bits = (this.#bits << 8) | (this.#bytes[this.#at] ?? 0)
      this.#at++
      this.#count += 8
    }
    this.#count -= count
    return (this.#bits >>> this.#count) & ((1 << count) - 1)
  }

  /** The next bits without reading them; at most 20. */
  peek(count: number): number {
    while (this.#count < count) {
      this.#bits = (this.#bits << 8) | (this.#bytes[this.#at] ?? 0)
      this.#at++
      this.#count += 8
    }
    return (this.#bits >>> (this.#count - count)) & ((1 << count) - 1)
  }

  /** Reads bits that were peeked at. */
  skip(count: number): void {
    this.#count -= count
  }

  get #ended(): boolean {
    return this.#at * 8 - this.#count > this.#bytes.length * 8
  }

  check(what: string): void {
    if (this.#ended) throw new StreamDamage('truncated', `bzip2 ${what}: the input ends`)
  }

  /** What does not fit is no wonder behind the end of the input. */
  damage(detail: string): StreamDamage {
    const ended = this.#ended
    return new StreamDamage(ended ? 'truncated' : 'corrupt', ended ? 'bzip2 block: the input ends' : detail)
  }

  /** Whole bytes read; with `align` the rest of a byte is skipped. */
  finish(align: boolean): number {
    const ahead = this.#count >> 3
    const spare = this.#count & 7
    this.#skip = align || spare === 0 ? 0 : 8 - spare
    return this.#at - ahead - (this.#skip === 0 ? 0 : 1)
  }
}

/** Codes of at most so many bits, nearly all, are looked up at once. */
const FAST_BITS = 10

/** One Huffman table: a look-up for short codes, limits of the codes of each length for the others, canonical. */
class HuffmanTable {
  readonly limit = new Int32Array(MAX_CODE_BITS + 2)
  readonly base = new Int32Array(MAX_CODE_BITS + 2)
  readonly symbols = new Uint16Array(258)
  /** symbol << 5 | length for each beginning of FAST_BITS bits; 0 where the code is longer */
  readonly fast = new Uint16Array(1 << FAST_BITS)
  shortest = 1
  longest = 1

  build(lengths: Uint8Array, count: number): void {
    this.shortest = MAX_CODE_BITS
    this.longest = 1
    for (let i = 0; i < count; i++) {
      if (lengths[i]! < this.shortest) this.shortest = lengths[i]!
      if (lengths[i]! > this.longest) this.longest = lengths[i]!
    }
    let filled = 0
    let code = 0
    this.fast.fill(0)
    for (let length = this.shortest; length <= this.longest; length++) {
      this.base[length] = filled - code
      for (let i = 0; i < count; i++) {
        if (lengths[i] !== length) continue
        if (length <= FAST_BITS) {
          const first = code << (FAST_BITS - length)
          this.fast.fill((i << 5) | length, first, first + (1 << (FAST_BITS - length)))
        }
        this.symbols[filled++] = i
        code++
      }
      this.limit[length] = code - 1
      code <<= 1
    }
  }

  read(bits: BitReader): number {
    const window = bits.peek(MAX_CODE_BITS)
    const entry = this.fast[window >> (MAX_CODE_BITS - FAST_BITS)]!
    if (entry !== 0) {
      bits.skip(entry & 31)
      return entry >> 5
    }
    let length = this.shortest
    let code = window >> (MAX_CODE_BITS - length)
    while (length <= this.longest && code > this.limit[length]!) {
      length++
      code = window >> (MAX_CODE_BITS - length)
    }
    bits.skip(length)
    const index = code + this.base[length]!
    if (length > this.longest || index < 0 || index >= 258) throw bits.damage('bzip2 code')
    return this.symbols[index]!
  }
}

/** A block: from its bits to the inverse of the Burrows-Wheeler transform and of the first run-length coding. */
class Block {
  readonly #size: number
  readonly #links: Uint32Array
  readonly #tables = Array.from({ length: 6 }, () => new HuffmanTable())
  readonly #selectors = new Uint8Array(MAX_SELECTORS)
  readonly #recent = new Uint8Array(256)
  readonly #starts = new Int32Array(256)
  #length = 0
  #origin = 0
  /** of the text put out, comparable with the one in the header */
  crc = 0

  constructor(size: number) {
    this.#size = size
    this.#links = new Uint32Array(size)
  }

  read(bits: BitReader): void {
    if (bits.read(1) === 1) throw new StreamDamage('unsupported', 'randomised block of bzip2 before 0.9.5')
    this.#origin = bits.read(24)
    const used = this.#readAlphabet(bits)
    const symbols = used + 2
    const groups = bits.read(3)
    const selectors = bits.read(15)
    if (used === 0 || groups < 2 || groups > 6 || selectors === 0) throw bits.damage('bzip2 block')
    this.#readSelectors(bits, groups, selectors)
    const lengths = new Uint8Array(258)
    for (let group = 0; group < groups; group++) {
      let length = bits.read(5)
      for (let symbol = 0; symbol < symbols; symbol++) {
        while (bits.read(1) === 1) {
          length += bits.read(1) === 0 ? 1 : -1
          if (length < 1 || length > MAX_CODE_BITS) throw bits.damage('bzip2 code length')
        }
        lengths[symbol] = length
      }
      if (length < 1 || length > MAX_CODE_BITS) throw bits.damage('bzip2 code length')
      this.#tables[group]!.build(lengths, symbols)
    }
    bits.check('block tables')
    this.#readSymbols(bits, symbols - 1, Math.min(selectors, MAX_SELECTORS))
    bits.check('block')
    if (this.#origin >= this.#length) throw bits.damage('bzip2 origin')
    this.#link()
  }

  /** The bytes in use, as two levels of bit maps; their number. */
  #readAlphabet(bits: BitReader): number {
    const rows = bits.read(16)
    let used = 0
    for (let row = 0; row < 16; row++) {
      if ((rows & (0x8000 >> row)) === 0) continue
      const columns = bits.read(16)
      for (let column = 0; column < 16; column++) {
        if ((columns & (0x8000 >> column)) !== 0) this.#recent[used++] = row * 16 + column
      }
    }
    return used
  }

  /** Which table each group of 50 symbols uses, move-to-front coded in unary. */
  #readSelectors(bits: BitReader, groups: number, count: number): void {
    const order = [0, 1, 2, 3, 4, 5]
    for (let i = 0; i < count; i++) {
      let index = 0
      while (bits.read(1) === 1) {
        if (++index >= groups) throw bits.damage('bzip2 selector')
      }
      const [table] = order.splice(index, 1)
      order.unshift(table!)
      if (i < MAX_SELECTORS) this.#selectors[i] = table!
    }
  }

  /** Huffman codes → move-to-front positions and runs → the transformed text, one byte in each link. */
  #readSymbols(bits: BitReader, endOfBlock: number, selectors: number): void {
    const links = this.#links
    const recent = this.#recent
    const counts = this.#starts.fill(0)
    let length = 0
    let run = 0
    let runBit = 0
    let group = 0
    let left = 0
    let table = this.#tables[0]!
    for (;;) {
      if (left === 0) {
        if (group >= selectors) throw bits.damage('bzip2 symbols beyond the last group')
        table = this.#tables[this.#selectors[group++]!]!
        left = GROUP_SYMBOLS
        bits.check('block')
      }
      left--
      const symbol = table.read(bits)
      if (symbol <= 1) {
        // RUNA and RUNB: the run's length in bijective base 2
        if (runBit > 20) throw bits.damage('bzip2 run')
        run += (symbol + 1) << runBit++
        continue
      }
      if (run > 0) {
        if (length + run > this.#size) throw bits.damage('bzip2 run')
        const byte = recent[0]!
        counts[byte]! += run
        links.fill(byte, length, length + run)
        length += run
        run = 0
        runBit = 0
      }
      if (symbol === endOfBlock) break
      if (length >= this.#size) throw bits.damage('bzip2 block size')
      const position = symbol - 1
      const byte = recent[position]!
      for (let i = position; i > 0; i--) recent[i] = recent[i - 1]!
      recent[0] = byte
      counts[byte]!++
      links[length++] = byte
    }
    this.#length = length
  }

  /** Puts into the upper 24 bits of each link where the next byte of the text is. */
  #link(): void {
    const links = this.#links
    const starts = this.#starts
    let sum = 0
    for (let byte = 0; byte < 256; byte++) {
      const count = starts[byte]!
      starts[byte] = sum
      sum += count
    }
    for (let i = 0; i < this.#length; i++) {
      const byte = links[i]! & 0xff
      const to = starts[byte]!++
      links[to] = (links[to]! | (i << 8)) >>> 0
    }
  }

  /** The text: four equal bytes are followed by the number of further ones. */
  *output(): Generator<Uint8Array, void> {
    const links = this.#links
    let out = new Uint8Array(OUTPUT_BYTES)
    let to = 0
    let crc = -1
    let position = links[this.#origin]! >>> 8
    let last = -1
    let equal = 0
    for (let left = this.#length; left > 0; left--) {
      const link = links[position]!
      position = link >>> 8
      const byte = link & 0xff
      let repeat = 1
      if (equal === 4) {
        repeat = byte
        equal = 0
      } else if (byte === last) equal++
      else {
        last = byte
        equal = 1
      }
      for (; repeat > 0; repeat--) {
        crc = bzip2CrcStep(crc, last)
        out[to++] = last
        if (to < OUTPUT_BYTES) continue
        yield out
        out = new Uint8Array(OUTPUT_BYTES)
        to = 0
      }
    }
    this.crc = ~crc >>> 0
    if (to > 0) yield out.subarray(0, to)
  }
}
