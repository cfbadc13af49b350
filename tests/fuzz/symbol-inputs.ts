// Damaged files of symbols by number: the same number of the same seed is the same input.

import { FormatError } from '../../src/core/bytes/cursor.ts'
import { Random } from '../random.ts'
import { symbolTargets, type Target } from './symbol-targets.ts'

/** No input of these sizes may take more of a processor: by the clock, the other tests beside it would be counted too. */
const MAX_MS = 4_000

/** What one process may hold on top of what it began with. */
export const MAX_GROWTH_BYTES = 1024 * 1024 * 1024

export interface Tried {
  target: string
  answered: boolean
  failure?: string
}

export class SymbolFuzzer {
  readonly #targets: readonly Target[]
  readonly #seed: number
  /** the target of each of a hundred numbers */
  readonly #turns: readonly Target[]

  static async open(seed: number): Promise<SymbolFuzzer> {
    return new SymbolFuzzer(await symbolTargets(), seed)
  }

  private constructor(targets: readonly Target[], seed: number) {
    this.#targets = targets
    this.#seed = seed
    this.#turns = targets.flatMap(target => new Array<Target>(target.share).fill(target))
  }

  async try(number: number): Promise<Tried> {
    const random = new Random(Math.imul(this.#seed, 0x9e3779b1) + Math.imul(number, 0x85ebca6b))
    const target = this.#turns[number % this.#turns.length]!
    return this.#read(target, mutated(random.pick(target.seeds), random))
  }

  /** Every prefix of every whole file, those of long ones by some bytes more at a time; how many were read. */
  async prefixes(most: number): Promise<{ read: number; failures: string[] }> {
    const failures: string[] = []
    let read = 0
    for (const target of this.#targets) {
      for (const seed of target.seeds) {
        const step = Math.max(1, Math.floor(seed.length / most))
        for (let length = 0; length < seed.length; length += length < 128 ? 1 : step) {
          const { failure } = await this.#read(target, seed.subarray(0, length))
          read++
          if (failure !== undefined) failures.push(`first ${length} bytes, ${failure}`)
        }
      }
    }
    return { read, failures }
  }

  async #read(target: Target, bytes: Uint8Array): Promise<Tried> {
    const began = process.threadCpuUsage()
    let answered = true
    try {
      await target.read(bytes)
    } catch (error) {
      answered = false
      if (!(error instanceof FormatError)) {
        return { target: target.name, answered, failure: error instanceof Error ? (error.stack ?? '') : String(error) }
      }
      if (error.message === '' || !Number.isInteger(error.offset)) {
        return { target: target.name, answered, failure: `a FormatError without a place: ${error.message}` }
      }
    }
    const { user, system } = process.threadCpuUsage(began)
    const took = (user + system) / 1000
    return { target: target.name, answered, ...(took > MAX_MS && { failure: `took ${Math.round(took)} ms` }) }
  }
}

/** Bytes changed, bits flipped, cut, repeated, numbers that are large or nearly right. */
function mutated(seed: Uint8Array, random: Random): Uint8Array {
  let bytes = Buffer.from(seed)
  for (let i = random.between(1, 6); i > 0 && bytes.length > 8; i--) {
    const at = random.below(bytes.length - 4)
    switch (random.below(8)) {
      case 0:
        if (random.below(3) === 0) bytes = bytes.subarray(0, at)
        break
      case 1:
        bytes.writeUInt32LE(random.pick([0, 0xffffffff, 0x7fffffff, 0x80000000, bytes.length]), at)
        break
      case 2:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(random.below(bytes.length)).subarray(0, 2_000),
          bytes.subarray(at),
        ])
        break
      case 3:
        bytes[at]! ^= 1 << random.below(8)
        break
      case 4:
        bytes[at] = (bytes[at]! + random.between(-2, 2)) & 0xff
        break
      default:
        bytes[at] = random.below(256)
    }
  }
  return bytes
}
