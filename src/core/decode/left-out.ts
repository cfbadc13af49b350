// Two reports that name the function which failed elsewhere than where it is looked for.

import { identifyArch } from '../arch/index.ts'
import type { EventLine, Excerpt } from '../detect/event.ts'
import type { ArchName, Frame } from '../model.ts'

/** kernel/panic.c __warn(): "WARNING: CPU: 0 PID: 1 at f.c:1 fn+0x1/0x2", Linux 7 "WARNING: f.c:1 at fn+0x1/0x2, CPU#0: …" */
const warnedAt = /^WARNING: .{0,240}?\.\w{1,4}:\d{1,7} (?:at )?(?<function>[A-Za-z_]\w{0,200})(?:\.[\w.]{1,80})?\+0x/
const warner = /^(?:__warn|warn_slowpath_)/

/**
 * The function that a warning's header names where its trace runs through the function that warns, but has none of this name:
 * Alpha's leaves out modules (arch/alpha/kernel/traps.c dik_show_trace()). What stands there instead is left from older calls.
 * A trace that ends there is torn, and says nothing.
 */
export function warnedFunction({ lines, header }: Excerpt): string | undefined {
  const name = warnedAt.exec(lines[header]?.record.text.trimStart() ?? '')?.groups?.['function']
  if (name === undefined) return undefined
  let warned = false
  let goesOn = false
  for (const line of lines) {
    for (const { symbol } of framesOf(line)) {
      if (symbol === undefined) continue
      if (symbol === name || symbol.startsWith(`${name}.`)) return undefined
      if (warner.test(symbol)) warned = true
      else goesOn ||= warned
    }
  }
  return goesOn ? name : undefined
}

const framesOf = ({ item }: EventLine): readonly Frame[] => {
  if (item.is === 'arch') return item.arch.pc === undefined ? [] : [item.arch.pc]
  return 'frames' in item ? (item.frames ?? []) : []
}

/** Where a trap leaves the program counter behind itself: arch/s390/include/asm/bug.h (mc), arch/m68k/include/asm/bug.h (trap #7). */
const trapsBefore: ReadonlySet<ArchName | undefined> = new Set(['s390x', 'm68k'])
const breakingEvent = /^\s*Last Breaking-Event-Address:/

/** BUG() was the last instruction of its function: the program counter already stands in the one behind it. */
export interface TrapBefore {
  /** the last jump was taken in this function, which s390 still knows */
  jumpedIn?: { frame: Frame & { symbol: string }; line: number }
}

export function trapBefore({ lines }: Excerpt): TrapBefore | undefined {
  const counter = lines.find(({ item }) => item.is === 'arch' && item.arch.pc?.symbol !== undefined)
  if (counter?.item.is !== 'arch' || counter.item.arch.pc?.offset !== 0) return undefined
  if (!trapsBefore.has(identifyArch(lines.map(({ record }) => record.text)))) return undefined
  const line = lines.findIndex(({ record }) => breakingEvent.test(record.text)) + 1
  const frame = line === 0 || lines[line] === undefined ? undefined : framesOf(lines[line])[0]
  return frame?.symbol === undefined ? {} : { jumpedIn: { frame: { ...frame, symbol: frame.symbol }, line } }
}
