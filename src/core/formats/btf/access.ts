// A way from a function's argument to a value, as `skb->dev->name`, in the language of kernel probes: where to read how
// much (Documentation/trace/kprobetrace.rst, "Fetch arguments").

import type { Btf } from './btf.ts'
import { pointerBytes, sizeOf, strip, typeName } from './type-names.ts'

export interface Access {
  /** `+0(+16($arg1)):u64` */
  fetch: string
  /** the value's type as C writes it */
  type: string
  reading: Reading
}

/** How a fetched value is to be shown. */
export type Reading = 'number' | 'signed' | 'pointer' | 'text' | 'bool' | { enumerators: ReadonlyMap<number, string> }

/** Why a path leads nowhere; the message names the step. */
export class AccessError extends Error {}

export interface FunctionType {
  arguments: readonly { name: string; type: number }[]
  /** 0: it gives nothing */
  result: number
}

/** The first function of this name; undefined when there is none. */
export function functionType(btf: Btf, name: string): FunctionType | undefined {
  const [type] = btf.named(name, 'function')
  if (type === undefined) return undefined
  const prototype = btf.target(type)
  return { arguments: btf.arguments(prototype), result: btf.target(prototype) }
}

/** A value in hand, or a place in memory. */
type Where =
  | { value: string; type: number }
  | { base: string; offset: number; type: number; bits?: { offset: number; count: number } }

const MAX_STEPS = 16

// skb   ->dev   ->name   [3]   .tv_sec
const pathPattern = /^(?<root>[A-Za-z_]\w*)(?<steps>(?:(?:->|\.)[A-Za-z_]\w*|\[\d{1,9}\])*)$/
const stepPattern = /(?:->|\.)(?<member>\w+)|\[(?<index>\d+)\]/g

/** Throws AccessError. */
export function accessPath(btf: Btf, type: FunctionType, path: string): Access {
  const groups = pathPattern.exec(path)?.groups
  if (groups === undefined)
    throw new AccessError(`"${path}" is no way to a value: expected NAME, NAME->MEMBER, NAME.MEMBER, NAME[INDEX]`)
  const root = groups['root'] ?? ''
  const index = type.arguments.findIndex(({ name }) => name === root)
  const argument = type.arguments[index]
  if (argument === undefined) {
    const names = type.arguments.map(({ name }) => name).join(', ')
    throw new AccessError(`it has no argument "${root}"; it has ${names === '' ? 'none' : names}`)
  }
  checkPassing(btf, type, index)
  const steps = [...(groups['steps'] ?? '').matchAll(stepPattern)]
  if (steps.length > MAX_STEPS) throw new AccessError(`"${path}" has more than ${MAX_STEPS} steps`)
  let where: Where = { value: `$arg${index + 1}`, type: argument.type }
  for (const { groups: step = {} } of steps) {
    where =
      step['member'] === undefined ? element(btf, where, Number(step['index'])) : member(btf, where, step['member'])
  }
  return read(btf, where, path)
}

/** The value that a function gives back, from `$retval`; undefined when it gives none. */
export function accessResult(btf: Btf, { result }: FunctionType): Access | undefined {
  return strip(btf, result) === 0 ? undefined : read(btf, { value: '$retval', type: result }, 'its result')
}

/** Values that take several registers move those behind them to others. */
function checkPassing(btf: Btf, type: FunctionType, index: number): void {
  const word = pointerBytes(btf)
  for (const { name, type: each } of type.arguments.slice(0, index + 1)) {
    if (sizeOf(btf, each, word) > word)
      throw new AccessError(
        `its argument "${name}" does not fit into a register, so that where the arguments are is not known`,
      )
  }
}

/** The struct that a step goes into, and where it begins. */
function structOf(btf: Btf, where: Where): { base: string; offset: number; type: number } {
  let at = where
  let inner = strip(btf, at.type)
  if (btf.kind(inner) === 'pointer') {
    at = { base: heldBy(at), offset: 0, type: btf.target(inner) }
    inner = strip(btf, at.type)
  }
  if (!('base' in at) || (btf.kind(inner) !== 'struct' && btf.kind(inner) !== 'union'))
    throw new AccessError(`${typeName(btf, where.type)} has no members`)
  return { base: at.base, offset: at.offset, type: inner }
}

/** What a pointer holds. */
const heldBy = (where: Where): string => ('value' in where ? where.value : `+${where.offset}(${where.base})`)

