// What the kernel's own checks found, in the words of somebody who has met them before.

import { specialValue } from '../localise/special-values.ts'
import type { Frame, Report, Trace } from '../model.ts'
import { say } from '../say.ts'
import { plain } from './evidence.ts'
import type { Rule } from './rule.ts'

/** Allocators and what reports them: not whom one looks for. */
const machinery =
  /^(?:kasan|__kasan|k[mz]alloc|kmem_cache|__kmem|__kmalloc|kfree|__kfree|slab|__slab|___slab|kvmalloc|kvfree|vmalloc|vfree|stack_trace|save_stack|set_track|poison|____kasan|__alloc|alloc_pages|dump_stack|show_stack|krealloc|kstrdup|kmemdup|post_alloc|free_pages|__free|rcu_|__rcu|do_softirq|__do_softirq|handle_softirqs|krealloc)/

const firstOwn = (trace: Trace | undefined): Frame | undefined =>
  trace?.frames.find(({ symbol }) => symbol !== undefined && !machinery.test(symbol))

const traceTitled = ({ traces }: Report, words: RegExp): Trace | undefined =>
  traces?.find(({ title }) => words.test(title))

const taskOf = (trace: Trace): string => {
  const told = /task (\S+)/.exec(trace.title)?.[1]?.replace(/:$/, '')
  return told === undefined ? '' : say` by task ${told}`
}

export const usedAfterFree: Rule = {
  name: 'used-after-free',
  explain(evidence) {
    const { report } = evidence
    if (!['kasan', 'kfence', 'slab-corruption'].includes(report.kind)) return undefined
    const freed = traceTitled(report, /^freed/i)
    const allocated = traceTitled(report, /^allocated/i)
    const freeing = firstOwn(freed)
    const allocating = firstOwn(allocated)
    if (freed === undefined || freeing?.symbol === undefined) return undefined
    if (!/use-after-free|double-free|invalid-free|invalid-access|freed/i.test(report.title)) return undefined
    const freer = plain(freeing.symbol)
    const user = evidence.function ?? say`The code`
    const twice = /double-free|invalid-free/.test(report.title)
    const freedBy = freer === user ? say`it had freed itself` : say`${freer} had freed`
    const origin = plain(allocating?.symbol)
    return {
      what: twice
        ? origin === undefined
          ? say`${user} frees an object that ${freedBy}`
          : say`${user} frees an object that ${freedBy}, allocated in ${origin}`
        : origin === undefined
          ? say`${user} uses an object that ${freedBy}`
          : say`${user} uses an object that ${freedBy}, allocated in ${origin}`,
      because:
        allocated === undefined
          ? say`the report has the trace of the free${taskOf(freed)}`
          : say`the report has the trace of the free${taskOf(freed)} and of the allocation${taskOf(allocated)}`,
      evidence: [freeing, allocating].flatMap(frame => frame?.line ?? []),
      confidence: 'certain',
      next: say`Find out why ${freer} may free it while it is still ${twice ? say`owned by another` : say`reachable`}: a missing reference, or a lock that one of the two does not take.`,
    }
  },
}

/** lib/refcount.c, refcount_warn_saturate() */
const refcounts: readonly { says: RegExp; what: string; next: string }[] = [
  {
    says: /addition on 0|increment on 0/,
    what: say`A reference was taken on an object whose last one was given back: it is being freed`,
    next: say`Take the reference under the lock by which the object is found, or with refcount_inc_not_zero().`,
  },
  {
    says: /underflow/,
    what: say`More references were given back than taken: the object has been freed once already`,
    next: say`Find the path that puts a reference twice, often an error path.`,
  },
  {
    says: /saturated|leaking memory/,
    what: say`The counter overflowed: references are taken and not given back, or the memory is no counter any more`,
    next: say`Find the path that takes a reference and never puts it; if the counter looks random, look for a use after free.`,
  },
  {
    says: /decrement hit 0/,
    what: say`The last reference was dropped where there must be another`,
    next: say`Find who put the reference that this path relies on.`,
  },
]

export const referenceCount: Rule = {
  name: 'reference-count',
  explain(evidence) {
    if (evidence.report.kind !== 'refcount') return undefined
    for (const { says, what, next } of refcounts) {
      const told = evidence.find(says)
      if (told) {
        return {
          what,
          because: say`refcount_t says "${told.match[0]}"`,
          evidence: [told.line],
          confidence: 'certain',
          next,
        }
      }
    }
    return undefined
  },
}

/** lib/list_debug.c */
const lists: readonly { says: RegExp; what: string }[] = [
  { says: /is LIST_POISON[12]/, what: say`A list entry was removed twice` },
  { says: /double add/, what: say`A list entry was added that is on a list already` },
  {
    says: /should be .{1,60}, but was (?:NULL|\(null\)|0{8,16})/,
    what: say`A neighbour on the list was zeroed: its memory was freed, reused or never set up`,
  },
  {
    says: /should be .{1,60}, but was/,
    what: say`A neighbour on the list does not point back: its memory was freed and reused, or two CPUs changed the list at once`,
  },
]

