// What is missing or torn in a report: said, with the line, and the report is still given.

import type { Excerpt } from '../detect/event.ts'
import type { Damage } from '../model.ts'
import { say } from '../say.ts'
import type { CulpritSearch } from './culprit.ts'
import type { DecodedTraces } from './traces.ts'

/** Behind the title of a trace a frame comes within so many lines, or the trace is torn. */
const FRAMES_WITHIN = 15

/** Frames without a title above them (ARM since 6.0) make a trace from this many on. */
const UNTITLED_FRAMES = 3

/** x86 shows the registers of what an interrupt or a trap met in the kernel (segment 0010), and goes on with its callers. */
const interrupted = /^RIP: 0010:/

const noStack = /\(stack is not available\)|<Same stack as pid/i
const stampInside = /\[ *\d+\.\d+\]/

export function assess(
  excerpt: Excerpt,
  search: CulpritSearch,
  traces: DecodedTraces,
  missing: readonly string[],
  title: string,
): Damage[] {
  const damage: Damage[] = []
  const headerLine = excerpt.lines[excerpt.header]!.record.line
  const add = (what: Damage['what'], line: number, detail: string): void => {
    damage.push({ what, line, detail })
  }
  if (excerpt.row.headless === true)
    add('missing-start', headerLine, say`the beginning of this report is not in the log`)
  if (stampInside.test(title)) add('torn', headerLine, say`another record runs into the header`)
  for (const name of missing) add('missing-part', headerLine, say`the report lacks its ${name}`)
  if (search.leftOut) add('missing-part', headerLine, say`the program counter stands behind the function that failed`)
  else if (excerpt.row.culprit && !search.culprit) add('missing-part', headerLine, say`no line names the function`)
  if (search.injected) add('interleaved', headerLine, say`the stack of an injected fault stands in the report`)
  if (
    excerpt.row.endsWith !== undefined &&
    !excerpt.lines.some(({ record }) => excerpt.row.endsWith!.test(record.text))
  )
    add('missing-end', lastLine(excerpt), say`the log or the report ends before its last part`)
  if (endsInsideTrace(excerpt))
    add('missing-end', lastLine(excerpt), say`a stack trace ends before the callers of what was interrupted`)
  if (expectsTrace(excerpt)) assessTraces(excerpt, traces, headerLine, add)
  if (
    excerpt.intrudedAt !== undefined &&
    !excerpt.lines.slice(excerpt.header, excerpt.intrudedAt).some(line => line.item.is === 'frame')
  )
    add('interleaved', excerpt.lines[excerpt.intrudedAt]!.record.line, say`another dump is mixed in`)
  if (excerpt.untangled === true)
    add('interleaved', headerLine, say`printed in turn with another report; lines were told apart by content`)
  if (excerpt.lost > 0) add('lost-records', headerLine, say`${excerpt.lost} records lost inside the report`)
  if (excerpt.closedBy === 'bound') add('truncated', lastLine(excerpt), say`longer than the bound`)
  for (const line of excerpt.lines) {
    for (const word of line.record.damage ?? []) {
      // joined again, or split at a stamp: nothing is lost by it
      if (word === 'wrapped' || word === 'stamp-inside' || damage.length >= 32) continue
      add(word === 'cut' ? 'truncated' : 'torn', line.record.line, word)
    }
  }
  return damage
}

const expectsTrace = (excerpt: Excerpt): boolean => excerpt.row.trace === undefined && excerpt.row.headless !== true

function assessTraces(
  excerpt: Excerpt,
  traces: DecodedTraces,
  headerLine: number,
  add: (what: Damage['what'], line: number, detail: string) => void,
): void {
  let any = false
  for (const [index, line] of excerpt.lines.entries()) {
    if (line.item.is !== 'trace' || line.item.title.context === 'nmi') continue
    if (hasFrames(excerpt, index)) any = true
    else if (/Call [Tt]race|Allocated|Freed|[^k] backtrace|Backtrace|stored to memory/.test(line.record.text))
      add('torn', line.record.line, say`a stack trace without frames`)
  }
  const untitled = traces.traces[0]?.frames.length ?? 0
  if (!any && untitled < UNTITLED_FRAMES && excerpt.beyond === undefined)
    add('missing-part', headerLine, say`no stack trace`)
}

function hasFrames(excerpt: Excerpt, index: number): boolean {
  const title = excerpt.lines[index]!.item
  if (title.is === 'trace' && title.frames) return true
  const end = Math.min(excerpt.lines.length, index + 1 + FRAMES_WITHIN)
  for (let i = index + 1; i < end; i++) {
    const { item, record } = excerpt.lines[i]!
    if (item.is === 'frame' || (item.is === 'mark' && item.frames) || noStack.test(record.text)) return true
    if (item.is === 'trace') return false
  }
  return false
}

/** What stands behind a trace, or in it: so the registers above are not where the log ends. */
const ends = new Set(['frame', 'mark', 'trace', 'end', 'cut'])

/** Whether nothing follows the registers that stand inside a trace: those of a whole one have frames behind them. */
function endsInsideTrace({ lines }: Excerpt): boolean {
  for (let index = lines.length - 1; index > 0; index--) {
    const { item, record } = lines[index]!
    if (interrupted.test(record.text.trimStart())) {
      const before = lines[index - 1]!.item
      return before.is === 'frame' || (before.is === 'mark' && before.frames !== undefined)
    }
    if (ends.has(item.is)) return false
  }
  return false
}

const lastLine = (excerpt: Excerpt): number => excerpt.lines[excerpt.lines.length - 1]?.record.line ?? 1
