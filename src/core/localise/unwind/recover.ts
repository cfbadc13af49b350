// A report's stack, walked and labelled; its frames with their variables. Works from the log alone as far as that goes, and
// from the files of the kernel as far as they are at hand.

import { FormatError } from '../../bytes/cursor.ts'
import type { ArchName, Frame, Report, StackFrame } from '../../model.ts'
import { say } from '../../say.ts'
import { instructionSetOf } from '../instruction-set.ts'
import { labelWords, nameOf, type StackDump, stackDump, type WordRole } from '../stack-words.ts'
import { type Abi, abiOf, registerName } from './abi.ts'
import { topByFrameInformation } from './cfi.ts'
import type { CodeObject } from './code-object.ts'
import { CodeSpace, programCounterOf } from './code-space.ts'
import type { Memory, UnwindMethod, WalkedFrame } from './frame.ts'
import type { FunctionAt } from './jumps.ts'
import { findTailCalls, inferredFrame, missingFunctions } from './tail-calls.ts'
import { type FoundVariable, type FrameScope, scopesOf, VariableReader } from './variables.ts'
import { walk } from './walk.ts'
import { weighUnreliable } from './weigh.ts'

const confidence: Record<UnwindMethod, StackFrame['confidence']> = {
  registers: 'certain',
  cfi: 'certain',
  orc: 'certain',
  'unwind-table': 'certain',
  prologue: 'likely',
  chain: 'likely',
  'link-register': 'possible',
  scan: 'possible',
}

/** What was found besides what is written into the report: for findings that ask about pointers. */
export interface Recovered {
  abi: Abi
  space: CodeSpace
  frames: readonly WalkedFrame[]
  scopes: readonly (FrameScope | undefined)[]
  /** of the innermost frame */
  variables: readonly FoundVariable[]
}

const parse = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^0x[0-9a-f]{1,16}$/.test(text) ? BigInt(text) : undefined

const nothing: Memory = { read: () => undefined, low: 0n, high: 0n }

/**
 * Adds the frames of the stack, the meaning of its words, and variables, to a report. `objects` are the kernel and modules
 * at hand; `shift` is how far the kernel stood from where it is linked, where the log does not tell.
 */
export async function recoverStack(
  report: Report,
  objects: readonly CodeObject[] = [],
  shift?: bigint,
): Promise<Recovered | undefined> {
  const { arch } = report
  const abi = abiOf(arch)
  if (arch === undefined || abi === undefined || report.severity === 'user') return undefined
  // Without words of the stack and without files there is nothing to find; most reports of a log are so.
  if (objects.length === 0 && report.stack === undefined) return undefined
  const space = await CodeSpace.open(abi, report, objects, shift)
  const registers = registersOf(abi, report)
  const pc = programCounterOf(abi, report) ?? (report.pc && (await space.addressOfFrame(report.pc)))
  const dump = stackDump(report)
  const memory: Memory = dump ?? nothing
  const printedCode = codeOf(report)
  const thumb = arch === 'arm' && isThumb(report)
  const input = {
    arch,
    abi,
    registers,
    pc,
    memory,
    space,
    thumb,
    traced: tracedNames(report),
    ...(printedCode && { printedCode }),
  }
  const frames = await walk(input, dump === undefined ? 1 : undefined)
  const [innermost] = frames
  if (innermost !== undefined && report.pc !== undefined) {
    const code = await space.placeOfFrame(report.pc)
    if (code !== undefined) innermost.code = code
    innermost.top ??= code && (await topByFrameInformation({ arch, abi, registers, memory, code }))
  }
  const scopes = await scopesOf(frames, space)
  const reader = new VariableReader({ abi, report, memory, space }, scopes)
  const variables: FoundVariable[][] = []
  for (const index of frames.keys()) variables.push(await reader.variables(index))
  const missing = await missingFrames(frames, arch, space)
  const { described, indices } = await describeFrames(abi, report, space, frames, variables, missing)
  addVariables(report, described)
  if (dump !== undefined && report.stack !== undefined && (frames.length > 1 || frames[0]?.step !== undefined)) {
    report.stack.frames = described
    labelWords(report, rolesOf(abi, report, frames, described, indices), await namer(report, space))
  }
  if (objects.length > 0) {
    await findTailCalls(report, arch, space)
    await weighUnreliable(report, { arch, abi, space, frames, memory })
  }
  return { abi, space, frames, scopes, variables: variables[0] ?? [] }
}

function tracedNames({ traces = [] }: Report): Set<string> {
  const sure = (traces[0]?.frames ?? []).filter(({ reliable, symbol }) => reliable !== false && symbol !== undefined)
  return new Set(sure.map(({ symbol, offset }) => `${symbol}+${offset}`))
}

/** The state bit of the program status, where it was printed; and code printed by halfwords. */
function isThumb({ registers = {}, code }: Report): boolean {
  const status = parse(registers['psr'])
  return registers['xPSR'] !== undefined || code?.unitBytes === 2 || (status !== undefined && (status & 0x20n) !== 0n)
}

