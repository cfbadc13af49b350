// The LZMA decoder under xz's LZMA2 and .lzma files. LZMA specification (lzma-specification.txt, LZMA SDK), whose names are kept.

import { StreamDamage } from './stream-decoder.ts'

const STATES = 12
const MAX_POS_BITS = 4
const PROB_HALF = 1024
const TOP = 1 << 24
const END_MARKER = -1

// where each set of probabilities begins
const IS_MATCH = 0
const IS_REP = IS_MATCH + (STATES << MAX_POS_BITS)
const IS_REP_G0 = IS_REP + STATES
const IS_REP_G1 = IS_REP_G0 + STATES
const IS_REP_G2 = IS_REP_G1 + STATES
const IS_REP0_LONG = IS_REP_G2 + STATES
const POS_SLOT = IS_REP0_LONG + (STATES << MAX_POS_BITS)
const POS_DECODERS = POS_SLOT + (4 << 6)
const ALIGN = POS_DECODERS + 115
const LENGTH = ALIGN + 16
const LENGTH_LOW = 2
const LENGTH_MID = LENGTH_LOW + (16 << 3)
const LENGTH_HIGH = LENGTH_MID + (16 << 3)
const LENGTH_SIZE = LENGTH_HIGH + 256
const REP_LENGTH = LENGTH + LENGTH_SIZE
const LITERAL = REP_LENGTH + LENGTH_SIZE
const LITERAL_SIZE = 0x300

/** Bytes that one chunk of LZMA2 can decode to. */
const LARGEST_CHUNK = 2 * 1024 * 1024

/** What was decoded last, as far back as a match may reach; grows up to the size that the stream asks for. */
export class Dictionary {
  readonly #limit: number
  bytes: Uint8Array
  /** where the next byte goes; wraps */
  at = 0
  /** bytes decoded since the last reset */
  filled = 0

  /** `limit` is what the stream asks for; a chunk of LZMA2 must fit as a whole, so that it can be handed out. */
  constructor(limit: number) {
    this.#limit = Math.max(limit, LARGEST_CHUNK)
    this.bytes = new Uint8Array(1 << 16)
  }

  reset(): void {
    this.at = 0
    this.filled = 0
  }

  /** Makes room for so many bytes, so that nothing wraps before the limit is reached. */
  reserve(count: number): void {
    if (this.bytes.length >= this.#limit) return
    const needed = Math.min(this.#limit, this.at + count + 1)
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.bytes.length * 2)))
    grown.set(this.bytes)
    this.bytes = grown
  }

  /** The last `count` bytes, copied. */
  last(count: number): Uint8Array {
    const from = this.at - count
    if (from >= 0) return this.bytes.slice(from, this.at)
    const both = new Uint8Array(count)
    both.set(this.bytes.subarray(this.bytes.length + from))
    both.set(this.bytes.subarray(0, this.at), -from)
    return both
  }
}

