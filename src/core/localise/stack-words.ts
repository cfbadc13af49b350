// What the words of a raw stack dump are: a place in code that the trace names, a place on the stack itself, the value of
// a register, a value that the kernel writes on purpose; and what a walk of the stack found each to be.

import { archByName } from '../arch/index.ts'
import type { Frame, Report, StackWord } from '../model.ts'
import { say } from '../say.ts'
import { regionOf } from './address-map.ts'
import { walkFrameChain } from './frame-chain.ts'
import { type SlabObject, slabObjects, slabOf } from './slab-objects.ts'
import { specialValue } from './special-values.ts'

/** The function at an address, as "fn+0x1c/0x40 [mod]"; undefined where there is none. */
export type NameAddress = (address: bigint) => string | undefined

export type WordKind = NonNullable<StackWord['kind']>

/** What a walk found a word to be. */
export interface WordRole {
  kind: WordKind
  /** "return address of vfs_write", "saved r4" */
  text?: string
  /** index of its frame */
  frame?: number
}

/** Small numbers are in registers and on the stack by chance. */
const SMALL = 0x10000n

export const nameOf = ({ symbol, offset, size, module }: Frame): string | undefined => {
  if (symbol === undefined) return undefined
  const at = offset === undefined ? '' : `+0x${offset.toString(16)}`
  const of = size === undefined ? '' : `/0x${size.toString(16)}`
  return `${symbol}${at}${of}${module === undefined ? '' : ` [${module}]`}`
}

const parse = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^0x[0-9a-f]{1,16}$/.test(text) ? BigInt(text) : undefined

/** Code addresses that the report itself names: the program counter, and frames with their addresses. */
function printedNames({ pc, traces = [] }: Report): Map<bigint, string> {
  const names = new Map<bigint, string>()
  for (const frame of [...(pc ? [pc] : []), ...traces.flatMap(({ frames }) => frames)]) {
    const address = parse(frame.address)
    const name = nameOf(frame)
    if (address !== undefined && name !== undefined && !names.has(address)) names.set(address, name)
  }
  return names
}

/** Registers by value, the stack pointer and what holds no pointer left out. */
function registersByValue(report: Report, stackPointer: string | undefined): Map<bigint, string[]> {
  const found = new Map<bigint, string[]>()
  for (const [name, text] of Object.entries(report.registers ?? {})) {
    const value = parse(text)
    if (value === undefined || value < SMALL || name === stackPointer || /flags|psr|status|^C[RS]/i.test(name)) continue
    const names = found.get(value)
    if (names === undefined) found.set(value, [name])
    else names.push(name)
  }
  return found
}

/** Addresses of the printed words and how to read them; undefined where the report has none, or does not say where. */
export interface StackDump {
  low: bigint
  high: bigint
  wordBytes: 4 | 8
  read(address: bigint): bigint | undefined
}

export function stackDump(report: Report): StackDump | undefined {
  const { stack } = report
  const arch = report.arch === undefined ? undefined : archByName(report.arch)
  if (stack === undefined || arch === undefined || stack.words.length === 0) return undefined
  const top = parse(stack.address) ?? parse(report.registers?.[arch.roles.stackPointer])
  const low = parse(stack.words[0]?.address) ?? top
  if (low === undefined) return undefined
  const { wordBytes } = arch
  return {
    low,
    high: low + BigInt(stack.words.length * wordBytes),
    wordBytes,
    read(address) {
      if (address < low) return undefined
      const index = Number(address - low) / wordBytes
      return Number.isInteger(index) ? parse(stack.words[index]?.value) : undefined
    },
  }
}

/** Gives each word of `report.stack` its meaning where it has one, and its address where the stack pointer tells it. */
export function labelStack(report: Report, nameAddress?: NameAddress): void {
  const dump = stackDump(report)
  if (report.stack === undefined || report.arch === undefined) return
  const roles = new Map<bigint, WordRole>()
  if (dump !== undefined) {
    for (const frame of walkFrameChain(report.arch, report.registers ?? {}, dump.wordBytes, dump.read)) {
      roles.set(frame.at, { kind: 'frame-link', text: say`frame link` })
      if (frame.returnTo !== undefined) roles.set(frame.returnAt, { kind: 'return-address', text: say`return address` })
    }
  }
  labelWords(report, roles, nameAddress)
}

