// What lockdep, KCSAN and KMSAN found, in a sentence each.

import { say } from '../say.ts'
import type { Evidence, Found } from './evidence.ts'
import type { Rule } from './rule.ts'

/** print_lock(): "ffff888101c3a2d8 (&s->lock#2){+.+.}-{3:3}, at: fl_open+0x2a/0x90"; without an address until 4.18 */
const lockLine =
  /^\s*(?:[0-9a-f]{8,16} )?\((?<lock>[^(){}]{1,80}?)(?:\))?\)?\{(?<usage>[^}]{1,20})\}(?:-\{\d+:\d+\})?(?:, at: |\s)(?<at>.{0,120})/

/** The lock on the next lines behind the words. */
function lockAfter(evidence: Evidence, words: RegExp): { name: string; at: string; line: number } | undefined {
  const start = evidence.lines.findIndex(line => words.test(line))
  if (start < 0) return undefined
  for (let index = start; index < Math.min(evidence.lines.length, start + 4); index++) {
    const match = lockLine.exec(evidence.lines[index] ?? '')
    if (match?.groups) {
      const at = /^(?:\[<[0-9a-f]{1,16}>\] )?([A-Za-z_][\w.]*)\+0x/.exec(match.groups['at'] ?? '')?.[1] ?? ''
      return { name: match.groups['lock'] ?? '', at, line: evidence.lineNumber(index) }
    }
  }
  return undefined
}

const inWords = ({ at }: { at: string }): string => (at === '' ? '' : say` (in ${at})`)

export const lockOrder: Rule = {
  name: 'lock-order',
  explain(evidence) {
    if (evidence.report.kind !== 'lockdep') return undefined
    const wanted = lockAfter(evidence, /is trying to acquire lock:?|trying to lock:?/)
    const held = lockAfter(evidence, /task is already holding lock:?/)
    const circular = evidence.find(/possible circular locking dependency|lock order inversion/)
    const recursive = evidence.find(/possible recursive locking/)
    if (wanted === undefined || held === undefined || (circular ?? recursive) === undefined) return undefined
    const lines = [wanted.line, held.line]
    if (recursive) {
      return {
        what: say`${wanted.name} is taken while one of the same kind is held already`,
        because: say`it is held${inWords(held)} and wanted again${inWords(wanted)}`,
        evidence: lines,
        confidence: 'certain',
        next: say`If it is the same lock, this deadlocks; if they are two of one class with a fixed order, tell lockdep with a _nested() call.`,
      }
    }
    return {
      what: say`Two orders of locks: here ${wanted.name} is taken under ${held.name}, and elsewhere it is the other way round`,
      because: say`${held.name} is held${inWords(held)} and ${wanted.name} wanted${inWords(wanted)}; the chain in the report is the other order`,
      evidence: lines,
      confidence: 'certain',
      next: say`Choose one order and keep it everywhere, or give the first lock back before the other is taken.`,
    }
  },
}

/** mark_lock(): "inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage." */
export const lockInInterrupt: Rule = {
  name: 'lock-in-interrupt',
  explain(evidence) {
    if (evidence.report.kind !== 'lockdep') return undefined
    const found = evidence.find(/inconsistent \{(?<first>[\w-]{3,30})\} -> \{(?<second>[\w-]{3,30})\} usage/)
    if (found === undefined) return undefined
    const { first = '', second = '' } = found.match.groups ?? {}
    const soft = /SOFTIRQ/.test(first + second)
    return {
      what: soft
        ? say`A lock is taken in a soft interrupt and, elsewhere, with soft interrupts on: the interrupt can wait for what it interrupted`
        : say`A lock is taken in an interrupt and, elsewhere, with interrupts on: the interrupt can wait for what it interrupted`,
      because: say`its use went from {${first}} to {${second}}`,
      evidence: [found.line],
      confidence: 'certain',
      next: say`Take it with ${soft ? 'spin_lock_bh()' : 'spin_lock_irqsave()'} outside of the interrupt.`,
    }
  },
}

const simple: readonly { says: RegExp; what: string; next: string }[] = [
  {
    says: /suspicious RCU usage/,
    what: say`A pointer under RCU was read without rcu_read_lock(), or without the lock that protects it`,
    next: say`Put the access between rcu_read_lock() and rcu_read_unlock(), or name the lock that is held in rcu_dereference_protected().`,
  },
  {
    says: /bad unlock balance detected/,
    what: say`A lock was given back that is not held`,
    next: say`Compare the paths of the function: one of them unlocks twice, or without having locked.`,
  },
  {
    says: /held lock freed/,
    what: say`Memory was freed with a lock in it that is still held`,
    next: say`Unlock before the object is freed, or keep a reference until then.`,
  },
  {
    says: /lock held when returning to user space|leaked lock or atomic|still has locks held/,
    what: say`A lock was not given back before the end of the call`,
    next: say`Look for an error path that returns without unlocking.`,
  },
  {
    says: /Invalid wait context/,
    what: say`A lock that may sleep was taken under one that does not let sleep`,
    next: say`Use a raw spinlock for the inner lock, or a mutex for the outer one: spinlocks sleep with PREEMPT_RT.`,
  },
]

