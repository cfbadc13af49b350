// LKDTM, the kernel's own test of how it fails: Documentation/fault-injection/provoke-crashes.rst, drivers/misc/lkdtm. A
// row for each crash that Debian's x86_64 kernel notices; what it lets pass (LKDTM says FAIL or XFAIL) must yield nothing.

import type { KindName } from '../../src/core/model.ts'
import { type Case, lkdtm } from './case.ts'

interface Row {
  crash: string
  kind: KindName
  title: string | RegExp
  /** functions in the trace; the crash's own otherwise */
  chain?: readonly string[]
  more?: Partial<Omit<Case, 'name' | 'does'>>
  fatal?: true
}

const panics = { ends: 'reboots', dumps: 'panic' } as const
const warns = { dumps: undefined } as const
/** A soft lockup that ends in a panic, seconds after it began. */
const locksUp = {
  ...panics,
  commandLine: ['softlockup_panic=1', 'nmi_watchdog=0'],
  seconds: 20,
} as const
const impatient = 'echo 2 >/proc/sys/kernel/watchdog_thresh; '

const nullIn = (name: string): string => `BUG: unable to handle kernel NULL pointer dereference in ${name}`
const pagingIn = (name: string): string => `BUG: unable to handle kernel paging request in ${name}`
const execution = (crash: string): string[] => ['execute_location', `lkdtm_${crash}`]
/** From an address outside of all code the kernel cannot unwind: it prints the callers as guesses, and guesses are not named. */
const nowhere = { kind: 'page-fault', title: pagingIn('corrupted') } as const
/** The call that went in names a stall, as with syzbot: docs/titles.md. */
const locksUpInEntry = { kind: 'soft-lockup', title: 'BUG: soft lockup in direct_entry', fatal: true } as const