/** The same with what a walk found. Words that were labelled before are labelled anew. */
export function labelWords(
  report: Report,
  roles: ReadonlyMap<bigint, WordRole>,
  nameAddress: NameAddress | undefined,
): void {
  const { stack, arch: archName } = report
  const arch = archName === undefined ? undefined : archByName(archName)
  if (stack === undefined || arch === undefined) return
  const dump = stackDump(report)
  const bits = arch.wordBytes === 8 ? 64 : 32
  const labels = new Labels(report, dump, bits, nameAddress)
  // The dump starts at the stack pointer where it does not say where.
  if (stack.address === undefined && dump !== undefined) stack.address = hex(dump.low, bits)
  for (const [index, word] of stack.words.entries()) {
    const value = parse(word.value)
    if (value === undefined) continue
    const address = dump === undefined ? undefined : dump.low + BigInt(index * arch.wordBytes)
    if (word.address === undefined && address !== undefined) word.address = hex(address, bits)
    const role = address === undefined ? undefined : roles.get(address)
    const found = labels.of(value)
    const kind = role !== undefined && (role.kind !== 'local' || found === undefined) ? role.kind : found?.kind
    const texts = [role?.text, found?.text, labels.registers(value)].filter(text => text !== undefined)
    delete word.meaning
    delete word.kind
    delete word.frame
    if (texts.length > 0) word.meaning = texts.join('  ')
    if (kind !== undefined) word.kind = kind
    if (role?.frame !== undefined) word.frame = role.frame
  }
}

/** What a value is, wherever it stands. */
class Labels {
  readonly #names: Map<bigint, string>
  readonly #registers: Map<bigint, string[]>
  readonly #slabs: readonly SlabObject[]
  readonly #report: Report
  readonly #dump: StackDump | undefined
  readonly #bits: 32 | 64
  readonly #nameAddress: NameAddress | undefined

  constructor(report: Report, dump: StackDump | undefined, bits: 32 | 64, nameAddress: NameAddress | undefined) {
    this.#report = report
    this.#dump = dump
    this.#bits = bits
    this.#nameAddress = nameAddress
    this.#names = printedNames(report)
    const arch = archByName(report.arch!)
    this.#registers = registersByValue(report, arch?.roles.stackPointer)
    this.#slabs = slabObjects(report)
  }

  of(value: bigint): { kind: WordKind; text: string } | undefined {
    const name = this.#names.get(value) ?? this.#nameAddress?.(value)
    if (name !== undefined) return { kind: 'code', text: name }
    const dump = this.#dump
    if (dump !== undefined && value >= dump.low && value < dump.high) {
      return { kind: 'stack', text: say`stack, 0x${(value - dump.low).toString(16)} above the top` }
    }
    const slab = slabOf(this.#slabs, value)
    if (slab !== undefined) {
      const offset = value - slab.start
      return {
        kind: 'slab',
        text: say`slab ${offset === 0n ? slab.cache : `${slab.cache} + 0x${offset.toString(16)}`}`,
      }
    }
    const known = value < SMALL ? undefined : specialValue(value, this.#bits)
    if (known?.offset === 0n) return { kind: 'poison', text: known.value.name }
    return this.#region(value)
  }

  /** Registers that hold the same value. */
  registers(value: bigint): string | undefined {
    const held = this.#registers.get(value)
    return held === undefined ? undefined : `= ${held.join(', ')}`
  }

  #region(value: bigint): { kind: WordKind; text: string } | undefined {
    const region = value < SMALL ? undefined : regionOf(this.#report.arch!, value)
    // Of a 32-bit machine any number lies in some region, and of a program's memory nothing is known.
    if (region === undefined || region.holds === 'user' || this.#bits === 32) return undefined
    return { kind: region.holds === 'code' ? 'code' : 'memory', text: region.name }
  }
}

const hex = (value: bigint, bits: 32 | 64): string => `0x${value.toString(16).padStart(bits / 4, '0')}`
