import { fingerprintLength, keyLength, type NibbleTables } from './prefilter-plan.ts'
import { assemble, type Code, control, i32, local, v128, type WasmFunction } from './wasm-module.ts'

/** Where the program finds its tables in memory, and what stands in them. */
export interface ProgramLayout {
  /** address of 2^hashBits words, each the address of an entry or 0 */
  hashTable: number
  hashBits: number
  hashMultiplier: number
  /** the farthest that a fingerprint stands behind the start of its needle */
  maxOffset: number
  wings: readonly (readonly NibbleTables[])[]
}

// An entry of the hash table's chains: four words, then the needle's bytes.
const entryKey = 0
const entryOffset = 4
const entryLength = 8
const entryNext = 12
const entryBytes = 16

const step = 16

/** The module with `scan(from, to)`: address of the first needle in memory [from, to), or -1; and `countLines(from, to)`. */
export function programOf(layout: ProgramLayout, relaxed: boolean): Uint8Array {
  return assemble([scanFunction(layout, relaxed ? v128.relaxedSwizzle : v128.swizzle), countLinesFunction()])
}

const { block, loop, when, branch, branchIf } = control

function scanFunction(layout: ProgramLayout, swizzle: Code): WasmFunction {
  const [from, to, at, best, limit, bits, place, key, entry, start, i] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  const [text, low, high, nibble, zero] = [11, 12, 13, 14, 15]
  // One for each wing, then the tables: low and high for each byte of the fingerprint, for each wing.
  const fits = 16
  const tables = layout.wings.flat()
  const table = fits + layout.wings.length
  const get = local.get
  const set = local.set

  /** Splits the bytes that would stand at this place of a fingerprint beginning in each lane. */
  const split = (byte: number): Code => [
    [get(at), v128.load(byte), local.tee(text), get(nibble), v128.and, set(low)],
    // Bits of the neighbour come in from above; the mask takes them off again.
    [get(text), i32.const(4), v128.shiftRight16, get(nibble), v128.and, set(high)],
  ]
  /** Leaves the buckets whose needles have this byte at this place. */
  const keep = (wing: number, byte: number): Code => {
    const first = table + 2 * (wing * fingerprintLength + byte)
    const found: Code = [get(first), get(low), swizzle, get(first + 1), get(high), swizzle, v128.and]
    return [found, byte === 0 ? [] : [get(fits + wing), v128.and], set(fits + wing)]
  }
  const wings = layout.wings.map((_, wing) => wing)
  const candidates: Code = [
    Array.from({ length: fingerprintLength }, (_, byte) => [split(byte), wings.map(wing => keep(wing, byte))]),
    wings.map(wing => [get(fits + wing), wing === 0 ? [] : v128.or]),
    [get(zero), v128.eq8, v128.bitmask8, i32.const(0xffff), i32.xor, set(bits)],
  ]
  const compare: Code = [
    i32.const(0),
    set(i),
    block(
      loop(
        [get(start), get(i), i32.add, i32.load8u()],
        [get(entry), get(i), i32.add, i32.load8u(entryBytes), i32.ne, branchIf(1)],
        [get(i), i32.const(1), i32.add, local.tee(i), get(entry), i32.load(entryLength), i32.ltU, branchIf(0)],
      ),
      get(start),
      set(best),
      // Only a needle that began earlier matters now; its fingerprint is not far.
      [get(start), i32.const(layout.maxOffset), i32.add, local.tee(i), get(limit)],
      [get(i), get(limit), i32.ltU, i32.select, set(limit)],
    ),
  ]
  const followChain: Code = block(
    loop(
      [get(entry), i32.eqz, branchIf(1)],
      [get(entry), i32.load(entryKey), get(key), i32.eq],
      when(
        [get(place), get(entry), i32.load(entryOffset), i32.sub, local.tee(start), get(from), i32.geU],
        [get(start), get(entry), i32.load(entryLength), i32.add, get(to), i32.leU, i32.and],
        [get(start), get(best), i32.ltU, i32.and],
        when(compare),
      ),
      [get(entry), i32.load(entryNext), set(entry)],
      branch(0),
    ),
  )
  const visitLanes: Code = loop(
    [get(at), get(bits), i32.ctz, i32.add, local.tee(place)],
    [i32.load(), i32.const(0xffffff), i32.and, local.tee(key)],
    [i32.const(layout.hashMultiplier), i32.mul, i32.const(32 - layout.hashBits), i32.shrU],
    [i32.const(2), i32.shl, i32.load(layout.hashTable), set(entry)],
    followChain,
    [get(bits), get(bits), i32.const(1), i32.sub, i32.and, local.tee(bits), branchIf(0)],
  )

  return {
    name: 'scan',
    parameters: 2,
    i32Locals: 9,
    v128Locals: 5 + layout.wings.length + 2 * tables.length,
    body: [
      tables.map(({ low, high }, index) => [
        [v128.const(low), set(table + 2 * index)],
        [v128.const(high), set(table + 2 * index + 1)],
      ]),
      [i32.const(15), v128.splat8, set(nibble)],
      // The last place where the shortest needle can stand; the caller gives no less than its length.
      [get(from), set(at), get(to), i32.const(keyLength - 1), i32.sub, set(limit), i32.const(-1), set(best)],
      block(
        loop(
          [get(at), get(limit), i32.geU, branchIf(1)],
          candidates,
          [get(bits), when(visitLanes)],
          [get(at), i32.const(step), i32.add, set(at)],
          branch(0),
        ),
      ),
      get(best),
    ],
  }
}

function countLinesFunction(): WasmFunction {
  const [from, to, count, bits] = [0, 1, 2, 3]
  const feed = 4
  const get = local.get
  const feedsAt: Code = [get(from), v128.load(), get(feed), v128.eq8, v128.bitmask8]
  return {
    name: 'countLines',
    parameters: 2,
    i32Locals: 2,
    v128Locals: 1,
    body: [
      [i32.const(10), v128.splat8, local.set(feed)],
      block(
        loop(
          [get(from), get(to), i32.geU, branchIf(1)],
          feedsAt,
          local.set(bits),
          // The last step looks past the end.
          [get(to), get(from), i32.sub, i32.const(step), i32.ltU],
          when(
            [get(bits), i32.const(1), get(to), get(from), i32.sub, i32.shl],
            [i32.const(1), i32.sub, i32.and, local.set(bits)],
          ),
          [get(bits), i32.popcnt, get(count), i32.add, local.set(count)],
          [get(from), i32.const(step), i32.add, local.set(from)],
          branch(0),
        ),
      ),
      get(count),
    ],
  }
}
