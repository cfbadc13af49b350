// Names for bare addresses: what a kernel without kallsyms prints, registers, words of the stack. The names come from a
// kernel image, System.map or /proc/kallsyms, once it is sure that they are of the kernel that failed.

import type { Address, Frame, Report } from '../model.ts'
import { say } from '../say.ts'
import type { KernelFile } from './kernel-file.ts'
import { returnAddresses } from './return-addresses.ts'
import { labelStack } from './stack-words.ts'
import type { SymbolAt, SymbolTable } from './symbol-table.ts'

export interface SymbolSource {
  /** as the user knows it */
  file: string
  table: SymbolTable
  /** of the kernel that the symbols are of, as far as the source says */
  release?: string
  buildId?: string
  /** the image that they are of: opened when its types or code are asked for */
  kernel?: () => Promise<KernelFile>
  /** addresses are those of a kernel that ran (/proc/kallsyms), not those it is linked at */
  running?: true
}

/** Frames whose printed sizes must speak against a source before it is refused. */
const MIN_CONTRADICTIONS = 3

/** Why the symbols are not those of the kernel that printed the report; undefined when nothing says so. */
export function mismatch(report: Report, source: SymbolSource): string | undefined {
  const { release, buildId } = report.kernel ?? {}
  const other = (what: string, theirs: string, ours: string): string =>
    say`${source.file} is of another kernel: its ${what} is ${theirs}, that of the log ${ours}; its symbols are not used`
  if (buildId !== undefined && source.buildId !== undefined) {
    // Logs may cut it.
    if (source.buildId.startsWith(buildId)) return undefined
    return other(say`build ID`, source.buildId, buildId)
  }
  if (release !== undefined && source.release !== undefined && release !== source.release) {
    return other(say`release`, source.release, release)
  }
  const frames = framesOf(report).filter(each => each.module === undefined && each.size !== undefined)
  const symbols = new Map(
    frames.flatMap(({ symbol, size }) => (symbol === undefined ? [] : [[symbol, size!] as const])),
  )
  const wrong = [...symbols].filter(([name, size]) => {
    const sizes = source.table.named(name).map(each => source.table.sizeOf(each))
    return !sizes.includes(size)
  })
  if (wrong.length < MIN_CONTRADICTIONS || wrong.length * 2 < symbols.size) return undefined
  const [name] = wrong[0]!
  return say`${source.file} is of another build: ${wrong.length} of ${symbols.size} functions, as ${name}, have other sizes in the log; its symbols are not used`
}

/** Names all bare addresses of a report. Gives the number of names. */
export function nameAddresses(report: Report, source: SymbolSource): number {
  const shift = shiftOf(report, source)
  const { table } = source
  let count = 0
  const find = (address: Address): SymbolAt | undefined => {
    const found = table.at(address - shift)
    // Constants and per-CPU offsets are no places. A kernel that booted anew has its modules elsewhere.
    if (found === undefined || /[aA?U]/.test(found.type) || found.sizeBytes === undefined) return undefined
    return found.module !== undefined && shift !== 0n ? undefined : found
  }
  const nameFrame = (frame: Frame | undefined, isReturn: boolean): void => {
    if (frame === undefined || frame.symbol !== undefined || frame.address === undefined) return
    // A call at the end of a function that never returns leaves an address that is the next function's already.
    const back = isReturn ? 1n : 0n
    const found = find(BigInt(frame.address) - back)
    if (found === undefined || !isCode(found)) return
    count++
    frame.symbol = found.name
    frame.offset = found.offset + Number(back)
    if (found.sizeBytes !== undefined) frame.size = found.sizeBytes
    if (found.module !== undefined) frame.module = found.module
  }
  if (report.severity === 'user') return 0
  nameFrame(report.pc, false)
  for (const trace of report.traces ?? []) {
    const returns = returnAddresses(trace, report)
    for (const [index, frame] of trace.frames.entries()) nameFrame(frame, returns[index] === true)
  }
  const text = (address: Address): string | undefined => {
    const found = find(address)
    return found && textOf(found)
  }
  for (const set of report.registerSets ?? []) {
    if (set.mode === 'user') continue
    nameFrame(set.pc, false)
    for (const [name, value] of Object.entries(set.values)) {
      const meaning = text(BigInt(value))
      if (meaning === undefined || set.decoded?.[name] !== undefined) continue
      set.decoded = { ...set.decoded, [name]: [meaning] }
      count++
    }
  }
  labelStack(report, text)
  return count
}

const isCode = ({ type }: SymbolAt): boolean => /[tTwW]/.test(type)

function textOf({ name, offset, sizeBytes, module }: SymbolAt): string {
  const size = sizeBytes === undefined ? '' : `/0x${sizeBytes.toString(16)}`
  return `${name}+0x${offset.toString(16)}${size}${module === undefined ? '' : ` [${module}]`}`
}

function framesOf(report: Report): Frame[] {
  const traces = (report.traces ?? []).flatMap(({ frames }) => frames)
  return report.pc === undefined ? traces : [report.pc, ...traces]
}

/**
 * How far the kernel that failed stood from the source's addresses: by a frame with both an address and a name, then as
 * the log says ("Kernel Offset:"). Symbols of a kernel that ran are taken as they are where the log has neither.
 */
export function shiftOf(report: Report, source: SymbolSource): bigint {
  for (const { address, symbol, offset, module } of framesOf(report)) {
    if (address === undefined || symbol === undefined || offset === undefined || module !== undefined) continue
    const named = source.table.named(symbol)
    if (named.length === 1) return BigInt(address) - BigInt(offset) - named[0]!.address
  }
  const told = report.kernel?.kaslrOffset
  return told === undefined || source.running ? 0n : BigInt(told)
}
