// How a machine ends, orderly or not, and what only looks as if it did.

import type { Case } from './case.ts'

const panics = { ends: 'reboots', dumps: 'panic' } as const

export const endings: readonly Case[] = [
  {
    name: 'reboot',
    does: 'reboots in order',
    crash: 'reboot -f; sleep 10',
    ends: 'reboots',
    orderly: true,
    expects: [{ kind: 'restart', title: 'Restarting system' }],
    not: guest =>
      guest.arch === 's390x'
        ? 'it restarts before its console has written the line, and QEMU does not get through its second start'
        : undefined,
    core: true,
  },
  {
    name: 'halt',
    does: 'halts',
    crash: 'halt -f; sleep 10',
    ends: 'halts',
    orderly: true,
    seconds: 4,
    expects: [{ kind: 'halt', title: 'System halted' }],
  },
  {
    name: 'power-off',
    does: 'turns itself off',
    crash: 'poweroff -f; sleep 10',
    ends: 'powers-off',
    orderly: true,
    expects: [{ kind: 'power-off', title: 'Power down' }],
    // A board that cannot turn itself off halts.
    on: { ppc32: { ends: 'halts', seconds: 4, expects: [{ kind: 'halt', title: 'System halted' }] } },
  },
  {
    name: 'sysrq-reboot',
    does: 'reboots by sysrq b: the kernel says no more than that',
    crash: 'echo b >/proc/sysrq-trigger; sleep 10',
    ends: 'reboots',
    expects: [{ kind: 'restart', title: 'Restarting system' }],
  },
  {
    name: 'sysrq-backtrace',
    does: 'shows what the processors do, by sysrq l: nothing failed',
    crash: 'echo l >/proc/sysrq-trigger; sleep 1',
    ends: 'lives',
    expects: [],
  },
  {
    name: 'sysrq-tasks',
    does: 'shows all tasks, by sysrq t: nothing failed',
    crash: 'echo t >/proc/sysrq-trigger; sleep 1',
    ends: 'lives',
    seconds: 20,
    expects: [],
  },
  {
    name: 'sysrq-blocked',
    does: 'shows blocked tasks, by sysrq w, with one there: nothing failed yet',
    crash:
      'insmod /lab/modules/fl.ko; echo hung_task >/sys/kernel/debug/fl; sleep 1; echo w >/proc/sysrq-trigger; sleep 1',
    ends: 'lives',
    expects: [],
  },
  {
    name: 'init-exits',
    does: 'has init exit',
    crash: 'exit 3',
    asInit: true,
    ...panics,
    expects: [{ kind: 'panic', title: 'kernel panic: Attempted to kill init!', comm: 'init', fatal: true }],
  },
  {
    name: 'init-fails',
    does: 'has init die of a fault in its program',
    crash: 'exec /lab/programs/null',
    asInit: true,
    programs: ['null'],
    ...panics,
    expects: [
      { kind: 'user-segfault', title: 'segfault in null', comm: 'null' },
      { kind: 'panic', title: 'kernel panic: Attempted to kill init!', comm: 'null', fatal: true },
    ],
  },
  {
    name: 'init-oops',
    does: 'has the kernel fail for init',
    crash: 'insmod /lab/modules/fl.ko; echo null_write >/sys/kernel/debug/fl',
    asInit: true,
    ...panics,
    expects: [
      {
        kind: 'null-dereference',
        title: 'BUG: unable to handle kernel NULL pointer dereference in fl_null_write',
        comm: 'init',
        fatal: true,
      },
    ],
  },
  {
    name: 'no-root',
    does: 'boots without a root file system',
    crash: '',
    atBoot: true,
    commandLine: ['rdinit=/nowhere', 'root=/dev/nowhere'],
    ...panics,
    expects: [
      { kind: 'panic', title: /^kernel panic: VFS: Unable to mount root fs on/, comm: 'swapper/0', fatal: true },
    ],
  },
  {
    name: 'no-init',
    does: 'boots without an init',
    crash: '',
    atBoot: true,
    commandLine: ['init=/nowhere', 'rdinit=/lab/nowhere', 'root=/dev/ram0'],
    ...panics,
    expects: [{ kind: 'panic', title: /^kernel panic: /, comm: 'swapper/0', fatal: true }],
  },
]
