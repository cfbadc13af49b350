// Frames that a trace lacks because a function called the next as its last act, by a jump: the call before a return address
// goes to another function than the one that is above it in the trace, and that function's code jumps to it.

import { FormatError } from '../../bytes/cursor.ts'
import type { ArchName, Frame, Report, Trace } from '../../model.ts'
import { say } from '../../say.ts'
import { returnAddresses } from '../return-addresses.ts'
import type { CodeAt, CodeSpace } from './code-space.ts'
import { calledAt, type FunctionAt, functionAt, isSameFunction, pathOfJumps } from './jumps.ts'

/** What stands between calls and functions without being one: trampolines of ftrace, thunks, static calls, veneers. */
const notCalls =
  /^(?:__x86_(?:indirect|return)_|__SCT__|ftrace_|__fentry__|_?mcount|__kprobes|srso_|retbleed|\.|__\w+_veneer$)/

/** Adds the missing frames to all traces, marked as inferred. */
export async function findTailCalls(report: Report, arch: ArchName, space: CodeSpace): Promise<void> {
  for (const trace of report.traces ?? []) {
    try {
      await findIn(trace, report, arch, space)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
}

async function findIn(trace: Trace, report: Report, arch: ArchName, space: CodeSpace): Promise<void> {
  const returns = returnAddresses(trace, report)
  const frames: Frame[] = []
  let callee: Frame | undefined = beginsBelow(trace, report) ? report.pc : undefined
  for (const [index, frame] of trace.frames.entries()) {
    if (frame.reliable === false || frame.inferred !== undefined) {
      frames.push(frame)
      continue
    }
    if (callee !== undefined && returns[index] === true) {
      for (const between of await missingBetween(callee, frame, arch, space)) frames.push(between)
    }
    frames.push(frame)
    callee = frame
  }
  if (frames.length !== trace.frames.length) trace.frames = frames
}

/** Whether the trace starts with the caller of the program counter, as x86's do. */
function beginsBelow({ frames }: Trace, { pc, traces = [] }: Report): boolean {
  const [first] = frames
  return (
    pc?.symbol !== undefined &&
    traces[0]?.frames === frames &&
    !(first?.symbol === pc.symbol && first.offset === pc.offset)
  )
}

/** Functions that jumped, in the order of a trace: the innermost first. */
async function missingBetween(callee: Frame, caller: Frame, arch: ArchName, space: CodeSpace): Promise<Frame[]> {
  const [called, returned] = [await space.placeOfFrame(callee), await space.placeOfFrame(caller)]
  if (called === undefined || returned === undefined) return []
  const names = { caller: caller.symbol, callee: callee.symbol }
  return (await missingFunctions(called, returned, arch, space)).map(each => inferredFrame(each, names))
}

/** A function without a frame as a frame. */
export function inferredFrame(
  { name, size, object }: FunctionAt,
  { caller, callee }: { caller: string | undefined; callee: string | undefined },
): Frame & { inferred: string } {
  return {
    symbol: name,
    size,
    ...(object.module !== undefined && { module: object.module }),
    inferred: say`${caller ?? say`the caller`} calls it, and it jumps to ${callee ?? say`the next`} as its last act`,
  }
}

/** Functions between the one that `called` is in and the call before `returned`, innermost first; none where it calls it itself. */
export async function missingFunctions(
  called: CodeAt,
  returned: CodeAt,
  arch: ArchName,
  space: CodeSpace,
): Promise<FunctionAt[]> {
  const target = await calledAt(returned, arch, space)
  const goal = await functionAt(called.object, called.place)
  if (target === undefined || goal === undefined) return []
  const first = await functionAt(target.object, target.place)
  // A local entry point lies a few bytes behind the function's start (ppc64, arm's and x86's landing pads).
  if (first === undefined || target.place - first.start > 16 || isSameFunction(first, goal)) return []
  if (notCalls.test(first.name)) return []
  return (await pathOfJumps(first, goal, arch, space)).reverse()
}