function registersOf(abi: Abi, { registers = {} }: Report): Map<number, bigint> {
  const found = new Map<number, bigint>()
  for (const [number, names] of abi.registers.entries()) {
    const name = names.find(each => registers[each] !== undefined)
    const value = name === undefined ? undefined : parse(registers[name])
    if (value !== undefined) found.set(number, value)
  }
  return found
}

/** The printed code from the function's start to the program counter, where it reaches so far back. */
function codeOf(report: Report): { bytes: Uint8Array; littleEndian: boolean } | undefined {
  const { code, pc } = report
  const set = instructionSetOf(report)
  if (code?.faultIndex === undefined || pc?.offset === undefined || set === undefined) return undefined
  const before = code.faultIndex * code.unitBytes
  if (pc.offset > before) return undefined
  const units = code.bytes.split(' ').slice(0, code.faultIndex)
  const bytes = new Uint8Array(units.length * code.unitBytes)
  for (const [index, unit] of units.entries()) {
    if (!/^[0-9a-f]+$/.test(unit)) return undefined
    const value = Number.parseInt(unit, 16)
    // Words are printed as numbers: here they are laid out as set.order says, and read so.
    for (let i = 0; i < code.unitBytes; i++) {
      const shift = set.order === 'little' ? i * 8 : (code.unitBytes - 1 - i) * 8
      bytes[index * code.unitBytes + i] = value >>> shift
    }
  }
  return { bytes: bytes.subarray(before - pc.offset), littleEndian: set.order === 'little' }
}

/** For each frame the functions between it and its caller that left no frame. */
async function missingFrames(
  frames: readonly WalkedFrame[],
  arch: ArchName,
  space: CodeSpace,
): Promise<FunctionAt[][]> {
  const missing: FunctionAt[][] = []
  for (const [index, frame] of frames.entries()) {
    const caller = frames[index + 1]
    const called = frame.pc === undefined ? undefined : space.at(frame.pc - (frame.exact ? 0n : 1n))
    const returned = caller?.pc === undefined || caller.exact ? undefined : space.at(caller.pc - 1n)
    if (called === undefined || returned === undefined) {
      missing.push([])
      continue
    }
    try {
      missing.push(await missingFunctions(called, { ...returned, place: returned.place + 1 }, arch, space))
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      missing.push([])
    }
  }
  return missing
}

const hexOf = (abi: Abi, value: bigint): string => `0x${value.toString(16).padStart(abi.wordBytes * 2, '0')}`

async function describeFrames(
  abi: Abi,
  report: Report,
  space: CodeSpace,
  frames: readonly WalkedFrame[],
  variables: readonly (readonly FoundVariable[])[],
  missing: readonly (readonly FunctionAt[])[],
): Promise<{ described: StackFrame[]; indices: number[] }> {
  const described: StackFrame[] = []
  const indices: number[] = []
  const names: (string | undefined)[] = []
  for (const [index, frame] of frames.entries()) {
    const name = await nameOfFrame(report, space, frame, index === 0 ? report.pc : undefined)
    const callee = names.at(-1)
    names.push(name.symbol)
    const edge = hexOf(abi, frame.bottom)
    for (const each of missing[index - 1] ?? []) {
      const inferred = inferredFrame(each, { caller: name.symbol, callee })
      described.push({ ...inferred, bottom: edge, top: edge, by: 'tail-call', confidence: 'likely' })
    }
    const saved = (frame.step?.saved ?? []).map(({ register, at }) => {
      const value = frame.step?.registers.get(register)
      return {
        register: registerName(abi, register, report),
        at: hexOf(abi, at),
        ...(value !== undefined && { value: hexOf(abi, value) }),
      }
    })
    const plain = variables[index]?.map(plainVariable) ?? []
    indices.push(described.length)
    described.push({
      ...(frame.pc !== undefined && { address: hexOf(abi, frame.pc) }),
      ...name,
      bottom: edge,
      ...(frame.top !== undefined && { top: hexOf(abi, frame.top) }),
      by: frame.by,
      confidence: confidence[frame.by],
      ...(saved.length > 0 && { saved }),
      ...(plain.length > 0 && { variables: plain }),
    })
  }
  return { described, indices }
}

async function nameOfFrame(
  report: Report,
  space: CodeSpace,
  { pc, exact }: WalkedFrame,
  printed: Report['pc'],
): Promise<Frame> {
  const found = pc === undefined ? undefined : await space.symbol(pc, !exact)
  const { symbol, offset, size, module } = found === undefined ? (printed ?? {}) : { ...found, symbol: found.name }
  if (symbol === undefined) return {}
  return {
    symbol,
    ...(offset !== undefined && { offset }),
    ...(size !== undefined && { size }),
    ...(module !== undefined && { module }),
    ...(report.pc === printed && printed?.place !== undefined && { place: printed.place }),
  }
}

