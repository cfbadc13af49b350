// Lines without structure that still belong to a report: the words that the kernel prints around traces and registers.
// Grouped by who prints them; used to know where a report ends, never to open one.

import { firstLetterTable } from '../../arch/first-letters.ts'
import type { KindName } from '../../vocabulary.ts'

/** Who prints such words: everything that dies, or only one kind of report. */
export type PhraseFamily = 'common' | 'locking' | 'stall' | 'allocation' | 'hardware'

interface Phrase {
  family: PhraseFamily
  pattern: RegExp
}

const phrases: readonly Phrase[] = [
  // die(), oops_exit(), panic(): kernel/panic.c, arch/*/kernel/traps.c, dumpstack.c
  {
    family: 'common',
    pattern:
      /^(?:Modules linked in|Last unloaded|Loaded modules|note: |Fixing recursive fault|Kernel Offset|Rebooting in|Dumping ftrace|\s*\(ftrace buffer empty\)|Press Ctrl-Alt-Del|Unable to boot|Hardware name|Workqueue: |Tainted: |PKRU: |PGD |P4D |Thread overran|SMP (?:NOPTI|PTI)?$|PREEMPT|last sysfs file|Sending NMI|NMI backtrace|Shutting down cpus|Memory Limit|PHYS_OFFSET|CPU features|SMP: (?:stopping|failed)|Kernel relocated|\s+\.(?:text|data|bss) @|KASLR|Oops|Disabling lock debugging|Kernel Offset|Starting crashdump|Insufficient stack|kernel tried to|unable to execute|Entering kdb|task stack|Task stack|IRQ stack|Overflow stack|Interrupts? |Process .{1,64}\(pid|Stack: |Raw stack|Unhandled|PC is at|LR is at|Backtrace|Exception stack|Register r\d|Flags: |Control: |Table: |user pgtable|swapper pgtable|\[[0-9a-f]{8,16}\] \*?pgd|pgd = |Mem abort info|Data abort info|Code: |Code\b|Instruction|Call Trace|Call trace|BUG: workqueue|---\[|-{8,}\[|ESR|Kernel command line: |Failing address|Fault in |AS:|Last Breaking|Krnl |User |HPSW|SError|Faulting instruction|SMP NR_CPUS|BE |LE |Page fault in user mode|Fatal exception: panic in|In (?:interrupt handler|swapper task) - not syncing|Ignoring spurious kernel|at virtual address |Caused by \(from |mcck: |kasan: GPF could be|kobject_add_internal failed|console shuts up|<?[0-9a-f]{8}>?\s*$|[0-9a-f]{1,4}:\s+(?:[0-9a-f]{2} ){1,15}|[0-9a-f]{8,16}: redzone|Last user: |[0-9a-f]{3}:(?: [0-9a-f]{2}){4}|LR = |Path: |[0-9a-f]{4}:[ 0-9a-f?]{9,80}$|CPU: |CPU:|CPU\d|Pid: |Comm: |\*pde = |\*pdpt = |\*pte = )/,
  },
  // KASAN, KMSAN, KFENCE, SLUB: mm/kasan/report*.c, mm/slub.c print_trailer()
  {
    family: 'common',
    pattern:
      /^(?:={8,}|-{8,}|The buggy address|which belongs to|The buggy|Memory state around|>?ffff[0-9a-f]{4,12}: |>[0-9a-f]{6,16}: | ?>? ?[0-9a-f]{8,16}: (?:[0-9a-f]{2} ){4}|\s*\^\s*$|(?:Read|Write) (?:of size|at addr)|Pointer tag|page:|page dumped|flags: |raw: |head: |page_type|aops:|memcg:|anon flags|mapping:|index:|Allocated|Freed|Object |Redzone |Padding |Bytes b4|Last potentially|Second to last|INFO: (?:Object|Slab|Freed|Allocated|Lockdep|Slab)|Slab |SLUB \S{1,80}: SLUB: |FIX |\d+ bytes? (?:region|to the|inside)|located |kfence-#|Bytes? \d+|Memory access|Data copied|Uninit was|Local variable|The buggy address|KASAN: |value changed|Reported by Kernel|read to |write to |allocated by|freed by|page last|page_owner|page allocated|page has been|set_page|Metadata|this frame has|\s*\[\d+, \d+\) '|Tag|Pointer|Corrupted memory|Use-after-free|Out-of-bounds|Invalid (?:read|write|free)|CPU: \d)/,
  },
  // kmemleak
  { family: 'common', pattern: /^\s*(?:comm "|hex dump|backtrace|[0-9a-f]{2} (?:[0-9a-f]{2} ){3,})/ },
  // lockdep: kernel/locking/lockdep.c; "(&mm->mmap_lock){++++}-{3:3}, at: fn+0x1/0x2"
  { family: 'common', pattern: /^\s*(?:[0-9a-f]{8,16} )?\([^{}]{1,200}\)\{[^{}]{1,12}\}/ },
  // what lockdep adds to other reports: debug_show_held_locks(), print_irqtrace_events()
  {
    family: 'common',
    pattern:
      /^\s*(?:\d+ locks? held|no locks held|#\d+: |hardirqs|softirqs|irq event|irqs? stamp|preempt_count|in_atomic|Showing all locks held|Locks held|Preemption disabled|INITIAL|ops: |lockdep:)/,
  },
  {
    family: 'common',
    pattern:
      /^\s*(?:rcu: |task:|Not tainted|Tainted|Kernel panic|NMI |INFO: lockdep|Stack|Code|Modules|CPU \d|watchdog:)/,
  },
  // s390, sparc, parisc, mips, alpha register-dump furniture that is not registers
  {
    family: 'common',
    pattern:
      /^\s*(?:R:\d|Stack from|Trace(?!\/breakpoint)|Possible|Kernel|YZrvWESTHLNXBCVMcbcbcbcbOGFRQPDI|IASQ|IAOQ|PSW|Caller|RPC|TSTATE|Disabling IRQ|\(unwind|PTE|Bad|Unhandled)/,
  },
  {
    family: 'locking',
    pattern:
      /^\s*(?:[\w./:-]{1,64} (?:is trying to|\[\d+\]|just changed)|but task is|but there are|but this task|but it was|which lock already|the existing dependency|other info|other info that|Possible unsafe|Possible interrupt|stack backtrace|\d+ locks? held|no locks held|#\d+: |-> #\d+|CPU0|----|\*\*\* |DEADLOCK|lock\(|<Interrupt>|local_irq|Chain exists|and this task|and \S+ would|a new lock|\([^)]{1,100}\)\{|\{[\w-]+\}|hardirqs|softirqs|irq event|irqs? stamp|preempt_count|in_atomic|the shortest|to a|which became|which would|the dependencies|rcu_scheduler_active|RCU used|.{1,80}suspicious rcu|\.{3} (?:acquired|key)|ops: |May be due to missing|event \d|Showing all locks held|Locks held|last enabled|would be|the code is fine|turning off the locking|attempt to|maybe you|you didn't|there are|freed memory|leaving the kernel|locks? held|hardirq|softirq|INITIAL|\[\S+\] |inconsistent \{|tasks? |takes|BUG: |Preemption disabled|lockdep:|Either|Fix|\w+\/\d+ (?:is|takes)|(?:IN-|HARDIRQ|SOFTIRQ)|(?:\.{1,4} )?key +at:)/,
  },
  // stalls: kernel/rcu/tree_stall.h, kernel/hung_task.c, kernel/workqueue.c, kernel/sched/core.c sched_show_task()
  {
    family: 'stall',
    pattern:
      /^\s*(?:rcu: |\(detected by|\(t=\d|\d+-[.!?OoNn]{2,6}[:\s]|blocking rcu|Tasks blocked|Possible timer|rcu_\w+ kthread|RCU grace|Unless |task:|\S+ {2,}[A-Z](?:\s|$)|"echo 0|Not tainted|Tainted|Showing b|workqueue \S+:|pwq |pending: |in-flight|delayed|pool |INFO: lockdep|Task dump|Kernel panic|running task|CPU#\d|irq event|CPU \d|NMI |blocked on|INFO: task|Future|unable to|clocksource|Sched Debug|sysctl|Stack|watchdog:|Code|Showing all|Modules|\S+ +[RSDTtXZI] )/,
  },
  // OOM and allocation failures: mm/oom_kill.c, mm/page_alloc.c show_free_areas()
  {
    family: 'allocation',
    pattern:
      /^\s*(?:Mem-[Ii]nfo|active_anon|active_file|unevictable|slab_reclaimable|slab_un|mapped:|kernel_misc|sec_pagetables|free:|Node \d|lowmem_reserve|\d+ total pagecache|\d+ pages|Swap cache|Free swap|Total swap|\[ *pid *\]|\[ *\d+\] |Tasks state|oom-kill|oom_kill|oom_reaper|Out of memory|Memory cgroup|memory: usage|memory\+swap|swap: usage|kmem: usage|anon \d|file \d|Task in|Tasks in|Killed process|DMA\b|DMA32\b|Normal\b|HighMem\b|Movable\b|zone:|cpu \d|CPU\s+\d+: (?:hi|Hot)|Unreclaimable|Name +Used|nodes?\d|cache: | {1,2}\S+ +\d+KB|\d+ (?:total|free|reserved|slab|pages|hwpoisoned)|\S+_slab|memory stats|Memory: |page allocation|warn_alloc)/,
  },
  // machine checks, AER, EDAC, NMI
  {
    family: 'hardware',
    pattern:
      /^\s*(?:mce: |\[Hardware Error\]|\{\d+\}|RIP |TSC |ADDR |MISC |PROCESSOR |Machine check|This is not a software|Run the above|pcieport|\S+ [0-9a-f]{4}:[0-9a-f]{2}:|severity|TLP |device \[|quiet_error: |Dazed|Do you|ata\d|sd |res |SCSI|cmd )/,
  },
]

const stalls: readonly KindName[] = [
  'soft-lockup',
  'hard-lockup',
  'rcu-stall',
  'hung-task',
  'workqueue-lockup',
  'sysrq',
]

/** The kinds of report in which a family's words are part of it; elsewhere they are another driver's chatter. */
const spokenIn: Readonly<Record<Exclude<PhraseFamily, 'common'>, readonly KindName[]>> = {
  locking: ['lockdep', 'spinlock', 'sleeping-in-atomic', 'scheduling-while-atomic', 'preemptible', ...stalls],
  stall: stalls,
  allocation: ['oom-kill', 'page-allocation', 'memory-leak', 'bad-page', 'sysrq', 'panic'],
  hardware: ['machine-check', 'edac', 'pcie-aer', 'hardware-error', 'io-error', 'filesystem', 'bus-error'],
}

/** Whether words of this family can be part of a report of this kind. */
export function isSpokenIn(family: PhraseFamily, kind: KindName): boolean {
  return family === 'common' || kind === 'unknown' || spokenIn[family].includes(kind)
}

const table = (rows: readonly Phrase[]) =>
  firstLetterTable(rows.map(({ family, pattern }) => [pattern, family] as const))
// Most lines that any family knows are everybody's: one look tells.
const commonWords = table(phrases.filter(({ family }) => family === 'common'))
const otherWords = table(phrases.filter(({ family }) => family !== 'common'))

/** The families whose words this line begins with; it begins with no blank. */
export function phraseFamilies(text: string): readonly PhraseFamily[] | undefined {
  if (commonWords(text, 0).any.test(text)) return common
  const others = otherWords(text, 0)
  if (!others.any.test(text)) return undefined
  let families: PhraseFamily[] | undefined
  for (const { pattern, value: family } of others.each) {
    if (!pattern.test(text)) continue
    families ??= []
    families.push(family)
  }
  return families
}

const common: readonly PhraseFamily[] = ['common']
