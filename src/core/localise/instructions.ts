// The instructions of a report's code: the printed bytes cut at the right places, the faulting one marked. What an
// instruction is called is for a disassembler that the host lends.

import type { Report } from '../model.ts'
import { type InstructionSet, instructionSetOf } from './instruction-set.ts'

export interface DecodedInstruction {
  bytes: number
  /** mnemonic and operands as the GNU tools write them */
  text: string
  /** where a branch goes */
  target?: bigint
}

export interface Disassembler {
  /** The instruction that begins `code`, as if it stood at `address`; undefined when it is none, or is cut off. */
  decode(code: Uint8Array, address: bigint): DecodedInstruction | undefined
}

/** Undefined where the host has none for this instruction set. */
export type FindDisassembler = (set: InstructionSet) => Promise<Disassembler | undefined>

type Instruction = NonNullable<NonNullable<Report['code']>['instructions']>[number]

/** Adds `code.instructions` where there is code, and a disassembler for it. */
export async function disassembleReport(report: Report, find: FindDisassembler): Promise<void> {
  const { code } = report
  const set = instructionSetOf(report)
  if (code === undefined || code.bytes === '' || code.instructions !== undefined || set === undefined) return
  const disassembler = await find(set)
  if (disassembler === undefined) return
  const instructions = new Listing(report, set, disassembler).instructions()
  if (instructions.length > 0) code.instructions = instructions
}

/** Starts that are tried where nothing says where an instruction begins: the longest of x86 has 15 bytes. */
const MAX_STARTS = 16

/** So many ways of reading must agree on a boundary before it is believed. */
const AGREEING = 4

class Listing {
  readonly #set: InstructionSet
  readonly #disassembler: Disassembler
  readonly #units: readonly string[]
  readonly #bytes: Uint8Array
  /** of the faulting instruction in #bytes; undefined when the dump has no mark */
  readonly #fault: number | undefined
  /** address of the first byte, or its offset from the function where only that is known */
  readonly #base: bigint
  readonly #placed: boolean
  readonly #functionStart: number | undefined
  readonly #symbol: string | undefined
  readonly #decoded = new Map<number, DecodedInstruction | undefined>()
  /** of the faulting instruction in its function */
  readonly #offset: number | undefined

  constructor(report: Report, set: InstructionSet, disassembler: Disassembler) {
    const { code, pc } = report
    this.#set = set
    this.#disassembler = disassembler
    this.#units = code!.bytes.split(' ')
    this.#bytes = unitBytes(this.#units, code!.unitBytes, set.order)
    this.#fault = code!.faultIndex === undefined ? undefined : code!.faultIndex * code!.unitBytes
    const atFault = pc?.address !== undefined && pc.address !== '0x0' ? BigInt(pc.address) : undefined
    this.#placed = atFault !== undefined && this.#fault !== undefined
    this.#base = (atFault ?? BigInt(pc?.offset ?? 0)) - BigInt(this.#fault ?? 0)
    this.#symbol = pc?.symbol
    this.#offset = pc?.offset
    // Where the function begins an instruction does.
    const start = pc?.offset === undefined || this.#fault === undefined ? undefined : this.#fault - pc.offset
    this.#functionStart = start !== undefined && start >= 0 ? start : undefined
  }

