// Traces as lines: frames, what was inlined into them, and where the context changes.

import { isNamed } from '../localise/blame.ts'
import type { ContextName, Frame, Report, Trace } from '../model.ts'
import { say } from '../say.ts'
import { type VariableView, variableViews } from './variables.ts'
import { frameName, placeText } from './wording.ts'

export type TraceLine =
  | { kind: 'context'; text: string }
  | {
      kind: 'frame'
      /** function with offset and size, or the bare address */
      name: string
      module?: string
      place?: string
      address?: string
      returnTo?: string
      /** false: found on the stack, perhaps left over from an earlier call */
      reliable: boolean
      /** the function that the title names, once in a report */
      blamed?: true
      /** not printed by the kernel: why it is here all the same */
      inferred?: string
      /** of one that is not reliable: "left over: …" */
      weight?: string
      /** line of the input, 1-based */
      line?: number
    }
  | { kind: 'inline'; name: string; place: string }
  /** arguments and variables of the frame above */
  | { kind: 'variables'; variables: VariableView[] }

export interface TraceView {
  title: string
  lines: TraceLine[]
}

const contextWords: Record<ContextName, string> = {
  task: say`task`,
  irq: say`hard interrupt`,
  softirq: say`soft interrupt`,
  nmi: say`NMI`,
  exception: say`exception`,
}

const weightWords = { caller: say`caller`, 'left over': say`left over`, 'no call': say`no call` }

/** One view a stack: traces that only change the context (`<IRQ>` … `<TASK>`) are parts of one. */
export function traceViews(report: Report): TraceView[] {
  const views: TraceView[] = []
  let previous: Trace | undefined
  for (const trace of report.traces ?? []) {
    const last = views.at(-1)
    if (last !== undefined && previous !== undefined && continues(previous, trace)) {
      last.lines.push(separator(trace), ...trace.frames.flatMap(linesOf))
    } else {
      const opening = trace.context === undefined || trace.context === 'task' ? [] : [separator(trace)]
      views.push({ title: titleOf(trace), lines: [...opening, ...trace.frames.flatMap(linesOf)] })
    }
    previous = trace
  }
  if (!markBlamed(report.title, views)) addProgramCounter(report, views)
  return views.filter(view => view.lines.length > 0)
}

/**
 * The function that failed, where the trace begins with its caller: dumps with registers print the program counter
 * apart and unwind from there.
 */
function addProgramCounter({ title, pc, severity }: Report, views: readonly TraceView[]): void {
  const first = views[0]
  if (pc?.symbol === undefined || first === undefined || severity === 'user' || !isNamed(title, pc.symbol)) return
  const lines = linesOf(pc)
  for (const line of lines) if (line.kind === 'frame') line.blamed = true
  first.lines.splice(first.lines[0]?.kind === 'context' ? 1 : 0, 0, ...lines)
}

/** The first frame of the function that the title names: below the kernel's own reporting, above its callers. */
function markBlamed(title: string, views: readonly TraceView[]): boolean {
  for (const { lines } of views) {
    for (const line of lines) {
      if (line.kind !== 'frame' || !line.reliable || !isNamed(title, line.name.replace(/\+0x.*$/, ''))) continue
      line.blamed = true
      return true
    }
  }
  return false
}

const continues = (before: Trace, trace: Trace): boolean =>
  before.title === trace.title &&
  before.context !== undefined &&
  trace.context !== undefined &&
  (trace.pid === undefined || before.pid === trace.pid) &&
  (trace.cpu === undefined || before.cpu === trace.cpu)

const separator = (trace: Trace): TraceLine => ({
  kind: 'context',
  text: trace.context === undefined ? '' : contextWords[trace.context],
})

/** The kernel's words above the trace, and whose it is where they do not say. */
function titleOf({ title, comm, pid, cpu }: Trace): string {
  const owner = [
    comm !== undefined && !title.includes(comm) ? comm : undefined,
    pid !== undefined && !title.includes(String(pid)) ? `pid ${pid}` : undefined,
    cpu !== undefined && !/cpu/i.test(title) ? `CPU ${cpu}` : undefined,
  ].filter(part => part !== undefined)
  const words = title.replace(/:\s*$/, '')
  if (owner.length === 0) return words
  return words === '' ? owner.join(', ') : `${words} (${owner.join(', ')})`
}

/** What was inlined stands above the function that holds it, innermost first: the order in which calls return. */
function linesOf(frame: Frame): TraceLine[] {
  const inlines = (frame.inlines ?? []).map(
    (inline): TraceLine => ({
      kind: 'inline',
      name: inline.function ?? say`(inlined)`,
      place: placeText(inline) ?? inline.file,
    }),
  )
  const place = placeText(frame.place)
  const variables = variableViews(frame)
  // "fn file.c:12 [inline]" of a log that was symbolised before: inlined code has no address of its own.
  if (frame.offset === undefined && frame.address === undefined && frame.symbol !== undefined && place !== undefined) {
    return [...inlines, { kind: 'inline', name: frame.symbol, place }]
  }
  return [
    ...inlines,
    {
      kind: 'frame',
      name: frameName(frame),
      reliable: frame.reliable !== false,
      ...(frame.module === undefined ? {} : { module: frame.module }),
      ...(place === undefined ? {} : { place }),
      ...(frame.address === undefined || frame.symbol === undefined ? {} : { address: frame.address }),
      ...(frame.returnTo === undefined ? {} : { returnTo: frame.returnTo }),
      ...(frame.inferred === undefined ? {} : { inferred: frame.inferred }),
      ...(frame.weight === undefined ? {} : { weight: `${weightWords[frame.weight.is]}: ${frame.weight.because}` }),
      ...(frame.line === undefined ? {} : { line: frame.line }),
    },
    ...(variables.length > 0 ? [{ kind: 'variables' as const, variables }] : []),
  ]
}

/** Classes of a frame in HTML. */
export const frameClass = (line: Extract<TraceLine, { kind: 'frame' }>): string =>
  line.blamed
    ? 'frame blamed'
    : line.inferred !== undefined
      ? 'frame inferred'
      : line.reliable
        ? 'frame'
        : 'frame guess'
