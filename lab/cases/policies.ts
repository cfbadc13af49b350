// One fault after or beside another, and kernels that are told to panic for less.

import { type Case, type Expected, fault } from './case.ts'

const panics = { ends: 'reboots', dumps: 'panic' } as const

const nullIn = (name: string): Expected => ({
  kind: 'null-dereference',
  title: `BUG: unable to handle kernel NULL pointer dereference in ${name}`,
  comm: 'sh',
  fatal: false,
  chain: [name, 'fl_happen', 'fl_write', 'vfs_write'],
})

const warning: Expected = {
  kind: 'warning',
  title: 'WARNING in fl_warn_text',
  comm: 'sh',
  fatal: false,
  chain: ['fl_warn_text', 'fl_happen', 'fl_write', 'vfs_write'],
}

const panicTitle = 'kernel panic: fl: deliberate panic NUM'
const panic: Expected = { kind: 'panic', title: panicTitle, comm: 'sh', fatal: true }

/** In a shell of its own, which may die of it. */
const another = (name: string): string => `sh -c 'echo ${name} >/sys/kernel/debug/fl'`

export const policies: readonly Case[] = [
  {
    name: 'panic-on-oops',
    does: 'fails on a kernel that panics for an oops',
    crash: `echo 1 >/proc/sys/kernel/panic_on_oops; ${fault('null_write')}`,
    ...panics,
    expects: [{ ...nullIn('fl_null_write'), fatal: true }],
  },
  {
    name: 'panic-on-warn',
    does: 'warns on a kernel that panics for a warning',
    crash: `echo 1 >/proc/sys/kernel/panic_on_warn; ${fault('warn_text')}`,
    ...panics,
    expects: [{ ...warning, fatal: true }],
  },
  {
    name: 'two-oopses',
    does: 'fails, and then fails again in another place',
    crash: `insmod /lab/modules/fl.ko; ${another('null_read')}; ${another('null_write')}`,
    ends: 'lives',
    dumps: 'oops',
    expects: [nullIn('fl_null_read'), nullIn('fl_null_write')],
    over: ['inside'],
  },
  {
    name: 'warning-then-oops',
    does: 'warns, fails, and panics at last',
    crash: `insmod /lab/modules/fl.ko; ${another('warn_text')}; ${another('null_write')}; ${another('panic')}`,
    ...panics,
    // Behind an oops panic() prints no stack, and so no task.
    expects: [warning, nullIn('fl_null_write'), { kind: 'panic', title: panicTitle, fatal: true }],
  },
  {
    name: 'oops-then-panic',
    does: 'fails, lives on for a while, and panics at last',
    // Long enough for an agent to have heard the first.
    crash: `insmod /lab/modules/fl.ko; ${another('null_write')}; sleep 15; ${another('panic')}`,
    seconds: 30,
    ...panics,
    expects: [nullIn('fl_null_write'), { kind: 'panic', title: panicTitle, fatal: true }],
  },
  {
    name: 'two-processors',
    does: 'warns on two processors at the same time, again and again',
    crash: `insmod /lab/modules/fl.ko
for time in 1 2 3; do
${another('warn_text')} & ${another('warn')} &
wait
done`,
    processors: 2,
    ends: 'lives',
    seconds: 20,
    // Two reports that come line by line in turn cannot always be told apart; then they have to say that they are damaged.
    expects: Array.from({ length: 6 }, () => ({ kind: 'warning', fatal: false })),
    check: ({ reports }) =>
      reports
        .filter(({ damage, title }) => damage === undefined && !/ in fl_warn(?:_text)?$/.test(title))
        .map(({ title }) => `neither of the two, and not said to be damaged: ${title}`),
  },
  {
    name: 'reboot-loop',
    does: 'panics, boots, panics, boots and panics',
    crash: fault('panic'),
    times: 3,
    ...panics,
    expects: [panic, panic, panic],
  },
]