/** State that goes on from one LZMA2 chunk to the next. Values of 32 bits are kept signed, which V8 does fastest. */
export class LzmaDecoder {
  readonly #dictionary: Dictionary
  #probs = new Uint16Array(LITERAL + (LITERAL_SIZE << 4))
  #lc = 0
  #lpMask = 0
  #pbMask = 0
  #state = 0
  #rep0 = 0
  #rep1 = 0
  #rep2 = 0
  #rep3 = 0
  #range = 0
  #code = 0
  #input: Uint8Array = new Uint8Array(0)
  #inputAt = 0
  /** the end marker was met */
  ended = false

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary
  }

  /**
   * The byte of lc, lp and pb; implies a reset of the state. LZMA2 allows four bits of literal context, lc + lp; LZMA
   * itself twelve, whose probabilities take 6 MiB.
   */
  setProperties(properties: number, mostContextBits = 4): void {
    if (properties >= 9 * 5 * 5) throw new StreamDamage('corrupt', 'lzma properties')
    this.#lc = properties % 9
    const lp = Math.floor(properties / 9) % 5
    this.#lpMask = (1 << lp) - 1
    this.#pbMask = (1 << Math.floor(properties / 45)) - 1
    if (this.#lc + lp > mostContextBits) throw new StreamDamage('corrupt', 'lzma properties')
    const size = LITERAL + (LITERAL_SIZE << Math.max(4, this.#lc + lp))
    if (this.#probs.length < size) this.#probs = new Uint16Array(size)
    this.resetState()
  }

  resetState(): void {
    this.#probs.fill(PROB_HALF)
    this.#state = 0
    this.#rep0 = 0
    this.#rep1 = 0
    this.#rep2 = 0
    this.#rep3 = 0
  }

  /** Decodes `count` bytes from one chunk into the dictionary; fewer where the chunk is cut off. Returns how many. */
  decode(chunk: Uint8Array, count: number): number {
    this.start(chunk)
    const done = this.more(count)
    if (this.ended) throw new StreamDamage('corrupt', 'lzma end marker in LZMA2')
    return done
  }

  /** Begins a run of the range coder. */
  start(chunk: Uint8Array): void {
    this.#input = chunk
    this.#inputAt = 5
    this.ended = false
    if (chunk.length < 5) return
    if (chunk[0] !== 0) throw new StreamDamage('corrupt', 'lzma range coder')
    this.#range = -1
    this.#code = (chunk[1]! << 24) | (chunk[2]! << 16) | (chunk[3]! << 8) | chunk[4]!
  }

  /**
   * Decodes `count` bytes into the dictionary, and up to `beyond` more where a match goes on; fewer at the end marker or
   * where the input is cut off. Returns how many.
   */
  more(count: number, beyond = 0): number {
    const chunk = this.#input
    if (chunk.length < 5) return 0
    const dictionary = this.#dictionary
    let done = 0
    while (done < count) {
      const before = dictionary.at
      const length = this.#decodeOne(count + beyond - done)
      if (this.#inputAt > chunk.length) {
        // Behind the end zeros were read, so that this one is not real.
        dictionary.at = before
        break
      }
      if (length === END_MARKER) {
        this.ended = true
        break
      }
      dictionary.filled += length
      done += length
    }
    return done
  }

  /** A literal or a match of at most `most` bytes; its length. */
  #decodeOne(most: number): number {
    const dictionary = this.#dictionary
    const posState = dictionary.filled & this.#pbMask
    let state = this.#state
    if (this.#bit(IS_MATCH + (state << MAX_POS_BITS) + posState) === 0) {
      this.#literal()
      return 1
    }
    let length: number
    if (this.#bit(IS_REP + state) === 0) {
      this.#rep3 = this.#rep2
      this.#rep2 = this.#rep1
      this.#rep1 = this.#rep0
      length = this.#length(LENGTH, posState)
      state = state < 7 ? 7 : 10
      this.#rep0 = this.#distance(length)
      if (this.#rep0 === -1) return END_MARKER
    } else {
      if (this.#bit(IS_REP_G0 + state) === 0) {
        if (this.#bit(IS_REP0_LONG + (state << MAX_POS_BITS) + posState) === 0) {
          this.#state = state < 7 ? 9 : 11
          return this.#copy(1)
        }
      } else {
        let distance: number
        if (this.#bit(IS_REP_G1 + state) === 0) distance = this.#rep1
        else {
          if (this.#bit(IS_REP_G2 + state) === 0) distance = this.#rep2
          else {
            distance = this.#rep3
            this.#rep3 = this.#rep2
          }
          this.#rep2 = this.#rep1
        }
        this.#rep1 = this.#rep0
        this.#rep0 = distance
      }
      length = this.#length(REP_LENGTH, posState)
      state = state < 7 ? 8 : 11
    }
    this.#state = state
    length += 2
    if (length > most) {
      if (this.#inputAt > this.#input.length) return 0
      throw new StreamDamage('corrupt', 'lzma match beyond the end')
    }
    return this.#copy(length)
  }

  #copy(length: number): number {
    const dictionary = this.#dictionary
    const bytes = dictionary.bytes
    const distance = this.#rep0 + 1
    if (distance <= 0 || distance > dictionary.filled || distance > bytes.length) {
      if (this.#inputAt > this.#input.length) return 0
      throw new StreamDamage('corrupt', 'lzma distance')
    }
    let to = dictionary.at
    let from = to - distance
    if (from < 0) from += bytes.length
    for (let i = 0; i < length; i++) {
      bytes[to++] = bytes[from++]!
      if (to === bytes.length) to = 0
      if (from === bytes.length) from = 0
    }
    dictionary.at = to
    return length
  }

  #literal(): void {
    const dictionary = this.#dictionary
    const bytes = dictionary.bytes
    const before = dictionary.filled === 0 ? 0 : bytes[dictionary.at === 0 ? bytes.length - 1 : dictionary.at - 1]!
    const context = ((dictionary.filled & this.#lpMask) << this.#lc) + (before >> (8 - this.#lc))
    const base = LITERAL + LITERAL_SIZE * context
    let symbol = 1
    if (this.#state >= 7) {
      let from = dictionary.at - this.#rep0 - 1
      if (from < 0) from += bytes.length
      let matched = bytes[from] ?? 0
      do {
        const matchBit = (matched >> 7) & 1
        matched <<= 1
        const bit = this.#bit(base + ((1 + matchBit) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (matchBit !== bit) break
      } while (symbol < 0x100)
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(base + symbol)
    bytes[dictionary.at++] = symbol & 0xff
    if (dictionary.at === bytes.length) dictionary.at = 0
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6
  }

  #length(base: number, posState: number): number {
    if (this.#bit(base) === 0) return this.#tree(base + LENGTH_LOW + (posState << 3), 3)
    if (this.#bit(base + 1) === 0) return 8 + this.#tree(base + LENGTH_MID + (posState << 3), 3)
    return 16 + this.#tree(base + LENGTH_HIGH, 8)
  }

  /** Distance less one; -1 is the end marker. */
  #distance(length: number): number {
    const slot = this.#tree(POS_SLOT + (Math.min(length, 3) << 6), 6)
    if (slot < 4) return slot
    const direct = (slot >> 1) - 1
    let distance = (2 | (slot & 1)) << direct
    if (slot < 14) return distance + this.#reverseTree(POS_DECODERS + distance - slot, direct)
    distance |= this.#directBits(direct - 4) << 4
    return distance + this.#reverseTree(ALIGN, 4)
  }

  #tree(base: number, bits: number): number {
    let symbol = 1
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(base + symbol)
    return symbol - (1 << bits)
  }

  #reverseTree(base: number, bits: number): number {
    let symbol = 0
    let node = 1
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(base + node)
      node = (node << 1) | bit
      symbol |= bit << i
    }
    return symbol
  }

  #directBits(count: number): number {
    let result = 0
    for (let i = 0; i < count; i++) {
      this.#range >>>= 1
      let bit = 0
      if (this.#code >>> 0 >= this.#range >>> 0) {
        this.#code = (this.#code - this.#range) | 0
        bit = 1
      }
      result = (result << 1) | bit
      this.#normalise()
    }
    return result
  }

  #bit(index: number): number {
    const prob = this.#probs[index]!
    const bound = Math.imul(this.#range >>> 11, prob)
    let bit: number
    if (this.#code >>> 0 < bound >>> 0) {
      this.#range = bound
      this.#probs[index] = prob + ((2048 - prob) >> 5)
      bit = 0
    } else {
      this.#range = (this.#range - bound) | 0
      this.#code = (this.#code - bound) | 0
      this.#probs[index] = prob - (prob >> 5)
      bit = 1
    }
    if (this.#range >>> 0 < TOP) this.#normalise()
    return bit
  }

  #normalise(): void {
    if (this.#range >>> 0 >= TOP) return
    this.#range <<= 8
    this.#code = (this.#code << 8) | (this.#input[this.#inputAt] ?? 0)
    this.#inputAt++
  }
}
