// The stack traces of a report: one for each title, split where the context changes.

import type { EventLine, Excerpt } from '../detect/event.ts'
import { demangleRust } from '../formats/rust/rust-demangle.ts'
import type { ContextName, Frame, Trace } from '../model.ts'

/** No kernel prints deeper stacks; what is above is another dump that ran in. */
const MAX_FRAMES = 600
const MAX_TRACES = 256

export interface DecodedTraces {
  traces: Trace[]
  /** index in the excerpt → index of the trace that holds this line's frames */
  traceOfLine: Map<number, number>
  /** lines of "call" titles without a frame behind them */
  empty: number[]
}

const breakingEvent = /Last Breaking-Event-Address/

export function readTraces(excerpt: Excerpt): DecodedTraces {
  const traces: Trace[] = []
  const traceOfLine = new Map<number, number>()
  const empty: number[] = []
  let current: Trace | undefined
  let titleLine = -1
  let skipNext = false
  const begin = (title: string, context?: ContextName): Trace => {
    const trace: Trace = context === undefined ? { title, frames: [] } : { title, context, frames: [] }
    if (traces.length < MAX_TRACES) traces.push(trace)
    return trace
  }
  const add = (frames: readonly Frame[], index: number): void => {
    current ??= begin(implicitTitle(excerpt, index))
    for (const frame of chained(current.frames, frames)) {
      if (current.frames.length >= MAX_FRAMES) return
      current.frames.push(finish(frame, excerpt.lines[index]!.record.line))
    }
    traceOfLine.set(index, traces.length - 1)
    titleLine = -1
  }
  for (const [index, line] of excerpt.lines.entries()) {
    const { item } = line
    switch (item.is) {
      case 'trace':
        if (titleLine >= 0) empty.push(titleLine)
        current = begin(item.title.title, item.title.context)
        if (item.title.cpu !== undefined) current.cpu = item.title.cpu
        if (item.title.pid !== undefined) current.pid = item.title.pid
        titleLine = index
        if (item.frames) add(item.frames, index)
        break
      case 'mark':
        if (current) current = contextChange(current, item.mark.context, item.mark.closes === true, begin)
        if (item.frames) add(item.frames, index)
        break
      case 'frame':
        if (skipNext) skipNext = false
        else if (current || startsWithFrames(excerpt, index)) add(item.frames, index)
        break
      case 'cut':
      case 'end':
        current = undefined
        break
      default:
        skipNext = breakingEvent.test(line.record.text)
    }
  }
  if (titleLine >= 0) empty.push(titleLine)
  return { traces: traces.filter(trace => trace.frames.length > 0), traceOfLine, empty }
}

/** ARM's lines overlap: "a from b+0x…", "b from c+0x…". The callee that the line before has named is not named again. */
function chained(before: readonly Frame[], frames: readonly Frame[]): readonly Frame[] {
  const last = before[before.length - 1]
  const overlaps = frames.length === 2 && last?.symbol !== undefined && last.symbol === frames[0]!.symbol
  return overlaps ? frames.slice(1) : frames
}

/** KMSAN, KCSAN, KFENCE and kmemleak print frames right under their header. */
function startsWithFrames(excerpt: Excerpt, index: number): boolean {
  const before: EventLine | undefined = excerpt.lines[index - 1]
  const pair = excerpt.lines[index]!.item
  if (pair.is === 'frame' && pair.frames.length === 2) return true
  return index > excerpt.header && before !== undefined && (before.item.is !== 'text' || index - 1 === excerpt.header)
}

const implicitTitle = (excerpt: Excerpt, index: number): string =>
  index > excerpt.header && index <= excerpt.header + 2
    ? excerpt.lines[excerpt.header]!.record.text.trim().slice(0, 120)
    : 'Call Trace'

function contextChange(
  current: Trace,
  context: ContextName | undefined,
  closes: boolean,
  begin: (title: string, context?: ContextName) => Trace,
): Trace {
  const next = closes ? (current.context === 'task' ? 'task' : undefined) : context
  if (next === current.context) return current
  if (current.frames.length === 0) {
    if (next !== undefined) current.context = next
    return current
  }
  // behind "</IRQ>" and "<EOI>" runs what was interrupted: the task
  return begin(current.title, closes ? 'task' : next)
}

function finish(frame: Frame, line: number): Frame {
  const out: Frame = { ...frame, line }
  if (out.reliable === undefined && out.symbol !== undefined) out.reliable = true
  if (out.symbol !== undefined && (out.symbol.startsWith('_R') || out.symbol.startsWith('_ZN'))) {
    const name = demangleRust(out.symbol)
    if (name !== undefined) out.place ??= { unknown: 'no-symbols', detail: name }
  }
  return out
}
