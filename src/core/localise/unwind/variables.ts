// The arguments and variables of frames: where the debug information says they are, what stands there.

import { type Cursor, FormatError } from '../../bytes/cursor.ts'
import type { DebugInfo, LoadedUnit } from '../../formats/dwarf/debug-info.ts'
import type { Entry, Value } from '../../formats/dwarf/entry.ts'
import { type ExpressionFrame, evaluate, type Location } from '../../formats/dwarf/expression.ts'
import { locationAt } from '../../formats/dwarf/locations.ts'
import { TypeReader, typeTag } from '../../formats/dwarf/types.ts'
import {
  type CallSite,
  callSites,
  frameBaseOf,
  functionEntry,
  type ScopedVariable,
  variablesAt,
} from '../../formats/dwarf/variables.ts'
import type { Report, Variable } from '../../model.ts'
import { say } from '../../say.ts'
import { specialValue } from '../special-values.ts'
import { type Abi, registerName } from './abi.ts'
import { expressionFrame, partOf } from './cfi.ts'
import type { CodeAt, CodeSpace } from './code-space.ts'
import type { Memory, WalkedFrame } from './frame.ts'

/** A frame with its function's debug information. */
export interface FrameScope {
  frame: WalkedFrame
  /** of the frame's address, a byte before it where that is a return address */
  code: CodeAt
  info: DebugInfo
  loaded: LoadedUnit
  owner: Entry
  /** the function's calls, by the place behind them */
  sites: ReadonlyMap<number, CallSite>
  frameBase: Cursor | undefined
  /** the call that the frame above is of; absent where that is not known */
  site?: CallSite
  /** its function jumped to the one above: how it did that */
  jump?: CallSite
}

export interface VariableInput {
  abi: Abi
  report: Report
  memory: Memory
  space: CodeSpace
}

/** An entry value is the caller's variable, which may be the entry value of its caller, and so on. */
const MAX_ENTRY_DEPTH = 8

/** The scopes of walked frames; undefined where there is no debug information. Damage is as none. */
export async function scopesOf(frames: readonly WalkedFrame[], space: CodeSpace): Promise<(FrameScope | undefined)[]> {
  const scopes: (FrameScope | undefined)[] = []
  for (const frame of frames) {
    const scope = await unlessDamaged(() => scopeOf(frame, space))
    const callee = scopes.at(-1)
    scopes.push(scope)
    if (scope !== undefined && callee !== undefined) await unlessDamaged(() => linkCall(scope, callee, space))
  }
  return scopes
}

async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

async function scopeOf(frame: WalkedFrame, space: CodeSpace): Promise<FrameScope | undefined> {
  const code = frame.code ?? (frame.pc === undefined ? undefined : space.at(frame.pc - (frame.exact ? 0n : 1n)))
  const info = await code?.object.debug()
  if (code === undefined || info === undefined) return undefined
  const loaded = await info.unitAt(code.place)
  const owner = loaded && functionEntry(loaded, code.place)
  if (loaded === undefined || owner === undefined) return undefined
  const sites = new Map<number, CallSite>()
  for (const site of callSites(owner)) sites.set(site.returnTo, site)
  const base: Value | undefined = frameBaseOf(owner)
  const frameBase = base && (await locationAt(loaded.unit, base, code.place))
  return { frame, code, info, loaded, owner, sites, frameBase }
}

const DELAY_SLOT = 4

/** The function at the fixed address that some compilers write in the function's stead. */
async function nameOfTarget({ code }: FrameScope, { target }: CallSite): Promise<string | undefined> {
  const ADDR = 0x03
  const { block } = target ?? {}
  if (block === undefined || block.length === 0 || block.seek(0).u8() !== ADDR) return undefined
  const { object } = code
  const frame: ExpressionFrame = {
    wordBytes: block.length === 5 ? 4 : 8,
    register: () => undefined,
    read: () => undefined,
  }
  const found = evaluate(block, frame)
  if (found?.is !== 'memory') return undefined
  return (await object.symbolAt(Number(found.address - object.base)))?.name
}

/** Finds the call that the callee's frame is of: a call of the callee itself, or of a function that jumps to it. */
async function linkCall(scope: FrameScope, callee: FrameScope, space: CodeSpace): Promise<void> {
  const { frame, sites, code, info, loaded } = scope
  // Where a call has a delay slot, compilers note the address of that.
  const site = frame.exact ? undefined : (sites.get(code.place + 1) ?? sites.get(code.place + 1 - DELAY_SLOT))
  if (site === undefined || site.tail) return
  const nameOf = (of: FrameScope): Promise<string | undefined> =>
    of.info.names.nameAt(of.loaded.unit, of.owner.position)
  const called =
    site.origin === undefined
      ? await nameOfTarget(scope, site)
      : await info.names.nameOfReference(loaded.unit, site.origin.form, site.origin.value)
  if (called === undefined && site.origin === undefined) {
    // A call through a pointer: there is nothing to compare.
    scope.site = site
    return
  }
  const wanted = await nameOf(callee)
  if (called === wanted) {
    scope.site = site
    return
  }
  const between = called === undefined ? undefined : await space.functionNamed(called, code.object)
  const unit = between && (await (await between.object.debug())?.unitAt(between.place))
  const owner = between && unit && functionEntry(unit, between.place)
  if (between === undefined || owner === undefined) return
  const jumps: CallSite[] = []
  for (const each of callSites(owner)) {
    if (!each.tail || each.origin === undefined) continue
    const info_ = await between.object.debug()
    if ((await info_?.names.nameOfReference(owner.unit, each.origin.form, each.origin.value)) === wanted)
      jumps.push(each)
  }
  // Of several jumps nobody knows which one it was.
  const [jump] = jumps
  if (jumps.length !== 1 || jump === undefined) return
  scope.site = site
  scope.jump = jump
}

