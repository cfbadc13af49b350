// No progress: soft and hard lockups, RCU stalls, hung tasks, stuck workqueues. kernel/watchdog.c,
// kernel/rcu/tree_stall.h, kernel/hung_task.c, kernel/workqueue.c.

import type { Culprit, KindRow } from '../row.ts'

const rcuStall: Culprit = {
  // The detector runs in the timer interrupt: what stalls is behind the interrupt's entry.
  ways: [
    ['timer-entry', 'pc', 'frames'],
    ['irq-entry', 'frames'],
  ],
  skip: /apic_timer_interrupt|rcu/,
  choose: 'stall',
}

export const stalls: readonly KindRow[] = [
  {
    // 2.6.13: "BUG: soft lockup detected on CPU#1!"; since 2.6.23 "BUG: soft lockup - CPU#0 stuck for 61s! [comm:pid]"
    kind: 'soft-lockup',
    severity: 'stall',
    opens:
      /^(?:NMI )?(?:watchdog: )?BUG: soft lockup(?: - CPU#(?<cpu>\d+) stuck for (?<seconds>\d+)s! \[(?<comm>.{1,64}?):(?<pid>\d+)\]| detected on CPU#(?<on>\d+)| - C|\s*$| - ?$)/,
    needles: ['BUG: soft lockup'],
    title: 'BUG: soft lockup in {function}',
    altTitles: ['stall in {function}'],
    culprit: { ways: [['pc', 'trace'], ['trace'], ['frames']], choose: 'stall' },
    anywhere: true,
    example: 'watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [kworker/0:1:12]',
  },
  {
    kind: 'hard-lockup',
    severity: 'stall',
    opens:
      /^(?:NMI )?(?:watchdog: )?(?:CPU ?(?<by>\d+): )?(?:Watchdog detected hard LOCKUP on cpu (?<cpu>\d+)|Watchdog CPU:\d+ (?:detected )?Hard LOCKUP|NMI Watchdog detected LOCKUP on CPU ?(?<on>\d+)|BUG: NMI Watchdog detected LOCKUP|CPU \d+ (?:detected hard LOCKUP|self-detected hard LOCKUP))/i,
    needles: ['LOCKUP'],
    title: 'hard lockup in {function}',
    altTitles: ['stall in {function}'],
    culprit: { ways: [['pc', 'trace'], ['trace']], choose: 'first' },
    trace: 'maybe',
    example: 'NMI watchdog: Watchdog detected hard LOCKUP on cpu 1',
  },
  {
    kind: 'rcu-stall',
    severity: 'stall',
    opens: /^(?:rcu: )?INFO: (?<flavour>rcu\w*?)(?:_state)? self-detected(?: expedited)? stall\b/,
    needles: ['self-detected stall'],
    title: 'INFO: rcu detected stall in {function}',
    altTitles: ['stall in {function}'],
    // Since commit bc1cca97e6da ("sched/debug: Show the registers of 'current' in dump_cpu_task()") (in v6.1) the registers
    // and the trace are those of the task that was interrupted, and the interrupt does not show.
    culprit: { ...rcuStall, ways: [...rcuStall.ways, ['pc', 'trace']] },
    anywhere: true,
    example: 'rcu: INFO: rcu_sched self-detected stall on CPU',
  },
  {
    kind: 'rcu-stall',
    severity: 'stall',
    opens: /^(?:rcu: )?INFO: (?<flavour>rcu\w*?)(?:_state)?(?: detected| .{0,20}detected)(?: expedited)? stalls?\b/,
    needles: ['detected stall', 'detected expedited stall'],
    title: 'INFO: rcu detected stall in {function}',
    altTitles: ['stall in {function}'],
    // As for the one before: no interrupt shows where another processor asked by an NMI.
    culprit: { ...rcuStall, ways: [...rcuStall.ways, ['stalled-cpu', 'pc', 'trace']] },
    anywhere: true,
    example: 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
  },
  {
    // 2.6.29 to 2.6.36
    kind: 'rcu-stall',
    severity: 'stall',
    opens: /^(?:INFO: )?RCU detected CPU(?: \d+ stall \(t=|\s+stalls: )/,
    needles: ['RCU detected CPU '],
    title: 'INFO: rcu detected stall in {function}',
    altTitles: ['stall in {function}'],
    culprit: { ways: [['trace']], skip: /rcu|apic_timer|tick_|hrtimer|smp_apic|update_process_times/, choose: 'stall' },
    trace: 'maybe',
    example: 'INFO: RCU detected CPU 1 stall (t=4295017000/1000 jiffies)',
  },
  {
    kind: 'rcu-stall',
    severity: 'stall',
    opens:
      /^(?:rcu: )?(?:INFO: )?(?<flavour>rcu_tasks\w*|RCU|rcu\w*) (?:detected stalls on|kthread (?:starved|timer wakeup))/,
    needles: ['detected stalls on', 'kthread starved', 'kthread timer wakeup'],
    title: 'INFO: rcu detected stall in {function}',
    altTitles: ['stall in {function}'],
    culprit: { ways: [['trace']], skip: /rcu/, choose: 'stall' },
    phase: 'die',
    trace: 'maybe',
    example: 'rcu: rcu_preempt kthread starved for 10502 jiffies! g1234 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=0',
    also: [
      "rcu: rcu_preempt kthread timer wakeup didn't happen for 5252 jiffies! g412 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x402",
    ],
  },
  {
    // (a comm may hold a line break: then the rest stands on the next line)
    // "INFO: task foo:123 blocked for more than 120 seconds.", "… blocked in I/O wait for more than …", and since 6.18
    // "is blocked on a mutex likely owned by" as a further line
    kind: 'hung-task',
    severity: 'stall',
    opens:
      /^(?:INFO: task (?<comm>.{1,64}?)(?::(?<pid>\d+))?|.{0,64}:(?<tgid>\d+)) blocked(?: in I\/O wait)? for more than (?<seconds>\d+) seconds/,
    needles: ['blocked for more than', 'blocked in I/O wait'],
    title: 'INFO: task hung in {function}',
    altTitles: ['hang in {function}'],
    culprit: { ways: [['trace']], choose: 'hang' },
    anywhere: true,
    example: 'INFO: task kworker/1:2:1234 blocked for more than 143 seconds.',
  },
  {
    kind: 'hung-task',
    severity: 'stall',
    opens: /^INFO: task (?<comm>.{1,64}?)(?::(?<pid>\d+))? can't die for more than (?<seconds>\d+) seconds/,
    needles: ["can't die for more than"],
    title: "INFO: task can't die in {function}",
    altTitles: ['hang in {function}'],
    culprit: { ways: [['trace']], skip: /schedule/ },
    anywhere: true,
    example: "INFO: task syz-executor.0:8723 can't die for more than 143 seconds.",
  },
  {
    kind: 'workqueue-lockup',
    severity: 'stall',
    opens: /^BUG: workqueue lockup/,
    needles: ['BUG: workqueue lockup'],
    title: 'BUG: workqueue lockup',
    trace: 'maybe',
    anywhere: true,
    example: 'BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 32s!',
  },
]