const plainVariable = ({ typeEntry: _, register: __, raw: ___, address: ____, ...variable }: FoundVariable) => variable

/** Variables and places of walked frames, given to the frames of the trace that they are. */
function addVariables(report: Report, described: readonly StackFrame[]): void {
  const [innermost] = described
  if (innermost?.variables !== undefined && report.pc !== undefined) report.pc.variables = innermost.variables
  const trace = report.traces?.[0]
  if (trace === undefined) return
  let next = 0
  for (const frame of trace.frames) {
    const index = described.findIndex((each, at) => at >= next && isSame(each, frame))
    if (index < 0) continue
    next = index + 1
    const { variables, place, inlines } = described[index]!
    if (variables !== undefined) frame.variables = variables
    if (frame.place !== undefined && place === undefined) described[index]!.place = frame.place
    if (frame.inlines !== undefined && inlines === undefined) described[index]!.inlines = frame.inlines
  }
}

const isSame = (one: Frame, other: Frame): boolean =>
  one.symbol !== undefined && one.symbol === other.symbol && (other.offset === undefined || one.offset === other.offset)

/** What the walk found the words to be. */
function rolesOf(
  abi: Abi,
  report: Report,
  frames: readonly WalkedFrame[],
  described: readonly StackFrame[],
  indices: readonly number[],
): Map<bigint, WordRole> {
  const roles = new Map<bigint, WordRole>()
  const dump = stackDump(report)
  if (dump === undefined) return roles
  for (const [walked, { bottom, top }] of frames.entries()) {
    const frame = indices[walked] ?? walked
    const last = top === undefined || top > dump.high ? dump.high : top
    for (let at = bottom; at < last; at += BigInt(abi.wordBytes)) roles.set(at, { kind: 'local', frame })
  }
  // Some words of a frame stand in its caller's: PowerPC's and s390's save areas.
  const set = (at: bigint, kind: WordRole['kind'], text: string): void => {
    const frame = roles.get(at)?.frame
    roles.set(at, { kind, text, ...(frame !== undefined && { frame }) })
  }
  const backChain = abi.chains.find(({ from }) => from === 'next frame')
  for (const [walked, { bottom, top, step }] of frames.entries()) {
    const owner = described[indices[walked] ?? walked]?.symbol ?? say`the function`
    if (backChain !== undefined && top !== undefined && top > bottom && dump.read(bottom) === top) {
      set(bottom, 'frame-link', backChain.name)
    }
    for (const { register, at } of step?.saved ?? []) {
      const link = abi.chains.find(each => each.register === register)
      if (link === backChain && link !== undefined) set(at, 'frame-link', link.name)
      else if (link !== undefined && isUpwards(dump, at))
        set(at, 'frame-link', say`saved ${registerName(abi, register, report)}, ${link.name}`)
      else set(at, 'saved-register', say`saved ${registerName(abi, register, report)}`)
    }
    if (step?.returnAt === undefined) continue
    if (step.interrupted) set(step.returnAt, 'saved-state', say`interrupted address, above ${owner}`)
    else set(step.returnAt, 'return-address', say`return address of ${owner}`)
  }
  for (const [index, { variables = [] }] of described.entries()) nameLocals(roles, abi, index, variables)
  return roles
}

/** A link leads to a frame further up; a register that is free for other things does not. */
function isUpwards({ read }: StackDump, at: bigint): boolean {
  const value = read(at)
  return value !== undefined && value > at && value - at < MAX_STACK_BYTES
}

/** The furthest that two frames of one stack are apart. */
const MAX_STACK_BYTES = 64n * 1024n

/** Words that hold a variable are called by it. */
function nameLocals(roles: Map<bigint, WordRole>, abi: Abi, index: number, variables: readonly FoundVariable[]): void {
  for (const { name, where } of variables) {
    const at = parse(where)
    if (at === undefined) continue
    const word = at - (at % BigInt(abi.wordBytes))
    const role = roles.get(word)
    if (role?.kind !== 'local') continue
    roles.set(word, {
      ...role,
      text: role.text === undefined ? name : `${role.text}, ${name}`,
      frame: role.frame ?? index,
    })
  }
}

/** Names of code for labels: looked up before, since they are asked for one after the other. */
async function namer(report: Report, space: CodeSpace): Promise<(address: bigint) => string | undefined> {
  const names = new Map<bigint, string>()
  for (const { value } of report.stack?.words ?? []) {
    const address = parse(value)
    if (address === undefined || names.has(address) || space.at(address) === undefined) continue
    const found = await space.symbol(address, false)
    const { name: symbol, ...rest } = found ?? { name: undefined }
    const name = symbol === undefined ? undefined : nameOf({ symbol, ...rest })
    if (name !== undefined) names.set(address, name)
  }
  return address => names.get(address)
}
