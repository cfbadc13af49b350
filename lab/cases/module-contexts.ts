// Faults of the lab's own module in interrupts, in threads of the kernel and in its init.

import { type Case, fault } from './case.ts'
import { caseOf, nullIn, panics, type Row } from './module-fault.ts'

const rows: readonly Row[] = [
  {
    fault: 'timer',
    does: 'fails in a timer: a softirq',
    expects: { ...nullIn('fl_null_read'), fatal: true, chain: ['fl_null_read', 'fl_timer_function', 'call_timer_fn'] },
    more: { ...panics, crash: `${fault('timer')}; sleep 5` },
  },
  {
    fault: 'hrtimer',
    does: 'fails in a high-resolution timer: a hard interrupt',
    expects: {
      ...nullIn('fl_null_write'),
      fatal: true,
      chain: ['fl_null_write', 'fl_hrtimer_function', '__hrtimer_run_queues'],
    },
    more: { ...panics, crash: `${fault('hrtimer')}; sleep 5` },
  },
  {
    fault: 'work',
    does: 'fails in a work queue',
    expects: {
      ...nullIn('fl_null_read'),
      comm: /^kworker\/0:/,
      fatal: false,
      chain: ['fl_null_read', 'fl_work_function', 'process_one_work', 'worker_thread', 'kthread'],
    },
    more: { settles: 1, killsWorker: true },
  },
  {
    fault: 'rcu',
    does: 'fails in an RCU callback',
    expects: { ...nullIn('fl_null_read'), fatal: true, chain: ['fl_null_read', 'fl_rcu_function', 'rcu_do_batch'] },
    more: { ...panics, crash: `${fault('rcu')}; sleep 5` },
  },
  {
    fault: 'thread',
    does: 'fails in a kernel thread, whose name has a slash',
    expects: {
      ...nullIn('fl_null_write'),
      comm: 'fl_thread/0',
      fatal: false,
      chain: ['fl_null_write', 'fl_thread_function', 'kthread'],
    },
    more: { settles: 1 },
  },
]

export const moduleContexts: readonly Case[] = [
  ...rows.map(caseOf),
  {
    name: 'module-init',
    does: 'fails in the init of a module',
    crash: 'insmod /lab/modules/fl.ko fault=null_write',
    ends: 'lives',
    dumps: 'oops',
    expects: [
      {
        ...nullIn('fl_null_write'),
        comm: 'insmod',
        fatal: false,
        chain: ['fl_null_write', 'fl_happen', 'do_one_initcall', 'do_init_module'],
      },
    ],
  },
]
