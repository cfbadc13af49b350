// Who waits for whom: hung tasks, lockups, stalls, sleeping where nobody may.

import type { Frame } from '../model.ts'
import { say } from '../say.ts'
import { plain } from './evidence.ts'
import type { Rule } from './rule.ts'

/** What a task waits in, by the functions above it in the trace; the first that stands there decides. */
const waits: readonly { in: RegExp; what: string; next: string }[] = [
  {
    in: /^(?:__)?(?:mutex_lock|ww_mutex_lock|rt_mutex)/,
    what: say`a mutex`,
    next: say`Find the holder: lockdep (CONFIG_PROVE_LOCKING) prints it, and sysrq d or w show the other tasks.`,
  },
  {
    in: /^(?:rwsem_down|down_read|down_write|__down_(?:read|write))/,
    what: say`a read-write semaphore`,
    next: say`Find the task that holds it, most often one that waits in turn; sysrq w lists all that are blocked.`,
  },
  {
    in: /^(?:__)?down(?:_\w+)?$/,
    what: say`a semaphore`,
    next: say`Find who should call up(); sysrq w lists all that are blocked.`,
  },
  {
    in: /^(?:io_schedule|folio_wait|wait_on_page|bit_wait_io|__lock_page|wait_on_buffer|blk_\w*wait|submit_bio_wait)/,
    what: say`input or output`,
    next: say`Look for errors of the disk, its controller or the network storage before this in the log.`,
  },
  {
    in: /^(?:jbd2_log_wait|jbd2_journal|xfs_log_|xlog_|btrfs_(?:commit|wait)|wait_current_trans)/,
    what: say`the journal of a file system`,
    next: say`Look at what the journal thread itself waits for (sysrq w).`,
  },
  {
    in: /^(?:nfs|rpc_|__rpc_|cifs_|smb2_|ceph_)/,
    what: say`a server on the network`,
    next: say`Check the server and the network; the task goes on when they answer.`,
  },
  {
    in: /^(?:flush_work|__flush_work|flush_workqueue|cancel_work_sync|cancel_delayed_work_sync)/,
    what: say`a work item to end`,
    next: say`Find the worker that runs it (sysrq t) and what that waits for.`,
  },
  {
    in: /^(?:synchronize_rcu|synchronize_srcu|rcu_barrier|__wait_rcu_gp|wait_rcu_gp)/,
    what: say`an RCU grace period`,
    next: say`Look for an RCU stall report: a reader that does not end.`,
  },
  {
    in: /^wait_for_completion/,
    what: say`a completion that nobody gives`,
    next: say`Find who should call complete() and why it did not.`,
  },
]

const spins: readonly { in: RegExp; what: string }[] = [
  {
    in: /^(?:native_|pv_|__pv_)?queued_spin_lock_slowpath|^_raw_spin_lock|^do_raw_spin_lock|^arch_spin/,
    what: say`a spinlock`,
  },
  { in: /^queued_(?:read|write)_lock_slowpath|^_raw_(?:read|write)_lock/, what: say`a read-write spinlock` },
  {
    in: /^(?:smp_call_function|generic_exec_single|csd_lock_wait|flush_tlb|native_flush_tlb)/,
    what: say`another CPU to answer an interrupt`,
  },
]

const named = (frames: readonly Frame[], pattern: RegExp): Frame | undefined =>
  frames.find(({ symbol }) => symbol !== undefined && pattern.test(symbol))

const linesOf = (...frames: (Frame | undefined)[]): number[] =>
  frames.flatMap(frame => (frame?.line === undefined ? [] : [frame.line]))

function waiting(who: string, what: string, seconds: string | undefined, holder: string | undefined): string {
  if (holder === undefined) {
    return seconds === undefined
      ? say`${who} waits for ${what}`
      : say`${who} waits for ${what} for more than ${seconds} s`
  }
  return seconds === undefined
    ? say`${who} waits for ${what}, which ${holder} holds`
    : say`${who} waits for ${what} for more than ${seconds} s, which ${holder} holds`
}

export const hungTask: Rule = {
  name: 'hung-task',
  explain(evidence) {
    const { report } = evidence
    if (report.kind !== 'hung-task') return undefined
    const blocked = evidence.find(
      /task (?<who>\S{1,64}):(?<pid>\d+) blocked (?:in I\/O wait )?for more than (?<seconds>\d+) seconds/,
    )
    // 6.16: hung_task_show_lock()
    const owner = evidence.find(
      /is blocked on an? (?<what>[\w -]{3,40}?)(?:,? likely)? (?:last )?owned by task (?<who>[^\s,]{1,64})/,
    )
    const wait = waits
      .map(each => ({ ...each, frame: named(evidence.frames.slice(0, 12), each.in) }))
      .find(({ frame }) => frame !== undefined)
    if (wait === undefined && owner === undefined) return undefined
    const { who = report.task?.comm ?? say`A task`, seconds } = blocked?.match.groups ?? {}
    const holder = owner?.match.groups?.['who']?.replace(/\.$/, '')
    return {
      what: waiting(who, wait?.what ?? say`a lock`, seconds, holder),
      because:
        owner === undefined
          ? say`its trace stands in ${wait?.frame?.symbol}`
          : say`the kernel names the owner of the lock`,
      evidence: [...(blocked ? [blocked.line] : []), ...(owner ? [owner.line] : []), ...linesOf(wait?.frame)],
      confidence: owner === undefined ? 'likely' : 'certain',
      next: wait?.next ?? say`Look at what ${holder} does: its trace is in the log, or sysrq t prints it.`,
    }
  },
}