function member(btf: Btf, where: Where, name: string): Where {
  const outer = structOf(btf, where)
  const found = findMember(btf, outer.type, name, 0)
  if (found === undefined) throw new AccessError(`${typeName(btf, outer.type)} has no member "${name}"`)
  const bitOffset = outer.offset * 8 + found.bitOffset
  return {
    base: outer.base,
    offset: Math.floor(bitOffset / 8),
    type: found.type,
    ...(found.bits > 0 ? { bits: { offset: bitOffset, count: found.bits } } : {}),
  }
}

/** A member, of anonymous structs and unions inside too. */
function findMember(
  btf: Btf,
  type: number,
  name: string,
  depth: number,
): { bitOffset: number; type: number; bits: number } | undefined {
  if (depth > MAX_STEPS) return undefined
  for (const each of btf.members(type)) {
    if (each.name === name) return each
    if (each.name !== '') continue
    const inner = findMember(btf, strip(btf, each.type), name, depth + 1)
    if (inner !== undefined) return { ...inner, bitOffset: inner.bitOffset + each.bitOffset }
  }
  return undefined
}

function element(btf: Btf, where: Where, index: number): Where {
  const inner = strip(btf, where.type)
  if (btf.kind(inner) === 'array' && 'base' in where) {
    const { element: type } = btf.array(inner)
    return { base: where.base, offset: where.offset + index * sizeOf(btf, type, pointerBytes(btf)), type }
  }
  if (btf.kind(inner) !== 'pointer') throw new AccessError(`${typeName(btf, where.type)} has no elements`)
  const type = btf.target(inner)
  return { base: heldBy(where), offset: index * sizeOf(btf, type, pointerBytes(btf)), type }
}

function read(btf: Btf, where: Where, path: string): Access {
  const type = typeName(btf, where.type)
  const inner = strip(btf, where.type)
  const kind = btf.kind(inner)
  const at = heldBy(where)
  if (kind === 'pointer') {
    if (isChar(btf, btf.target(inner))) return { fetch: `+0(${at}):string`, type, reading: 'text' }
    return { fetch: `${at}:x${pointerBytes(btf) * 8}`, type, reading: 'pointer' }
  }
  if (kind === 'array' && isChar(btf, btf.array(inner).element)) return { fetch: `${at}:string`, type, reading: 'text' }
  if (kind === 'struct' || kind === 'union') {
    const names = [...btf.members(inner)].map(({ name }) => name).filter(name => name !== '')
    throw new AccessError(
      `${path} is a ${type}: say which of its members (${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''})`,
    )
  }
  if (kind !== 'int' && kind !== 'enum' && kind !== 'enum64')
    throw new AccessError(`${path} is a ${type}, which cannot be shown`)
  const bytes = btf.ownSize(inner)
  const { signed, bool } = btf.integer(inner)
  const reading: Reading = kind === 'int' ? (bool ? 'bool' : signed ? 'signed' : 'number') : enumReading(btf, inner)
  if ('bits' in where && where.bits !== undefined) return bitField(where, bytes, type, reading)
  return { fetch: `${at}:${signed ? 's' : 'u'}${bytes * 8}`, type, reading }
}

/** `b<width>@<offset>/<container>` counts from the container's beginning, from its low end on a little-endian machine. */
function bitField(
  where: { base: string; bits?: { offset: number; count: number } },
  bytes: number,
  type: string,
  reading: Reading,
): Access {
  const { offset, count } = where.bits ?? { offset: 0, count: 0 }
  const container = Math.floor(offset / (bytes * 8)) * bytes
  const shift = offset - container * 8
  return { fetch: `+${container}(${where.base}):b${count}@${shift}/${bytes * 8}`, type, reading }
}

const enumReading = (btf: Btf, type: number): Reading => ({
  enumerators: new Map(btf.enumerators(type).map(({ name, value }) => [Number(value), name] as const)),
})

/** `char`; `const unsigned char` too, as names of files are: what is not const is data more often than text. */
function isChar(btf: Btf, type: number): boolean {
  const inner = strip(btf, type)
  if (btf.kind(inner) !== 'int' || btf.ownSize(inner) !== 1) return false
  return btf.name(inner) === 'char' || (btf.name(inner) === 'unsigned char' && btf.kind(type) === 'const')
}
