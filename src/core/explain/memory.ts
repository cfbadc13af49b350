// Out of memory: who asked, whose limit it was, what used it.

import type { Memory } from '../model.ts'
import { say } from '../say.ts'
import type { Rule } from './rule.ts'

const megabytes = (kilobytes: number): string =>
  kilobytes >= 10 * 1024 * 1024 ? `${(kilobytes / 1024 / 1024).toFixed(1)} GiB` : `${Math.round(kilobytes / 1024)} MiB`

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** The task with the largest resident memory, in pages. */
function largestTask(memory: Memory): { comm: string; pages: number } | undefined {
  let largest: { comm: string; pages: number } | undefined
  for (const task of memory.tasks ?? []) {
    const pages = numberOf(task['rssPages'])
    const comm = task['comm']
    if (pages === undefined || typeof comm !== 'string') continue
    if (largest === undefined || pages > largest.pages) largest = { comm, pages }
  }
  return largest
}

export const outOfMemory: Rule = {
  name: 'out-of-memory',
  explain(evidence) {
    const { report } = evidence
    const { memory } = report
    if (report.kind !== 'oom-kill' || memory === undefined) return undefined
    const group = memory.oomCgroup ?? memory.cgroup
    const limit = memory.limits?.find(each => each['what'] === 'memory')
    const usage = numberOf(limit?.['usageKb'])
    const most = numberOf(limit?.['limitKb'])
    const ofGroup = memory.constraint === 'CONSTRAINT_MEMCG' || (limit !== undefined && group !== undefined)
    const asked = evidence.find(/^(?<who>.{1,64}?) invoked oom-killer/)
    const table = largestTask(memory)
    const victim = memory.victim?.['comm']
    const killed = typeof victim === 'string' ? say`; ${victim} was killed` : ''
    const user = table === undefined ? '' : say`, most of it by ${table.comm} (${table.pages} pages)`
    const told = evidence.find(/invoked oom-killer|Out of memory|out of memory/i)
    const lines = [told?.line ?? report.lines.first]
    if (ofGroup) {
      const line = evidence.find(/limit \d+kB|constraint=CONSTRAINT_MEMCG|killed as a result of limit/)
      return {
        what:
          group === undefined
            ? say`The limit of a memory cgroup was reached, not that of the machine${killed}`
            : say`The limit of the memory cgroup ${group} was reached, not that of the machine${killed}`,
        because:
          usage === undefined || most === undefined
            ? say`the kernel gives CONSTRAINT_MEMCG as the reason`
            : say`${megabytes(usage)} of ${megabytes(most)} were in use${user}`,
        evidence: [...lines, ...(line ? [line.line] : [])],
        confidence: 'certain',
        next: say`Raise the limit (memory.max), or find out why the processes of this cgroup need so much.`,
      }
    }
    if (memory.constraint === 'CONSTRAINT_MEMORY_POLICY' || memory.constraint === 'CONSTRAINT_CPUSET') {
      return {
        what: say`Memory of the allowed nodes was used up, not that of the machine${killed}`,
        because: say`the kernel gives ${memory.constraint} as the reason`,
        evidence: lines,
        confidence: 'certain',
        next: say`Look at the cpuset or memory policy of the task: other nodes may have memory left.`,
      }
    }
    if (told === undefined && table === undefined) return undefined
    const swap = memory.totals
    const noSwap = swap?.['totalSwapKb'] === 0
    const full = swap !== undefined && swap['freeSwapKb'] === 0 && (swap['totalSwapKb'] ?? 0) > 0
    return {
      what: say`The whole machine was out of memory${killed}`,
      because: [
        asked === undefined
          ? say`the kernel found nothing to reclaim`
          : say`${asked.match.groups?.['who']} asked for memory and nothing could be reclaimed`,
        ...(table === undefined ? [] : [say`${table.comm} uses most (${table.pages} pages)`]),
        ...(noSwap ? [say`there is no swap`] : full ? [say`the swap is full`] : []),
      ].join('; '),
      evidence: lines,
      confidence: 'certain',
      next: say`Compare the sum of the tasks with the memory of the machine: what is missing is used by the kernel (slab, page tables, shared memory).`,
    }
  },
}

/** An order above this is hard to find when memory is in pieces: mm, PAGE_ALLOC_COSTLY_ORDER. */
const COSTLY_ORDER = 3

export const fragmentation: Rule = {
  name: 'fragmentation',
  explain(evidence) {
    const { report } = evidence
    const order = report.memory?.order
    if (report.kind !== 'page-allocation' || order === undefined) return undefined
    const told = evidence.find(/page allocation (?:failure|stall)|allocation failed/)
    const atomic = /GFP_ATOMIC|__GFP_HIGH/.test(report.memory?.gfp?.join('|') ?? report.memory?.mode ?? '')
    const pages = 2 ** order
    return {
      what:
        order > 0
          ? say`No ${pages} pages in one piece were free${order > COSTLY_ORDER ? say`; so large a piece is rarely there after some time` : ''}`
          : say`Not even one page was free`,
      because: atomic
        ? say`the allocation is of order ${order} and may not wait for memory to be reclaimed`
        : say`the allocation is of order ${order}`,
      evidence: [told?.line ?? report.lines.first],
      confidence: 'certain',
      next:
        order > COSTLY_ORDER
          ? say`Use vmalloc(), kvmalloc() or smaller pieces; or allocate it at the start.`
          : atomic
            ? say`If it happens often, raise vm.min_free_kbytes; the caller has to live with a failure anyway.`
            : say`Look at what uses the memory in the tables of the report.`,
    }
  },
}