export const listCorruption: Rule = {
  name: 'list-corruption',
  explain(evidence) {
    if (evidence.report.kind !== 'list-corruption') return undefined
    for (const { says, what } of lists) {
      const told = evidence.find(says)
      if (told === undefined) continue
      const found = /but was \(?([0-9a-f]{8,16})/.exec(evidence.textOf(told.line))?.[1]
      const special = found === undefined ? undefined : specialValue(BigInt(`0x${found}`), evidence.wordBits)
      return {
        what:
          special === undefined ? what : say`A neighbour on the list is no list entry any more: ${special.value.means}`,
        because: say`the check of the list found "${told.match[0]}"${special === undefined ? '' : ` ${found}, ${special.value.name}`}`,
        evidence: [told.line],
        confidence: 'likely',
        next: say`Check that every change of this list is under one lock, and that an entry is removed before it is freed.`,
      }
    }
    return undefined
  },
}

export const canary: Rule = {
  name: 'stack-canary',
  explain(evidence) {
    const { report } = evidence
    if (report.kind !== 'stack-protector') return undefined
    const told = evidence.find(/Kernel stack is corrupted in: (?<where>\S{1,120})/)
    if (told === undefined) return undefined
    const where = told.match.groups?.['where']?.replace(/\+0x.*/, '') ?? say`the function`
    return {
      what: say`${where} wrote beyond the end of one of its local arrays`,
      because: say`the canary between its variables and its return address was changed when it returned`,
      evidence: [told.line],
      confidence: 'likely',
      next: say`Look for arrays on the stack of ${where}, and of what it calls with a pointer to one: a length that is not checked.`,
    }
  },
}

export const machineFault: Rule = {
  name: 'machine-fault',
  explain(evidence) {
    const { report } = evidence
    if (!['machine-check', 'edac', 'pcie-aer', 'hardware-error'].includes(report.kind)) return undefined
    const corrected = evidence.find(/\bcorrect(?:ed|able)\b(?! error detection)/i)
    const uncorrected = evidence.find(/uncorrect(?:ed|able)|fatal|\bUE\b/i)
    const worst = uncorrected ?? corrected
    return {
      what:
        uncorrected === undefined && corrected !== undefined
          ? say`The hardware reports an error that it corrected`
          : say`The hardware reports an error: this is no bug of the kernel`,
      because:
        worst === undefined ? say`reports of this kind come from the hardware` : say`it says "${worst.match[0]}"`,
      evidence: [worst?.line ?? report.lines.first],
      confidence: 'certain',
      next:
        report.kind === 'pcie-aer'
          ? say`Check seating, cable and firmware of the device named; many corrected errors point to a bad link.`
          : say`Find the module or processor that is named, and replace it if the errors come back; rasdaemon counts them.`,
    }
  },
}

export const bug: Rule = {
  name: 'assertion',
  explain(evidence) {
    const { report } = evidence
    if (report.kind !== 'bug-on' || report.place === undefined || !('file' in report.place)) return undefined
    const told = evidence.find(/kernel BUG at/)
    return {
      what: say`A condition that the author took for impossible came true at ${report.place.file}:${report.place.line}`,
      because: say`the code stops with BUG() or BUG_ON() there`,
      evidence: [told?.line ?? report.lines.first],
      confidence: 'certain',
      next: say`Read the condition in that line: it says which assumption is broken; the callers in the trace say by whom.`,
    }
  },
}

const divisorFirst = say`Check the divisor before the division; it often comes from a size or a rate that is not set yet.`

export const divideByZero: Rule = {
  name: 'divide-by-zero',
  explain(evidence) {
    const { report } = evidence
    if (report.kind !== 'divide-error' || !evidence.inKernel) return undefined
    // ARM's __div0(): no trap, and no registers but what the stack holds of them.
    const routine = evidence.find(/^Division by zero in kernel\.$/)
    if (routine !== undefined) {
      return {
        what: say`${evidence.function ?? say`The code`} divides by zero`,
        because: say`the kernel's division routine was given 0 to divide by; it returned 0, and the code went on with that`,
        evidence: [routine.line],
        confidence: 'certain',
        next: divisorFirst,
      }
    }
    const zeros = evidence.pointers.filter(({ value }) => value === 0n).map(({ name }) => name)
    return {
      what: say`${evidence.function ?? say`The code`} divides by zero, or the result does not fit`,
      because: say`the processor raised a divide error${zeros.length > 0 && zeros.length <= 6 ? say`; zero are ${zeros.join(', ')}` : ''}`,
      evidence: [report.lines.first],
      confidence: 'certain',
      next: divisorFirst,
    }
  },
}