  instructions(): Instruction[] {
    const found: Instruction[] = []
    const { align } = this.#set
    let at = this.#firstBoundary()
    while (at < this.#bytes.length) {
      const readable = this.#readableAt(at)
      const decoded = readable ? this.#decode(at) : undefined
      if (decoded === undefined && !this.#set.fixed) {
        // Behind the fault an instruction that is cut off ends the dump; data before it is passed over.
        if (this.#fault === undefined || at >= this.#fault) break
        at = this.#fault
        continue
      }
      const length = decoded?.bytes ?? align
      if (readable) found.push(this.#row(at, length, decoded))
      at += length
    }
    return found
  }

  #row(at: number, length: number, decoded: DecodedInstruction | undefined): Instruction {
    const unit = this.#bytes.length / this.#units.length
    const bytes = this.#units.slice(at / unit, (at + length) / unit).join(' ')
    return {
      ...(this.#placed ? { address: hex(this.#addressOf(at), this.#set.bits) } : {}),
      bytes,
      text: decoded === undefined ? `.word 0x${bytes.replaceAll(' ', '')}` : this.#textOf(decoded),
      ...(at === this.#fault ? { fault: true as const } : {}),
    }
  }

  /** The target of a branch as a place in the function, as traces print it. */
  #textOf({ text, target }: DecodedInstruction): string {
    if (target === undefined || this.#symbol === undefined || this.#offset === undefined) return text
    const start = this.#addressOf(this.#fault ?? 0) - BigInt(this.#offset)
    const offset = BigInt.asIntN(this.#set.bits, target - start)
    const distance = `0x${(offset < 0n ? -offset : offset).toString(16)}`
    const place = `${this.#symbol}${offset < 0n ? '-' : '+'}${distance}`
    return this.#placed ? `${text} <${place}>` : text.replace(/#?0x[0-9a-f]{1,16}$/, place)
  }

  #addressOf(at: number): bigint {
    return BigInt.asUintN(this.#set.bits, this.#base + BigInt(at))
  }

  #decode(at: number): DecodedInstruction | undefined {
    if (!this.#decoded.has(at)) {
      this.#decoded.set(at, this.#disassembler.decode(this.#bytes.subarray(at), this.#addressOf(at)))
    }
    return this.#decoded.get(at)
  }

  /** Memory that the kernel could not read is printed as XXXXXXXX or ????????. */
  #readableAt(at: number): boolean {
    const unit = this.#bytes.length / this.#units.length
    return /^[0-9a-f]+$/.test(this.#units[Math.floor(at / unit)] ?? '')
  }

  /** The first place at which an instruction begins for sure. */
  #firstBoundary(): number {
    const fault = this.#fault
    if (this.#set.fixed || fault === undefined) return 0
    if (this.#functionStart !== undefined && this.#chain(this.#functionStart, fault) !== undefined)
      return this.#functionStart
    const chains: Set<number>[] = []
    for (let start = 0; start <= fault && start < MAX_STARTS; start += this.#set.align) {
      const chain = this.#chain(start, fault)
      if (chain !== undefined) chains.push(new Set(chain))
    }
    // Wrong beginnings soon fall in with the right one; what most of them agree on is right.
    const needed = Math.min(AGREEING, chains.length)
    for (let at = 0; at < fault; at += this.#set.align) {
      const begun = chains.filter(chain => Math.min(...chain) <= at)
      if (begun.length >= needed && begun.length > 0 && begun.every(chain => chain.has(at))) return at
    }
    return fault
  }

  /** Places of instructions from `start` that lead to `fault`; undefined when they do not. */
  #chain(start: number, fault: number): number[] | undefined {
    const places: number[] = []
    let at = start
    while (at < fault) {
      places.push(at)
      const decoded = this.#decode(at)
      if (decoded === undefined) return undefined
      at += decoded.bytes
    }
    return at === fault ? [...places, fault] : undefined
  }
}

/** Printed units as bytes. Words are printed as numbers, so that they can be laid out in any order. */
function unitBytes(units: readonly string[], size: number, order: 'little' | 'big'): Uint8Array {
  const bytes = new Uint8Array(units.length * size)
  for (const [index, unit] of units.entries()) {
    const value = /^[0-9a-f]+$/.test(unit) ? Number.parseInt(unit, 16) : 0
    for (let i = 0; i < size; i++) {
      const shift = order === 'little' ? i * 8 : (size - 1 - i) * 8
      bytes[index * size + i] = (value >>> shift) & 0xff
    }
  }
  return bytes
}

const hex = (value: bigint, bits: 32 | 64): string => `0x${value.toString(16).padStart(bits / 4, '0')}`