export const spinning: Rule = {
  name: 'spinning',
  explain(evidence) {
    const { report } = evidence
    if (!['soft-lockup', 'hard-lockup', 'rcu-stall'].includes(report.kind)) return undefined
    const frames = [...(report.pc ? [report.pc] : []), ...evidence.frames.slice(0, 10)]
    const spin = spins
      .map(each => ({ ...each, frame: named(frames, each.in) }))
      .find(({ frame }) => frame !== undefined)
    if (spin?.frame === undefined) {
      const { pc } = report
      if (pc?.symbol === undefined || report.kind === 'rcu-stall') return undefined
      return {
        what: say`${plain(pc.symbol)} does not let the CPU go`,
        because: say`it is where the processor was when the watchdog looked`,
        evidence: linesOf(pc),
        confidence: 'likely',
        next: say`Look for a loop without an end in it or in its callers; in a long one, cond_resched() belongs.`,
      }
    }
    const after = frames.slice(frames.indexOf(spin.frame) + 1)
    const caller = after.find(({ symbol }) => symbol !== undefined && !spins.some(each => each.in.test(symbol)))
    return {
      what:
        caller?.symbol === undefined
          ? say`The CPU waits for ${spin.what}: the holder is somewhere else`
          : say`The CPU waits for ${spin.what} in ${plain(caller.symbol)}: the holder is somewhere else`,
      because: say`the trace stands in ${spin.frame.symbol}`,
      evidence: linesOf(spin.frame, caller),
      confidence: 'likely',
      next: say`Look at the traces of the other CPUs (sysrq l): one of them holds it, or nobody gave it back, or this one takes it twice.`,
    }
  },
}

/** __might_resched(): "in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 412, name: fl" */
const contextLine =
  /in_atomic\(\): ?(?<atomic>\d+), irqs_disabled\(\): ?(?<irqs>\d+)(?:, non_block: ?(?<nonBlock>\d+))?/

export const sleeping: Rule = {
  name: 'sleeping',
  explain(evidence) {
    const { report } = evidence
    if (report.kind !== 'sleeping-in-atomic') return undefined
    const told = evidence.find(contextLine)
    const groups = told?.match.groups
    if (told === undefined || groups === undefined) return undefined
    const reasons = [
      ...(groups['irqs'] === '1' ? [say`interrupts are off`] : []),
      ...(groups['atomic'] === '1' ? [say`a spinlock is held or preemption is off`] : []),
      ...(groups['nonBlock'] !== undefined && groups['nonBlock'] !== '0'
        ? [say`the section was marked as not blocking`]
        : []),
    ]
    if (reasons.length === 0) return undefined
    const held = report.locks?.held?.find(lock => lock.name !== '')
    const preempt = evidence.find(/^(?:\[<[0-9a-f]+>\] )?Preemption disabled at:/)
    return {
      what: say`A function that may sleep was called where nothing may: ${reasons.join(' and ')}`,
      because: held === undefined ? told.match[0] : say`${told.match[0]}, and ${held.name} is held`,
      evidence: [told.line, ...(preempt ? [preempt.line] : [])],
      confidence: 'certain',
      next: say`Move the call out of the section, allocate with GFP_ATOMIC, or use a mutex instead of the spinlock.`,
    }
  },
}

/** __schedule_bug(): "BUG: scheduling while atomic: comm/pid/0x00000002" */
export const atomicDepth: Rule = {
  name: 'atomic-depth',
  explain(evidence) {
    if (evidence.report.kind !== 'scheduling-while-atomic') return undefined
    const told = evidence.find(/scheduling while atomic: .{0,64}?\/(?:\d+\/)?0x(?<count>[0-9a-f]{8})/)
    if (told === undefined) return undefined
    // include/linux/preempt.h: 8 bits preemption, 8 bits softirq, 4 bits hardirq, 4 bits NMI
    const count = Number.parseInt(told.match.groups?.['count'] ?? '0', 16)
    const parts = [
      ...((count & 0xf00000) !== 0 ? [say`in an NMI`] : []),
      ...((count & 0xf0000) !== 0 ? [say`in an interrupt`] : []),
      ...((count & 0xff00) !== 0 ? [say`with soft interrupts running or off`] : []),
      ...((count & 0xff) !== 0 ? [say`with preemption off ${count & 0xff} deep`] : []),
    ]
    if (parts.length === 0) return undefined
    return {
      what: say`The task gave up the CPU ${parts.join(', ')}`,
      because: say`the preemption count is 0x${told.match.groups?.['count']}`,
      evidence: [told.line],
      confidence: 'certain',
      next: say`Find the spinlock, get_cpu() or local_bh_disable() that is still in force at the call that slept.`,
    }
  },
}
