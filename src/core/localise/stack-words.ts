// What the words of a raw stack dump are: a place in code that the trace names, a place on the stack itself, the value of
// a register, a value that the kernel writes on purpose.

import { archByName } from '../arch/index.ts'
import type { Frame, Report } from '../model.ts'
import { walkFrameChain } from './frame-chain.ts'
import { specialValue } from './special-values.ts'

/** The function at an address, as "fn+0x1c/0x40 [mod]"; undefined where there is none. */
export type NameAddress = (address: bigint) => string | undefined

/** Small numbers are in registers and on the stack by chance. */
const SMALL = 0x10000n

const nameOf = ({ symbol, offset, size, module }: Frame): string | undefined => {
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

/** Gives each word of `report.stack` its meaning where it has one, and its address where the stack pointer tells it. */
export function labelStack(report: Report, nameAddress?: NameAddress): void {
  const { stack, arch: archName } = report
  if (stack === undefined || archName === undefined) return
  const arch = archByName(archName)
  if (arch === undefined) return
  const pointer = arch.roles.stackPointer
  const top = parse(stack.address) ?? parse(report.registers?.[pointer])
  const bits = arch.wordBytes === 8 ? 64 : 32
  const names = printedNames(report)
  const registers = registersByValue(report, pointer)
  // The dump starts at the stack pointer where it does not say where.
  if (stack.address === undefined && top !== undefined) stack.address = hex(top, bits)
  const first = parse(stack.words[0]?.address) ?? top
  const end = first === undefined ? undefined : first + BigInt(stack.words.length * arch.wordBytes)
  const read = (address: bigint): bigint | undefined => {
    if (first === undefined || address < first) return undefined
    const index = Number(address - first) / arch.wordBytes
    return Number.isInteger(index) ? parse(stack.words[index]?.value) : undefined
  }
  const links = new Map<bigint, string>()
  for (const { at, returnAt, returnTo } of walkFrameChain(archName, report.registers ?? {}, arch.wordBytes, read)) {
    links.set(at, 'frame link')
    if (returnTo !== undefined) links.set(returnAt, 'return address')
  }
  for (const [index, word] of stack.words.entries()) {
    const value = parse(word.value)
    if (value === undefined) continue
    if (word.address === undefined && first !== undefined) {
      word.address = hex(first + BigInt(index * arch.wordBytes), bits)
    }
    const meaning = names.get(value) ?? nameAddress?.(value) ?? onStack(value, first, end) ?? special(value, bits)
    const held = registers.get(value)
    const role = first === undefined ? undefined : links.get(first + BigInt(index * arch.wordBytes))
    const parts = [
      ...(role === undefined ? [] : [role]),
      ...(meaning === undefined ? [] : [meaning]),
      ...(held === undefined ? [] : [`= ${held.join(', ')}`]),
    ]
    if (parts.length > 0) word.meaning = parts.join('  ')
  }
}

function onStack(value: bigint, first: bigint | undefined, end: bigint | undefined): string | undefined {
  if (first === undefined || end === undefined || value < first || value >= end) return undefined
  return `stack, 0x${(value - first).toString(16)} above the top`
}

function special(value: bigint, bits: 32 | 64): string | undefined {
  const known = value < SMALL ? undefined : specialValue(value, bits)
  return known?.offset === 0n ? known.value.name : undefined
}

const hex = (value: bigint, bits: 32 | 64): string => `0x${value.toString(16).padStart(bits / 4, '0')}`
