// No progress: tasks that hang, processors that spin.

import { type Case, type Expected, fault } from './case.ts'

const hung: Expected = {
  kind: 'hung-task',
  title: 'INFO: task hung in fl_second_owner',
  comm: 'fl_second',
  fatal: false,
  chain: ['fl_second_owner', 'kthread'],
}

/** Seconds until khungtaskd speaks; once is enough. */
const impatient = `echo 1 >/proc/sys/kernel/hung_task_timeout_secs; echo 1 >/proc/sys/kernel/hung_task_warnings`

/** Titles of stalls name the call that went in, as syzbot does, not where it was met: docs/titles.md. */
const spins: Expected = {
  kind: 'soft-lockup',
  title: 'BUG: soft lockup in fl_write',
  function: 'fl_soft_lockup',
  comm: 'sh',
  fatal: false,
  chain: ['fl_soft_lockup', 'fl_happen', 'fl_write', 'vfs_write'],
}

const stalls: Expected = {
  ...spins,
  kind: 'rcu-stall',
  title: 'INFO: rcu detected stall in fl_write',
}

const panics = { ends: 'reboots', dumps: 'panic' } as const

export const lockups: readonly Case[] = [
  {
    name: 'hung-task',
    does: 'has a kernel thread wait for a mutex that nobody gives back',
    crash: `${impatient}; ${fault('hung_task')}; sleep 4`,
    ends: 'lives',
    expects: [hung],
    not: guest =>
      guest.tracesNoModules ? 'its traces leave out the module, whose function is to be named' : undefined,
    // Its timer loses ticks on a busy machine, and khungtaskd goes by them.
    on: { m68k: { crash: `${impatient}; ${fault('hung_task')}; sleep 20`, seconds: 40 } },
    core: true,
  },
  {
    name: 'hung-task-panic',
    does: 'hangs a task on a kernel that panics for it',
    crash: `${impatient}; echo 1 >/proc/sys/kernel/hung_task_panic; ${fault('hung_task')}; sleep 20`,
    ...panics,
    expects: [{ ...hung, fatal: true }],
  },
  {
    name: 'soft-lockup',
    does: 'spins with preemption off until the watchdog notices',
    crash: `echo 2 >/proc/sys/kernel/watchdog_thresh; ${fault('soft_lockup', 7)}`,
    ends: 'lives',
    seconds: 15,
    expects: [{ ...spins, repeats: true }],
  },
  {
    name: 'soft-lockup-panic',
    does: 'spins on a kernel that panics for it',
    crash: `echo 2 >/proc/sys/kernel/watchdog_thresh; ${fault('soft_lockup', 30)}`,
    commandLine: ['softlockup_panic=1'],
    ...panics,
    seconds: 15,
    expects: [{ ...spins, fatal: true }],
  },
  {
    name: 'rcu-stall',
    does: 'keeps RCU waiting on one of two processors',
    crash: fault('soft_lockup', 6),
    commandLine: ['nowatchdog', 'rcupdate.rcu_cpu_stall_timeout=3'],
    processors: 2,
    ends: 'lives',
    seconds: 20,
    expects: [{ ...stalls, repeats: true }],
  },
  {
    name: 'rcu-stall-panic',
    does: 'keeps RCU waiting on a kernel that panics for it',
    crash: `echo 1 >/proc/sys/kernel/panic_on_rcu_stall; ${fault('soft_lockup', 30)}`,
    commandLine: ['nowatchdog', 'rcupdate.rcu_cpu_stall_timeout=3'],
    processors: 2,
    ...panics,
    seconds: 20,
    expects: [{ ...stalls, fatal: true }],
  },
]