export interface FoundVariable extends Variable {
  /** the type's entry, and the register, place in memory or value that holds it: for what is asked of pointers */
  typeEntry?: Entry
  register?: number
  address?: bigint
  raw?: bigint
}

function parameterOf({ parameters }: CallSite, register: number, frame: ExpressionFrame): bigint | undefined {
  const expression = parameters.find(each => each.register === register)?.value.block
  const found = expression && evaluate(expression, frame)
  return found?.is === 'memory' ? found.address : found?.is === 'value' ? found.value : undefined
}

export class VariableReader {
  readonly #input: VariableInput
  readonly #scopes: readonly (FrameScope | undefined)[]

  constructor(input: VariableInput, scopes: readonly (FrameScope | undefined)[]) {
    this.#input = input
    this.#scopes = scopes
  }

  /** Of the frame with this index. What cannot be read is said where it would stand. */
  async variables(index: number): Promise<FoundVariable[]> {
    const scope = this.#scopes[index]
    if (scope === undefined) return []
    const found: FoundVariable[] = []
    for (const variable of variablesAt(scope.owner, scope.code.place)) {
      try {
        const read = await this.#read(scope, index, variable)
        if (read !== undefined) found.push(read)
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
      }
    }
    return found
  }

  async #read(scope: FrameScope, index: number, variable: ScopedVariable): Promise<FoundVariable | undefined> {
    const { info, loaded } = scope
    const types = new TypeReader(info.names)
    const { entry, isArgument, depth, owner } = variable
    const name = await info.names.nameAt(loaded.unit, entry.position)
    if (name === undefined) return undefined
    const type = (await types.typeOf(entry)) ?? (await this.#originType(types, entry))
    const text = await types.text(type)
    const inlined = depth === 0 ? undefined : await info.names.nameAt(loaded.unit, owner.position)
    const shown: FoundVariable = {
      name,
      type: text,
      where: say`optimised away here`,
      ...(isArgument && { argument: true as const }),
      ...(inlined !== undefined && { function: inlined }),
      ...(type !== undefined && { typeEntry: type }),
    }
    const { wordBytes } = this.#input.abi
    const size = await types.sizeOf(type, wordBytes)
    const constant = variable.constant?.value
    if (constant !== undefined && Number.isFinite(constant)) {
      const raw = BigInt.asUintN((size || wordBytes) * 8, BigInt(constant))
      return { ...shown, where: say`constant`, raw, value: await this.#text(types, type, raw, size) }
    }
    if (variable.location === undefined) return { ...shown, where: say`optimised away` }
    const expression = await locationAt(loaded.unit, variable.location, scope.code.place)
    if (expression === undefined) return shown
    const location = evaluate(expression, this.#expressionFrame(index, 0))
    if (location === undefined) return { ...shown, where: say`not known in this frame` }
    return this.#valued(types, shown, type, size, location, scope)
  }

  async #originType(types: TypeReader, entry: Entry): Promise<Entry | undefined> {
    const ABSTRACT_ORIGIN = 0x31
    const origin = await types.referred(entry, ABSTRACT_ORIGIN)
    return origin && types.typeOf(origin)
  }

  async #valued(
    types: TypeReader,
    shown: FoundVariable,
    type: Entry | undefined,
    size: number,
    location: Location,
    scope: FrameScope,
  ): Promise<FoundVariable> {
    const { abi, report, memory } = this.#input
    const bits = (size > 0 && size < abi.wordBytes ? size : abi.wordBytes) * 8
    const of = async (raw: bigint | undefined, where: string): Promise<FoundVariable> =>
      raw === undefined
        ? { ...shown, where }
        : { ...shown, where, raw, value: await this.#text(types, type, BigInt.asUintN(bits, raw), size) }
    switch (location.is) {
      case 'register': {
        const where = registerName(abi, location.register, report)
        // Where the compiler says that a register keeps a variable during a call, the callee leaves it alone (-fipa-ra).
        const { registers, passed } = scope.frame
        const raw = registers.get(location.register) ?? passed.get(location.register)
        return { ...(await of(raw, where)), register: location.register }
      }
      case 'value':
        return of(location.value, 'computed')
      case 'memory': {
        const { address } = location
        const where = `0x${address.toString(16)}`
        if (size > abi.wordBytes || size === 0) return { ...shown, where, address }
        return { ...(await of(partOf(memory, abi, scope.code.object.littleEndian, address, size), where)), address }
      }
      case 'pieces': {
        const parts = location.pieces.map(({ bytes, location: part }) => this.#piece(bytes, part, scope))
        const known = parts.some(part => part !== undefined)
        const texts = parts.map(part => (part === undefined ? '?' : `0x${part.toString(16)}`))
        return { ...shown, where: say`pieces`, ...(known && { value: `{${texts.join(', ')}}` }) }
      }
    }
  }

  #piece(bytes: number, location: Location | undefined, scope: FrameScope): bigint | undefined {
    const { abi, memory } = this.#input
    if (bytes < 1 || bytes > 8) return undefined
    const cut = (value: bigint | undefined) => (value === undefined ? undefined : BigInt.asUintN(bytes * 8, value))
    switch (location?.is) {
      case 'register':
        return cut(scope.frame.registers.get(location.register) ?? scope.frame.passed.get(location.register))
      case 'value':
        return cut(location.value)
      case 'memory':
        return partOf(memory, abi, scope.code.object.littleEndian, location.address, Math.min(bytes, abi.wordBytes))
    }
    return undefined
  }

  #expressionFrame(index: number, depth: number): ExpressionFrame {
    const scope = this.#scopes[index]!
    const { abi, memory, space } = this.#input
    const { frame, code, loaded, frameBase: base } = scope
    const top = frame.top === undefined ? undefined : frame.top + BigInt(abi.frameAddressBias ?? 0)
    const plain = expressionFrame({ abi, registers: frame.registers, memory, code }, top, frame.passed)
    return {
      ...plain,
      address: linked => space.addressOf(code.object, Number(linked - code.object.base)),
      indexed: at => {
        const place = loaded.unit.address(0x1b, at)
        return Number.isNaN(place) ? undefined : space.addressOf(code.object, place)
      },
      frameBase: () => {
        if (base === undefined) return undefined
        const found = evaluate(base, plain)
        if (found?.is === 'register') return frame.registers.get(found.register)
        return found?.is === 'memory' ? found.address : found?.is === 'value' ? found.value : undefined
      },
      entryValue: register => this.#entryValue(index, register, depth + 1),
    }
  }

