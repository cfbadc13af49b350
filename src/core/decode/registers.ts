// Register sets, program counter, code bytes and fault words out of the architecture's lines.

import type { Arch } from '../arch/arch.ts'
import type { Excerpt } from '../detect/event.ts'
import type { ArchName, Code, FaultInfo, Frame, RegisterSet } from '../model.ts'

/** Sets of registers kept (one for each dump: fault, user, every CPU's backtrace). */
const MAX_SETS = 64
/** Units of code kept of one dump. */
const MAX_UNITS = 512

export interface DecodedRegisters {
  arch?: ArchName
  pc?: Frame
  link?: Frame
  /** the set that matters */
  main?: RegisterSet
  sets: RegisterSet[]
  code?: Code
  fault: FaultInfo
  task: { comm?: string; pid?: number; cpu?: number }
}

/** Of lines whose architecture is settled, where it can be told. */
export function readRegisters(excerpt: Excerpt, arch: Arch | undefined): DecodedRegisters {
  const out: DecodedRegisters = { sets: [], fault: {}, task: {} }
  if (arch) out.arch = arch.name
  let set: RegisterSet | undefined
  let code: StartedCode | undefined
  for (const [index, line] of excerpt.lines.entries()) {
    if (line.item.is !== 'arch') continue
    const read = line.item.arch
    if (read.fault) out.fault = mergeFault(out.fault, read.fault)
    if (read.task) out.task = { ...read.task, ...out.task }
    if (read.link && !out.link) out.link = { ...read.link, line: line.record.line }
    if (startsSet(set, read)) {
      set = { values: {} }
      if (out.sets.length < MAX_SETS) out.sets.push(set)
    }
    if (set) {
      if (read.mode !== undefined) set.mode ??= read.mode
      if (read.pc)
        set.pc =
          set.pc?.symbol === undefined ? { ...set.pc, ...read.pc, line: line.record.line } : { ...read.pc, ...set.pc }
      if (read.registers) for (const name in read.registers) set.values[name] = read.registers[name]!
      if (read.words) set.decoded = { ...set.decoded, ...read.words }
    }
    if (read.code) code = addCode(code, read.code, set, index)
    if (code && !out.code && code.set?.mode !== 'user') out.code = code.code
  }
  if (out.code === undefined && code !== undefined && out.sets.every(one => one.mode === 'user')) out.code = code.code
  out.sets = out.sets.filter(one => Object.keys(one.values).length > 0 || one.pc !== undefined)
  if (arch) for (const one of out.sets) decodeFlags(arch, one)
  const main = mainSet(out.sets)
  if (main) {
    out.main = main
    if (main.mode !== 'user') {
      const pc = programCounter(out.sets)
      if (pc) out.pc = pc
    } else if (main.pc) out.pc = main.pc
    const described = arch?.describeFault?.(main.values)
    if (described) out.fault = mergeFault(out.fault, described)
  }
  return out
}

/** A header says one or two of them beforehand ("epc == …, ra == …", "IP: …"). */
const FEW_REGISTERS = 2

/** The kernel's first dump; what a header said beforehand only where there is none. */
function mainSet(sets: readonly RegisterSet[]): RegisterSet | undefined {
  const kernel = sets.filter(one => one.mode !== 'user')
  return kernel.find(one => Object.keys(one.values).length > FEW_REGISTERS) ?? kernel[0] ?? sets[0]
}

/** Where the kernel was first, with its function where a later line names it. */
function programCounter(sets: readonly RegisterSet[]): Frame | undefined {
  const counters = sets.flatMap(one => (one.mode !== 'user' && one.pc ? [one.pc] : []))
  const first = counters[0]
  if (!first || first.symbol !== undefined) return first
  return counters.find(pc => pc.symbol !== undefined && pc.address === first.address) ?? first
}

function startsSet(
  set: RegisterSet | undefined,
  read: NonNullable<unknown> & { begins?: true; pc?: Frame; mode?: string; registers?: Record<string, string> },
): boolean {
  if (!read.begins && !read.pc && !read.registers) return false
  if (set === undefined) return true
  if (read.begins) return Object.keys(set.values).length > 0 || set.pc !== undefined
  if (read.pc && set.pc?.symbol !== undefined && Object.keys(set.values).length > 0) return true
  // a general register that comes again is another dump; repeated control registers (CR2 behind the modules) are not
  let names = 0
  for (const name in read.registers) {
    const before = set.values[name]
    if (before === undefined || before === read.registers[name]) return false
    names++
  }
  return names > 1
}

function addCode(
  code: StartedCode | undefined,
  read: { units: string[]; unitBytes: 1 | 2 | 4; faultIndex?: number; raw?: string },
  set: RegisterSet | undefined,
  index: number,
): StartedCode {
  const continues = code !== undefined && index - code.at <= 1 && code.code.unitBytes === read.unitBytes
  const started = continues ? code : { set, at: index, units: 0, code: { bytes: '', unitBytes: read.unitBytes } }
  const { code: made, units: before } = started
  const units = before + read.units.length <= MAX_UNITS ? read.units : read.units.slice(0, MAX_UNITS - before)
  started.at = index
  started.units += units.length
  if (units.length > 0) made.bytes += `${before > 0 ? ' ' : ''}${units.join(' ')}`
  if (read.faultIndex !== undefined && read.faultIndex < units.length) made.faultIndex ??= before + read.faultIndex
  if (read.raw !== undefined) made.raw = read.raw
  return started
}

/** The code of one dump, with the set of registers that it stands under and the last of its lines. */
interface StartedCode {
  set: RegisterSet | undefined
  at: number
  units: number
  code: Code
}

/** Registers of each architecture that have no flags: nearly all, and making numbers of them takes longer than the rest. */
const flagless = new Map<Arch, Set<string>>()
/** More names than any architecture has registers. */
const MAX_FLAGLESS = 512

function decodeFlags(arch: Arch, set: RegisterSet): void {
  if (!arch.decodeRegister) return
  let plain = flagless.get(arch)
  if (plain === undefined) flagless.set(arch, (plain = new Set()))
  for (const name in set.values) {
    if (plain.has(name) || set.decoded?.[name] !== undefined) continue
    const words = arch.decodeRegister(name, BigInt(set.values[name]!))
    if (words === undefined && plain.size < MAX_FLAGLESS) plain.add(name)
    if (words && words.length > 0) set.decoded = { ...set.decoded, [name]: words }
  }
}

function mergeFault(first: FaultInfo, second: FaultInfo): FaultInfo {
  const merged: FaultInfo = { ...second, ...first }
  if (first.decoded === undefined || second.decoded === undefined) return merged
  merged.decoded = [...new Set([...first.decoded, ...second.decoded])]
  return merged
}