const rows: readonly Row[] = [
  { crash: 'PANIC', kind: 'panic', title: 'kernel panic: dumptest', fatal: true, more: panics },
  { crash: 'BUG', kind: 'bug-on', title: 'kernel BUG in lkdtm_BUG' },
  { crash: 'WARNING', kind: 'warning', title: 'WARNING in lkdtm_WARNING', more: warns },
  { crash: 'WARNING_MESSAGE', kind: 'warning', title: 'WARNING in lkdtm_WARNING_MESSAGE', more: warns },
  { crash: 'EXCEPTION', kind: 'null-dereference', title: nullIn('lkdtm_EXCEPTION') },
  {
    crash: 'EXHAUST_STACK',
    kind: 'stack-overflow',
    title: 'BUG: stack guard page was hit in recursive_loop',
    chain: ['recursive_loop', 'recursive_loop'],
    fatal: true,
    more: panics,
  },
  {
    crash: 'CORRUPT_STACK',
    kind: 'stack-protector',
    title: 'kernel panic: stack is corrupted in lkdtm_CORRUPT_STACK',
    fatal: true,
    more: panics,
  },
  {
    crash: 'CORRUPT_STACK_STRONG',
    kind: 'stack-protector',
    title: 'kernel panic: stack is corrupted in lkdtm_CORRUPT_STACK_STRONG',
    fatal: true,
    more: panics,
  },
  {
    crash: 'LOOP',
    ...locksUpInEntry,
    more: { ...locksUp, crash: `${impatient}${lkdtm('LOOP')}` },
  },
  {
    crash: 'SOFTLOCKUP',
    ...locksUpInEntry,
    more: { ...locksUp, crash: `${impatient}${lkdtm('SOFTLOCKUP')}` },
  },
  {
    crash: 'SPINLOCKUP',
    ...locksUpInEntry,
    more: {
      ...locksUp,
      // Whoever took the lock first dies of what it did to the preemption count.
      crash: `${impatient}sh -c "${lkdtm('SPINLOCKUP')}"; echo SPINLOCKUP >/sys/kernel/debug/provoke-crash/DIRECT`,
      mayAlso: ['scheduling-while-atomic', 'user-segfault'],
    },
  },
  {
    crash: 'HARDLOCKUP',
    // No watchdog by performance counters in QEMU: the other processor's RCU sees it.
    kind: 'rcu-stall',
    title: /^INFO: rcu detected stall in /,
    fatal: true,
    more: {
      // Debian's 6.1 shows the stack that stalls by NMI, and panics on the one that noticed.
      expects: [{ kind: 'rcu-stall', fatal: true }],
      ...panics,
      processors: 2,
      // The other one must have something to do, which RCU waits for: idle, it has no tick that would look for stalls.
      crash: `taskset 2 sh -c 'while :; do (:); done' & taskset 1 sh -c '${lkdtm('HARDLOCKUP')}'`,
      commandLine: ['rcupdate.rcu_cpu_stall_timeout=3', 'sysctl.kernel.panic_on_rcu_stall=1', 'nowatchdog'],
      seconds: 25,
    },
  },
  {
    crash: 'HUNG_TASK',
    kind: 'hung-task',
    title: 'INFO: task hung in lkdtm_HUNG_TASK',
    fatal: true,
    more: {
      ...panics,
      crash: `echo 1 >/proc/sys/kernel/hung_task_timeout_secs; echo 1 >/proc/sys/kernel/hung_task_panic; ${lkdtm('HUNG_TASK')}`,
    },
  },
  { crash: 'CORRUPT_LIST_ADD', kind: 'list-corruption', title: 'BUG: corrupted list in lkdtm_CORRUPT_LIST_ADD' },
  { crash: 'CORRUPT_LIST_DEL', kind: 'list-corruption', title: 'BUG: corrupted list in lkdtm_CORRUPT_LIST_DEL' },
  {
    crash: 'STACK_GUARD_PAGE_LEADING',
    kind: 'stack-overflow',
    title: 'BUG: stack guard page was hit in direct_entry',
  },
  {
    crash: 'STACK_GUARD_PAGE_TRAILING',
    kind: 'page-fault',
    title: pagingIn('lkdtm_STACK_GUARD_PAGE_TRAILING'),
  },
  { crash: 'FORTIFY_STR_OBJECT', kind: 'fortify', title: 'kernel BUG in lkdtm_FORTIFY_STR_OBJECT' },
  { crash: 'FORTIFY_STR_MEMBER', kind: 'fortify', title: 'kernel BUG in lkdtm_FORTIFY_STR_MEMBER' },
  { crash: 'FORTIFY_MEM_OBJECT', kind: 'fortify', title: 'kernel BUG in lkdtm_FORTIFY_MEM_OBJECT' },
  {
    crash: 'FORTIFY_MEM_MEMBER',
    // 6.1 warns where memcpy() leaves a member but not the struct: include/linux/fortify-string.h, fortify_memcpy_chk()
    kind: 'fortify',
    title: 'WARNING in lkdtm_FORTIFY_MEM_MEMBER',
    more: warns,
  },
  { crash: 'FORTIFY_STRSCPY', kind: 'fortify', title: 'kernel BUG in lkdtm_FORTIFY_STRSCPY' },
  {
    crash: 'VMALLOC_LINEAR_OVERFLOW',
    // The compiler knows how much vzalloc() returned: memset() is stopped before the guard page.
    kind: 'fortify',
    title: 'kernel BUG in lkdtm_VMALLOC_LINEAR_OVERFLOW',
  },
  { crash: 'SLAB_FREE_DOUBLE', kind: 'bug-on', title: /^kernel BUG in / },
  { crash: 'SLAB_FREE_CROSS', kind: 'warning', title: 'WARNING in cache_from_obj', more: warns },
  { crash: 'SLAB_FREE_PAGE', kind: 'warning', title: 'WARNING in cache_from_obj', more: warns },
  { crash: 'WRITE_RO', kind: 'page-fault', title: pagingIn('lkdtm_WRITE_RO') },
  { crash: 'WRITE_RO_AFTER_INIT', kind: 'page-fault', title: pagingIn('lkdtm_WRITE_RO_AFTER_INIT') },
  { crash: 'WRITE_KERN', kind: 'page-fault', title: pagingIn('lkdtm_WRITE_KERN') },
  { crash: 'EXEC_DATA', kind: 'page-fault', title: pagingIn('data_area'), chain: execution('EXEC_DATA') },
  { crash: 'EXEC_STACK', ...nowhere, chain: execution('EXEC_STACK') },
  { crash: 'EXEC_KMALLOC', ...nowhere, chain: execution('EXEC_KMALLOC') },
  { crash: 'EXEC_VMALLOC', ...nowhere, chain: execution('EXEC_VMALLOC') },
  {
    crash: 'EXEC_RODATA',
    kind: 'page-fault',
    title: pagingIn('lkdtm_rodata_do_nothing'),
    chain: execution('EXEC_RODATA'),
  },
  { crash: 'EXEC_USERSPACE', ...nowhere, chain: ['lkdtm_EXEC_USERSPACE'] },
  { crash: 'EXEC_NULL', kind: 'null-dereference', title: nullIn('execute_location') },
  { crash: 'ACCESS_USERSPACE', kind: 'page-fault', title: pagingIn('lkdtm_ACCESS_USERSPACE') },
  { crash: 'ACCESS_NULL', kind: 'null-dereference', title: nullIn('lkdtm_ACCESS_NULL') },
  ...[
    'INC_OVERFLOW',
    'ADD_OVERFLOW',
    'INC_NOT_ZERO_OVERFLOW',
    'ADD_NOT_ZERO_OVERFLOW',
    'DEC_ZERO',
    'DEC_NEGATIVE',
    'DEC_AND_TEST_NEGATIVE',
    'SUB_AND_TEST_NEGATIVE',
    'INC_ZERO',
    'ADD_ZERO',
    'INC_SATURATED',
    'DEC_SATURATED',
    'ADD_SATURATED',
    'INC_NOT_ZERO_SATURATED',
    'ADD_NOT_ZERO_SATURATED',
    'DEC_AND_TEST_SATURATED',
    'SUB_AND_TEST_SATURATED',
  ].map(
    (name): Row => ({
      crash: `REFCOUNT_${name}`,
      kind: 'refcount',
      title: `WARNING: refcount bug in lkdtm_REFCOUNT_${name}`,
      more: warns,
    }),
  ),
  ...[
    'SLAB_SIZE_TO',
    'SLAB_SIZE_FROM',
    'SLAB_WHITELIST_TO',
    'SLAB_WHITELIST_FROM',
    'STACK_FRAME_TO',
    'STACK_FRAME_FROM',
    'STACK_BEYOND',
    'FOLIO',
    'KERNEL',
  ].map((name): Row => {
    const crash = `USERCOPY_${name}`
    return { crash, kind: 'usercopy', title: `BUG: bad usercopy in lkdtm_${crash}` }
  }),
]