export const lockRule: Rule = {
  name: 'lock-rule',
  explain(evidence) {
    if (evidence.report.kind !== 'lockdep') return undefined
    for (const { says, what, next } of simple) {
      const found = evidence.find(says)
      if (found)
        return {
          what,
          because: say`lockdep says "${found.match[0]}"`,
          evidence: [found.line],
          confidence: 'certain',
          next,
        }
    }
    return undefined
  },
}

/** kernel/kcsan/report.c: "write to 0xffff… of 8 bytes by interrupt on cpu 1:" */
const access =
  /^(?:race at unknown origin, with )?(?<how>read|write|read-write|assert no \w+)(?: \(marked\))? to 0x[0-9a-f]{8,16} of (?<bytes>\d+) bytes by (?<who>interrupt|task \d+) on cpu (?<cpu>\d+):/

/** What else KCSAN may say, such as "assert no writes", is its own words. */
const accesses: Partial<Record<string, string>> = {
  read: say`read`,
  write: say`write`,
  'read-write': say`read-write`,
}

export const dataRace: Rule = {
  name: 'data-race',
  explain(evidence) {
    if (evidence.report.kind !== 'kcsan') return undefined
    const seen: (Found & { function: string })[] = []
    for (const [index, line] of evidence.lines.entries()) {
      const match = access.exec(line)
      const symbol = /^\s*([A-Za-z_][\w.]*)\+0x/.exec(evidence.lines[index + 1] ?? '')?.[1]
      if (match) seen.push({ match, line: evidence.lineNumber(index), function: symbol ?? say`a function` })
    }
    const [first, second] = seen
    if (first === undefined) return undefined
    const tell = ({ match: { groups }, function: name }: Found & { function: string }): string => {
      const { how = '', who = '', cpu } = groups ?? {}
      const by = who === 'interrupt' ? say`interrupt` : say`task ${who.replace('task ', '')}`
      return say`${accesses[how] ?? how} in ${name} by ${by} on CPU ${cpu}`
    }
    const bytes = first.match.groups?.['bytes']
    return {
      what:
        second === undefined
          ? say`Two accesses to the same ${bytes} bytes are not ordered: ${tell(first)}, and one that was not seen`
          : say`Two accesses to the same ${bytes} bytes are not ordered: ${tell(first)} and ${tell(second)}`,
      because: say`at least one of them writes, and at least one is plain`,
      evidence: seen.slice(0, 2).map(({ line }) => line),
      confidence: 'certain',
      next: say`Protect both by one lock; where a torn or old value does no harm, use READ_ONCE() and WRITE_ONCE(), or data_race().`,
    }
  },
}

export const uninitialised: Rule = {
  name: 'uninitialised',
  explain(evidence) {
    const { report } = evidence
    if (report.kind !== 'kmsan') return undefined
    const created = evidence.find(
      /^(?:Uninit was created at:|Local variable (?<variable>[\w.]{1,64}) (?:\.\w+ )?created at:)/,
    )
    const bytes = evidence.find(/^Bytes? [\d-]+ of \d+ (?:is|are) uninitialized/)
    const leak = /infoleak/.test(report.title)
    const variable = created?.match.groups?.['variable']
    const origin = report.traces
      ?.find(({ title }) => /created at/.test(title))
      ?.frames.find(({ symbol }) => symbol !== undefined && !/alloc|kmalloc|slab|kmsan/.test(symbol))
    const source =
      variable !== undefined
        ? say`: the local variable ${variable}`
        : origin?.symbol === undefined
          ? ''
          : say`: it was allocated in ${origin.symbol}`
    return {
      what: leak
        ? say`Memory that was never written goes to user space or out of the machine${source}`
        : say`A value is used that was never written${source}`,
      because: bytes?.match[0] ?? say`KMSAN followed the value from where it was created`,
      evidence: [report.lines.first, ...(created ? [created.line] : []), ...(bytes ? [bytes.line] : [])],
      confidence: 'certain',
      next: leak
        ? say`Set the whole struct to zero before it is filled, padding included.`
        : say`Check which path leaves it unset; a short message or a failed call is often forgotten.`,
    }
  },
}
