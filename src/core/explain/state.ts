// What the report says of the state the kernel was in: earlier failures, modules, the stack.

import { say } from '../say.ts'
import { type Evidence, plain } from './evidence.ts'
import type { Rule } from './rule.ts'

/** Reports whose cause may be an earlier one. */
const notFirst = (evidence: Evidence): { flag: string; what: string } | undefined => {
  const flags = evidence.report.kernel?.tainted ?? []
  // The warning's own report sets W only behind itself, and an oops D likewise.
  if (flags.some(({ flag }) => flag === 'D')) return { flag: 'D', what: say`an oops` }
  return undefined
}

export const followOn: Rule = {
  name: 'follow-on',
  explain(evidence) {
    const { report } = evidence
    const count = report.kernel?.oopsCount
    const earlier = notFirst(evidence)
    if (earlier === undefined && (count === undefined || count < 2)) return undefined
    if (report.severity === 'notice' || report.severity === 'user') return undefined
    const die = evidence.find(/\[#\d+\]/)
    const taint = evidence.find(/Tainted: /)
    const line = (count !== undefined && count > 1 ? die?.line : undefined) ?? taint?.line
    return {
      what: say`This is not the first failure since the machine was started`,
      because:
        count !== undefined && count > 1
          ? say`it is oops number ${count}`
          : say`taint flag ${earlier?.flag} says that ${earlier?.what} happened before`,
      evidence: line === undefined ? [] : [line],
      confidence: 'certain',
      next: say`Explain the first one first: this one may be its consequence, through a lock that is still held or memory half changed.`,
    }
  },
}

/** Functions of modules that are not part of the kernel's own source. */
export const foreignModule: Rule = {
  name: 'foreign-module',
  explain(evidence) {
    const { report } = evidence
    if (report.severity === 'notice' || report.severity === 'user') return undefined
    const foreign = new Map(
      (report.modules ?? []).flatMap(({ name, taint = '' }) => (/[PO]/.test(taint) ? [[name, taint] as const] : [])),
    )
    if (foreign.size === 0) return undefined
    const frames = [...(report.pc ? [report.pc] : []), ...evidence.frames]
    const index = frames.findIndex(({ module }) => module !== undefined && foreign.has(module))
    const frame = frames[index]
    if (frame?.module === undefined) return undefined
    const proprietary = foreign.get(frame.module)?.includes('P')
    return {
      what:
        index === 0
          ? proprietary
            ? say`It happened in ${frame.module}, a proprietary module`
            : say`It happened in ${frame.module}, an out-of-tree module`
          : proprietary
            ? say`The way here leads through ${frame.module}, a proprietary module`
            : say`The way here leads through ${frame.module}, an out-of-tree module`,
      because: say`${plain(frame.symbol) ?? say`a frame`} is in ${frame.module}, which the list of modules marks (${foreign.get(frame.module)})`,
      evidence: frame.line === undefined ? [] : [frame.line],
      confidence: index === 0 ? 'likely' : 'possible',
      next: say`Report it to who makes ${frame.module}; for the kernel's own developers, try again without it.`,
    }
  },
}

/** A cycle of so many rounds is no accident. */
const ROUNDS = 4
const LONGEST_CYCLE = 8

export const recursion: Rule = {
  name: 'recursion',
  explain(evidence) {
    const frames = evidence.frames
    const names = frames.map(({ symbol }) => plain(symbol ?? ''))
    for (let cycle = 1; cycle <= LONGEST_CYCLE; cycle++) {
      for (let start = 0; start + cycle * ROUNDS <= names.length; start++) {
        let length = cycle
        while (start + length < names.length && names[start + length] === names[start + length - cycle]) length++
        const rounds = Math.floor(length / cycle)
        if (rounds < ROUNDS || names[start] === '') continue
        const round = names.slice(start, start + cycle)
        const line = frames[start]?.line
        return {
          what:
            cycle === 1 ? say`${round[0]} calls itself again and again` : say`A circle of calls: ${round.join(' < ')}`,
          because: say`the trace has ${rounds} rounds of it one after the other`,
          evidence: line === undefined ? [] : [line],
          confidence: evidence.report.kind === 'stack-overflow' ? 'certain' : 'likely',
          next: say`Find the condition that should end the recursion; the data it walks may form a circle.`,
        }
      }
    }
    return undefined
  },
}

export const stackOverflow: Rule = {
  name: 'stack-overflow',
  explain(evidence) {
    const { report } = evidence
    if (report.kind === 'stack-overflow') {
      const told = evidence.find(
        /stack guard page was hit|stack overflow|ran out of stack|overran the stack|corrupted stack end/i,
      )
      return {
        what: say`The kernel stack is too small for what was called`,
        because: told?.match[0] ?? say`the kernel says so`,
        evidence: told === undefined ? [report.lines.first] : [told.line],
        confidence: 'certain',
        next: say`Look for recursion, large local arrays and long chains of drivers in the trace; scripts/checkstack.pl lists the largest frames.`,
      }
    }
    if (report.kind !== 'double-fault') return undefined
    const told = evidence.find(/stack guard page/i)
    return {
      what: say`A double fault: most often the stack has overflowed`,
      because: told === undefined ? say`the processor could not save the first fault on the stack` : told.match[0],
      evidence: [told?.line ?? report.lines.first],
      confidence: told === undefined ? 'possible' : 'certain',
      next: say`Compare the stack pointer with the bounds of the stack, and look for recursion in the trace.`,
    }
  },
}

/** drivers/tty/sysrq.c; drivers/misc/lkdtm/ */
const requests: readonly { says: RegExp; what: string }[] = [
  { says: /SysRq ?: Trigger a crash|sysrq triggered crash/i, what: say`Somebody asked for this crash: sysrq c` },
  { says: /lkdtm: Performing direct entry \w+/, what: say`The kernel's own crash tests (LKDTM) were asked for this` },
]

export const askedFor: Rule = {
  name: 'asked-for',
  explain(evidence) {
    for (const { says, what } of requests) {
      const told = evidence.find(says)
      if (told === undefined) continue
      return {
        what,
        because: say`the log says "${told.match[0]}"`,
        evidence: [told.line],
        confidence: 'certain',
        next: say`Nothing is to be mended; if nobody should have done it, see who may write to /proc/sysrq-trigger and debugfs.`,
      }
    }
    return undefined
  },
}