/**
 * What this kernel lets pass: no KASAN, UBSAN, CFI or stackleak, and tests of another machine. Left out are
 * ATOMIC_TIMING and REFCOUNT_TIMING, which measure, and UNSET_SMEP, which cannot be built as a module.
 */
const passing = [
  'REPORT_STACK',
  'REPORT_STACK_CANARY',
  'UNALIGNED_LOAD_STORE_WRITE',
  'OVERFLOW_SIGNED',
  'OVERFLOW_UNSIGNED',
  'ARRAY_BOUNDS',
  'DOUBLE_FAULT',
  'CORRUPT_PAC',
  'SLAB_LINEAR_OVERFLOW',
  'READ_AFTER_FREE',
  'READ_BUDDY_AFTER_FREE',
  'SLAB_INIT_ON_ALLOC',
  'BUDDY_INIT_ON_ALLOC',
  'WRITE_OPD',
  'STACKLEAK_ERASING',
  'CFI_FORWARD_PROTO',
  'CFI_BACKWARD',
  'USERCOPY_VMALLOC',
]

export const lkdtmCrashes: readonly Case[] = [
  ...rows.map(({ crash, kind, title, chain, fatal, more }): Case => {
    return {
      name: `lkdtm-${crash.toLowerCase().replaceAll('_', '-')}`,
      does: `LKDTM ${crash}`,
      crash: lkdtm(crash),
      ends: 'lives',
      dumps: 'oops',
      expects: [{ kind, title, comm: 'sh', fatal: fatal ?? false, chain: chain ?? [`lkdtm_${crash}`] }],
      ...more,
    }
  }),
  {
    name: 'lkdtm-passing',
    does: "LKDTM crashes that Debian's kernel does not notice: nothing may be reported",
    crash: `insmod /lab/modules/lkdtm.ko
for name in ${passing.join(' ')}; do
echo $name >/sys/kernel/debug/provoke-crash/DIRECT
done`,
    ends: 'lives',
    expects: [],
  },
]
