// Which function a call goes to, and which functions it reaches from there by jumps: tail calls leave no frame behind.

import { callSites, functionEntry } from '../../formats/dwarf/variables.ts'
import type { ArchName } from '../../model.ts'
import { CALL_BYTES, callBefore, distanceWithin, jumpTargets } from './calls.ts'
import type { CodeAt, CodeObject, CodeSpace } from './code-space.ts'

/** A chain of jumps is followed no further. */
const MAX_JUMPS = 3
/** Functions looked at for one missing frame. */
const MAX_VISITED = 64
const MAX_CODE_BYTES = 32 * 1024

export interface FunctionAt {
  object: CodeObject
  /** of its first byte */
  start: number
  size: number
  name: string
}

/** Where the call before a return address goes. */
export async function calledAt(
  { object, place }: CodeAt,
  arch: ArchName,
  space: CodeSpace,
): Promise<CodeAt | undefined> {
  const bytes = await object.bytes(place - CALL_BYTES, CALL_BYTES)
  if (bytes !== undefined && bytes.length === CALL_BYTES) {
    const call = callBefore(arch, bytes, object.littleEndian)
    const address = object.base + BigInt(Math.trunc(place))
    const target = call?.within === undefined ? call?.target : distanceWithin(call.within, address)
    // Calls in a module's file are filled in when it is loaded.
    if (target !== undefined && target !== 0 && object.module === undefined) return { object, place: place + target }
  }
  const info = await object.debug()
  const loaded = await info?.unitAt(place - 1)
  const owner = loaded && functionEntry(loaded, place - 1)
  if (info === undefined || owner === undefined) return undefined
  for (const site of callSites(owner)) {
    if (site.returnTo !== place || site.tail || site.origin === undefined) continue
    const name = await info.names.nameOfReference(owner.unit, site.origin.form, site.origin.value)
    return name === undefined ? undefined : space.functionNamed(name, object)
  }
  return undefined
}

export async function functionAt(object: CodeObject, place: number): Promise<FunctionAt | undefined> {
  const symbol = await object.symbolAt(place)
  if (symbol?.size === undefined) return undefined
  return { object, start: place - symbol.offset, size: symbol.size, name: symbol.name }
}

export const isSameFunction = (one: FunctionAt, other: FunctionAt): boolean =>
  one.object === other.object && (one.start === other.start || plain(one.name) === plain(other.name))

/** Parts of one function have its name with an ending. */
const plain = (name: string): string => name.replace(/\.(?:cold|part|isra|constprop)\b.*$/, '')

/** The functions from `first` that jump, each to the next, the last of them to `goal`; empty when none do. */
export async function pathOfJumps(
  first: FunctionAt,
  goal: FunctionAt,
  arch: ArchName,
  space: CodeSpace,
): Promise<FunctionAt[]> {
  let paths: FunctionAt[][] = [[first]]
  const visited = new Set([first.start])
  for (let jumps = 0; jumps < MAX_JUMPS; jumps++) {
    const longer: FunctionAt[][] = []
    for (const path of paths) {
      for (const next of await jumpedTo(path.at(-1)!, arch, space)) {
        if (isSameFunction(next, goal)) return path
        if (visited.has(next.start) || visited.size >= MAX_VISITED) continue
        visited.add(next.start)
        longer.push([...path, next])
      }
    }
    paths = longer
  }
  return []
}

/** Functions that a function's code jumps to. */
async function jumpedTo(from: FunctionAt, arch: ArchName, space: CodeSpace): Promise<FunctionAt[]> {
  const { object, start, size } = from
  const found: FunctionAt[] = []
  const info = await object.debug()
  const loaded = await info?.unitAt(start)
  const owner = loaded && functionEntry(loaded, start)
  if (info !== undefined && owner !== undefined) {
    for (const site of callSites(owner)) {
      if (!site.tail || site.origin === undefined) continue
      const name = await info.names.nameOfReference(owner.unit, site.origin.form, site.origin.value)
      const named = name === undefined ? undefined : await space.functionNamed(name, object)
      const target = named && (await functionAt(named.object, named.place))
      if (target !== undefined) found.push(target)
    }
  }
  const code = object.module === undefined ? await object.bytes(start, Math.min(size, MAX_CODE_BYTES)) : undefined
  for (const target of code === undefined
    ? []
    : jumpTargets(arch, code, object.littleEndian, object.base + BigInt(Math.trunc(start)))) {
    if (target >= 0 && target < size) continue
    const place = start + target
    const function_ = object.isCode(place) ? await functionAt(object, place) : undefined
    // In the middle of a function nobody's tail call goes.
    if (function_ !== undefined && place - function_.start <= 16) found.push(function_)
  }
  return found
}

/** Whether a call of the one leads to the other, at once or by jumps. */
export async function leadsTo(from: FunctionAt, goal: FunctionAt, arch: ArchName, space: CodeSpace): Promise<boolean> {
  return isSameFunction(from, goal) || (await pathOfJumps(from, goal, arch, space)).length > 0
}