  /** What the caller put into a register before the call, by its call site; through the jump of one in between. */
  #entryValue(index: number, register: number, depth: number): bigint | undefined {
    const caller = this.#scopes[index + 1]
    if (caller?.site === undefined || depth > MAX_ENTRY_DEPTH) return undefined
    const inCaller = this.#expressionFrame(index + 1, depth)
    const { site, jump } = caller
    if (jump === undefined) return parameterOf(site, register, inCaller)
    // The one in between has no frame: it knows what it was called with, and nothing else.
    const between: ExpressionFrame = {
      wordBytes: inCaller.wordBytes,
      register: () => undefined,
      read: () => undefined,
      ...(inCaller.address && { address: inCaller.address }),
      entryValue: each => parameterOf(site, each, inCaller),
    }
    return parameterOf(jump, register, between)
  }

  /** A value as C writes it. */
  async #text(types: TypeReader, type: Entry | undefined, raw: bigint, size: number): Promise<string> {
    const plain = await types.plain(type)
    const { wordBytes } = this.#input.abi
    const bits = (size > 0 && size <= 8 ? size : wordBytes) * 8
    const hex = `0x${raw.toString(16)}`
    if (plain?.tag === typeTag.enumeration) {
      const name = types.enumerator(plain, BigInt.asIntN(bits, raw)) ?? types.enumerator(plain, raw)
      return name === undefined ? raw.toString() : `${name} (${raw})`
    }
    if (plain?.tag === typeTag.base) {
      const encoding = types.encodingOf(plain)
      if (encoding === 2) return raw === 0n ? 'false' : raw === 1n ? 'true' : hex
      const number = encoding === 5 || encoding === 6 || encoding === 13 ? BigInt.asIntN(bits, raw) : raw
      if (size === 1 && raw >= 0x20n && raw < 0x7fn) return `${number} '${String.fromCharCode(Number(raw))}'`
      return number > -0x10000n && number < 0x10000n ? number.toString() : `${hex} (${number})`
    }
    if (raw === 0n && plain?.tag === typeTag.pointer) return 'NULL'
    return `${hex}${await this.#pointed(raw)}`
  }

  /** What a pointer points to, where that is known: a function, a value that the kernel writes on purpose. */
  async #pointed(raw: bigint): Promise<string> {
    const { abi, space } = this.#input
    const code = space.at(raw)
    const symbol = code && (await code.object.symbolAt(code.place))
    if (symbol !== undefined) return ` <${symbol.name}${symbol.offset === 0 ? '' : `+0x${symbol.offset.toString(16)}`}>`
    const known = raw < 0x10000n ? undefined : specialValue(raw, abi.wordBytes === 8 ? 64 : 32)
    if (known !== undefined && known.offset < 64n) return ` (${known.value.name})`
    const top = 1n << BigInt(abi.wordBytes * 8)
    return top - raw <= 4095n ? ` (error ${raw - top})` : ''
  }
}
