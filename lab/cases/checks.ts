// What only the checks of the lab's own kernels complain of: a row for each wrong of lab/kernels/checks/fl_checks.c.

import { type Case, check, type Expected, fault } from './case.ts'

const memory: readonly string[] = ['x86_64-debug']
const races: readonly string[] = ['x86_64-kcsan']

interface Row {
  check: string
  does: string
  only: readonly string[]
  expects: Expected
  more?: Partial<Omit<Case, 'name' | 'does'>>
}

const kasan = (title: string, name: string): Expected => ({
  kind: 'kasan',
  title: `KASAN: ${title} in ${name}`,
  comm: 'sh',
  chain: [name],
})
const kfence = (title: string, name: string): Expected => ({ kind: 'kfence', title: `KFENCE: ${title} in ${name}` })
const lockdep = (title: string, name: string): Expected => ({
  kind: 'lockdep',
  title: `${title} in ${name}`,
  comm: 'sh',
})

const rows: readonly Row[] = [
  {
    check: 'lock_nested',
    does: 'takes two locks of one class, one inside the other',
    only: memory,
    expects: lockdep('possible deadlock', 'fl_lock_nested'),
  },
  {
    check: 'lock_softirq',
    does: 'takes a spinlock with softirqs on that a timer takes too',
    only: memory,
    expects: lockdep('inconsistent lock state', 'fl_lock_softirq'),
  },
  {
    check: 'lock_unbalanced',
    does: 'unlocks what was not locked',
    only: memory,
    expects: lockdep('WARNING: bad unlock balance', 'fl_lock_unbalanced'),
  },
  {
    check: 'lock_freed',
    does: 'frees memory with a held mutex in it',
    only: memory,
    expects: lockdep('WARNING: held lock freed', 'fl_lock_freed'),
  },
  {
    check: 'sleep_locked',
    does: 'may sleep while it holds a spinlock',
    only: memory,
    expects: { kind: 'sleeping-in-atomic', comm: 'sh', chain: ['fl_sleep_locked'] },
    more: { mayAlso: ['lockdep'] },
  },
  {
    check: 'processor_id',
    does: 'asks for the processor while it may be moved to another',
    only: memory,
    expects: { kind: 'preemptible', comm: 'sh' },
  },
  {
    check: 'timer_freed',
    does: 'frees memory with an active timer in it',
    only: memory,
    expects: { kind: 'debug-objects', comm: 'sh' },
  },
  {
    check: 'shift',
    does: 'shifts an int by 40',
    only: memory,
    expects: { kind: 'ubsan', title: 'UBSAN: shift-out-of-bounds in fl_shift', comm: 'sh' },
  },
  {
    check: 'bounds',
    does: 'writes behind an array of known size',
    only: memory,
    expects: { kind: 'ubsan', title: 'UBSAN: array-index-out-of-bounds in fl_bounds', comm: 'sh' },
    // It is written all the same.
    more: { mayAlso: ['kasan'] },
  },
  {
    check: 'not_a_bool',
    does: 'reads a bool that is 4',
    only: memory,
    expects: { kind: 'ubsan', title: 'UBSAN: invalid-load in fl_not_a_bool', comm: 'sh' },
  },
  {
    check: 'race',
    does: 'counts in one task and looks in another, with nothing to hold them apart',
    only: races,
    expects: {
      kind: 'kcsan',
      title:
        /^KCSAN: data-race in (?:fl_count_up \/ fl_(?:count_up|look_at_count)|fl_look_at_count \/ fl_count_up|fl_\w+)$/,
      repeats: true,
    },
    // It does not watch before it is told to: the kernel's own races would come first.
    more: { seconds: 20, processors: 2, crash: `echo on >/sys/kernel/debug/kcsan; ${check('race')}` },
  },
  {
    check: 'kfence_behind',
    does: "reads behind an object of KFENCE's",
    only: races,
    expects: { ...kfence('out-of-bounds read', 'fl_kfence_behind'), comm: 'sh' },
  },
  {
    check: 'kfence_after_free',
    does: "reads an object of KFENCE's after it was freed",
    only: races,
    expects: { ...kfence('use-after-free read', 'fl_kfence_after_free'), comm: 'sh' },
  },
  {
    check: 'kfence_corrupts',
    does: "writes into the padding behind an object of KFENCE's, and frees it",
    only: races,
    expects: { ...kfence('memory corruption', 'fl_kfence_corrupts'), comm: 'sh' },
  },
  {
    check: 'kfence_free_inside',
    does: "frees an address inside of an object of KFENCE's",
    only: races,
    expects: { ...kfence('invalid free', 'fl_kfence_free_inside'), comm: 'sh' },
  },
]

/** Faults of the lab's other module that a plain kernel lets pass or only notices by luck. */
const faults: readonly Row[] = [
  {
    check: 'after_free',
    does: 'reads freed memory under KASAN',
    only: memory,
    expects: kasan('use-after-free Read', 'fl_after_free'),
  },
  {
    check: 'out_of_bounds',
    does: 'reads behind an object of 100 bytes under KASAN',
    only: memory,
    expects: kasan('slab-out-of-bounds Read', 'fl_out_of_bounds'),
  },
]

const caseOf = (crash: (name: string) => string, { check: name, does, only, expects, more }: Row): Case => ({
  name: `check-${name.replaceAll('_', '-')}`,
  does,
  crash: crash(name),
  ends: 'lives',
  seconds: 30,
  expects: [expects],
  only,
  ...more,
})

export const checks: readonly Case[] = [
  ...rows.map(row => caseOf(check, row)),
  ...faults.map(row => caseOf(fault, row)),
]
