// The inputs of the fuzzer by number: the same number is the same input, so that a failure can be had again alone.

import { Random } from '../random.ts'
import { assertRecords, assertReports, decodeInChunks } from './invariants.ts'
import { mutated } from './mutations.ts'
import { pieces, wholeLogs } from './seeds.ts'

export interface Failure {
  number: number
  message: string
  /** the input, base64 */
  input: string
}

const all = pieces(wholeLogs())

/** Share of inputs that are decoded in chunks too, and whose records are looked at: one in so many. */
const chunkedEvery = 12
const recordsEvery = 4

export function inputOf(seed: number, number: number): { bytes: Uint8Array; random: Random } {
  const random = new Random(Math.imul(seed, 0x9e3779b1) + Math.imul(number, 0x85ebca6b))
  return { bytes: mutated(random, all), random }
}

/** What is wrong with this input, if anything. */
export function tryInput(seed: number, number: number): Failure | undefined {
  const { bytes, random } = inputOf(seed, number)
  try {
    const reports = assertReports(bytes)
    if (number % chunkedEvery === 0) {
      const chunked = JSON.stringify(decodeInChunks(bytes, random))
      if (chunked !== JSON.stringify(reports)) throw new Error('other chunks give other reports')
    }
    if (number % recordsEvery === 0) assertRecords(bytes)
    return undefined
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { number, message, input: Buffer.from(bytes).toString('base64') }
  }
}
