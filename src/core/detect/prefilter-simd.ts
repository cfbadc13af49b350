// The prefilter in WebAssembly SIMD: sixteen bytes a step.
//
// Some bytes in the middle of each needle are its fingerprint. Table lookups by nibble tell, for each byte of the text,
// which groups of needles have it at which place of their fingerprint; ANDed, they leave a bit where all bytes fit.
// (Hyperscan calls this Teddy; its paper: Wang et al., NSDI 2019.) What is left is looked up by its exact bytes.

import type { Prefilter } from './prefilter.ts'
import { keyLength, maxNeedleLength, needleBytes, type PrefilterPlan, planPrefilter } from './prefilter-plan.ts'
import { programOf } from './prefilter-program.ts'

// Loads go up to 16 bytes past the last byte looked at.
const pageBytes = 65536
const padBytes = 64
const hashBits = 10
const hashMultiplier = 0x9e3779b1
const hashTable = 64
const entryHeaderBytes = 16
/** What a log is copied in pieces of, where it is not read into the buffer; the first are small, since a hit may be near. */
const firstCopyBytes = 4096
const maxCopyBytes = 256 * 1024

/** `undefined` where this machine has no WebAssembly SIMD, or a policy forbids it. */
export function createSimdPrefilter(texts: readonly string[], relaxed = true): Prefilter | undefined {
  const plan = planPrefilter(needleBytes(texts))
  const layout = { hashTable, hashBits, hashMultiplier, maxOffset: plan.maxOffset, wings: plan.wings }
  for (const engine of relaxed ? (['relaxed-simd', 'simd'] as const) : (['simd'] as const)) {
    const code = programOf(layout, engine === 'relaxed-simd')
    const memory = new Memory(hashTableOf(plan))
    const exported = memory.run(code)
    if (exported !== undefined) return prefilterOver(engine, memory, exported, plan)
  }
  return undefined
}

/** WebAssembly memory: tables · pad · room for copies · pad · the caller's buffer · pad. */
class Memory {
  readonly #memory: WebAssembly.Memory
  readonly #copies: number
  readonly #buffer: number
  #bytes: Uint8Array

  constructor(tables: Uint8Array) {
    this.#copies = roundUp(tables.length + padBytes, padBytes)
    this.#buffer = this.#copies + maxCopyBytes + padBytes
    this.#memory = new WebAssembly.Memory({ initial: roundUp(this.#buffer, pageBytes) / pageBytes })
    this.#bytes = new Uint8Array(this.#memory.buffer)
    this.#bytes.set(tables)
  }

  run(code: Uint8Array): Record<string, unknown> | undefined {
    try {
      if (!WebAssembly.validate(code)) return undefined
      return new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory: this.#memory } }).exports
    } catch {
      // A content security policy without 'wasm-unsafe-eval' says no here.
      return undefined
    }
  }

  buffer(size: number): Uint8Array {
    const missing = this.#buffer + size + padBytes - this.#bytes.length
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / pageBytes))
      this.#bytes = new Uint8Array(this.#memory.buffer)
    }
    return this.#bytes.subarray(this.#buffer, this.#buffer + size)
  }

  /** Puts at most `maxCopyBytes` where a program can read them; gives their address. */
  copy(bytes: Uint8Array): number {
    this.#bytes.set(bytes, this.#copies)
    return this.#copies
  }

  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#memory.buffer
  }
}

type RangeProgram = (from: number, to: number) => number

function prefilterOver(
  engine: Prefilter['engine'],
  memory: Memory,
  exported: Record<string, unknown>,
  { maxLength }: PrefilterPlan,
): Prefilter {
  const scanProgram = exported['scan'] as RangeProgram
  const countProgram = exported['countLines'] as RangeProgram

  function scanCopies(bytes: Uint8Array, from: number, to: number): number {
    for (const [start, end] of pieces(from, to, maxLength)) {
      const address = memory.copy(bytes.subarray(start, end))
      const found = scanProgram(address, address + end - start)
      if (found < 0) continue
      const hit = found - address + start
      // So near the end, a longer needle may begin before it and be cut; the next piece has both.
      if (hit + maxLength <= end || end === to) return hit
    }
    return -1
  }

  function countCopies(bytes: Uint8Array, from: number, to: number): number {
    let lines = 0
    for (const [start, end] of pieces(from, to, 0)) {
      const address = memory.copy(bytes.subarray(start, end))
      lines += countProgram(address, address + end - start)
    }
    return lines
  }

  return {
    engine,
    scan(bytes, from, to) {
      const start = Math.max(from, 0)
      const end = Math.min(to, bytes.length)
      if (end - start < keyLength) return -1
      if (!memory.holds(bytes)) return scanCopies(bytes, start, end)
      const found = scanProgram(bytes.byteOffset + start, bytes.byteOffset + end)
      return found < 0 ? -1 : found - bytes.byteOffset
    },
    countLines(bytes, from, to) {
      const start = Math.max(from, 0)
      const end = Math.min(to, bytes.length)
      if (end <= start) return 0
      if (!memory.holds(bytes)) return countCopies(bytes, start, end)
      return countProgram(bytes.byteOffset + start, bytes.byteOffset + end)
    },
    buffer: size => memory.buffer(size),
  }
}

/** [from, to) in pieces that grow: a far end costs few calls, while a near hit costs no large copy. */
function* pieces(from: number, to: number, overlap: number): Generator<[start: number, end: number]> {
  let size = firstCopyBytes
  for (let start = from; ; ) {
    const end = Math.min(start + size, to)
    yield [start, end]
    if (end === to) return
    start = end - overlap
    size = Math.min(size * 4, maxCopyBytes)
  }
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}

/** The hash table of the fingerprints' first bytes and the needles, as the program reads them; see prefilter-program.ts. */
function hashTableOf({ needles }: PrefilterPlan): Uint8Array {
  const heads = 4 << hashBits
  const room = hashTable + heads + needles.length * (entryHeaderBytes + maxNeedleLength + 4)
  const tables = new Uint8Array(room)
  const words = new DataView(tables.buffer)
  let at = hashTable + heads
  for (const { bytes, offset } of needles) {
    const key = bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16)
    const head = hashTable + 4 * (Math.imul(key, hashMultiplier) >>> (32 - hashBits))
    words.setUint32(at, key, true)
    words.setUint32(at + 4, offset, true)
    words.setUint32(at + 8, bytes.length, true)
    words.setUint32(at + 12, words.getUint32(head, true), true)
    tables.set(bytes, at + entryHeaderBytes)
    words.setUint32(head, at, true)
    at += (entryHeaderBytes + bytes.length + 3) & ~3
  }
  return tables.subarray(0, at)
}
