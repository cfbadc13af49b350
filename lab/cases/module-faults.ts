// Faults of the lab's own module that the shell's write() runs into: a row each. Every chain is that of its source.

import type { Case, Expected } from './case.ts'
import { caseOf, guardedStacks, nullIn, onOwn, panics, type Row, warns, written } from './module-fault.ts'

/** The same from a function that calls none: arm64 and s390x give it no frame, and the caller's goes missing. */
const writtenLeaf = ['fl_write', 'vfs_write']

const bugOn: Expected = { kind: 'bug-on', comm: 'sh', fatal: false }
const panicked: Expected = { kind: 'panic', title: 'kernel panic: fl: deliberate panic NUM', fatal: true }

const wildRead: Expected = {
  kind: 'page-fault',
  title: 'BUG: unable to handle kernel paging request in fl_wild_read',
  comm: 'sh',
  fatal: false,
  chain: ['fl_wild_read', 'fl_do_wild_read', ...written],
}

/** Its first frame is of the window of the caller's caller: a function that calls none has no window of its own. */
const wildReadInLeaf: Expected = { ...wildRead, chain: ['fl_wild_read', ...written] }

/** Kernels of the lab's own complain and go on, where Debian's stop: CONFIG_BUG_ON_DATA_CORRUPTION is off. */
const listDel: Expected = {
  kind: 'list-corruption',
  title: 'BUG: corrupted list in fl_unlink_twice',
  comm: 'sh',
  fatal: false,
  chain: ['fl_unlink_twice', ...written],
}
const warnedListDel = { ...warns, expects: [{ ...listDel, title: 'WARNING in fl_unlink_twice' }] }

const rows: readonly Row[] = [
  {
    fault: 'null_write',
    does: 'writes to the first member of a NULL struct',
    expects: { ...nullIn('fl_null_write'), comm: 'sh', fatal: false, chain: ['fl_null_write', ...written] },
  },
  {
    fault: 'inlined',
    does: 'reads a member of a NULL struct in a function inlined three deep',
    expects: { ...nullIn('fl_outer'), comm: 'sh', fatal: false, chain: ['fl_outer', 'fl_do_inlined', ...written] },
  },
  {
    fault: 'chained',
    does: 'follows a list of two structs to a third that is not there',
    expects: { ...nullIn('fl_chain'), comm: 'sh', fatal: false, chain: ['fl_chain', 'fl_chained', ...written] },
  },
  {
    fault: 'tail_call',
    does: 'fails in a function that was jumped to: its caller has left no frame',
    expects: {
      ...nullIn('fl_tail_end'),
      comm: 'sh',
      fatal: false,
      chain: ['fl_tail_end', 'fl_tail_call', 'fl_do_tail_call', ...written],
      without: ['fl_tail_jump'],
    },
  },
  {
    fault: 'wild_read',
    does: 'reads where nothing is mapped',
    expects: wildRead,
    more: {
      on: {
        parisc: { ...panics, expects: [{ ...wildRead, fatal: true }] },
        sparc64: { expects: [wildReadInLeaf] },
      },
    },
  },
  {
    fault: 'poison_read',
    does: 'reads through a pointer that a slab poisoned: on 64-bit machines no address at all',
    expects: {
      kind: 'general-protection',
      title: 'general protection fault in fl_poison_read',
      comm: 'sh',
      fatal: false,
      chain: ['fl_poison_read', 'fl_do_poison_read', ...written],
    },
  },
  {
    fault: 'freed_list',
    does: 'reads the next entry of a deleted list entry: LIST_POISON1',
    expects: {
      kind: 'general-protection',
      title: 'general protection fault in fl_freed_list',
      comm: 'sh',
      fatal: false,
      chain: ['fl_freed_list', 'fl_do_freed_list', ...written],
    },
  },
  {
    fault: 'divide',
    does: 'divides by zero',
    expects: {
      kind: 'divide-error',
      title: 'divide error in fl_divide',
      comm: 'sh',
      fatal: false,
      chain: ['fl_divide', 'fl_do_divide', ...written],
    },
    // ARM divides by a routine, which complains and goes on.
    more: { on: { 'arm-fp': warns, armhf: warns } },
  },
  {
    fault: 'bug',
    does: 'reaches a BUG()',
    expects: {
      kind: 'bug-on',
      title: 'kernel BUG in fl_bug',
      comm: 'sh',
      fatal: false,
      chain: ['fl_bug', ...written],
    },
  },
  {
    fault: 'bug_on',
    does: 'has the condition of a BUG_ON() come true',
    expects: { ...bugOn, title: 'kernel BUG in fl_bug_on', chain: ['fl_bug_on', ...writtenLeaf] },
    more: {
      core: true,
      on: {
        // arm64's idle task finds that the killed one left the interrupts off, and says so.
        arm64: { mayAlso: ['warning'] },
        // A trap counts as an interrupt there.
        'riscv64-6.12': { ...panics, expects: [{ ...bugOn, title: 'kernel BUG in fl_bug_on', fatal: true }] },
        // The program counter stands behind the instruction that trapped, which is the function's last; s390 knows its last jump.
        m68k: { expects: [{ ...bugOn, title: 'kernel BUG at lab/module/fl.c:LINE', chain: writtenLeaf }] },
        s390x: { expects: [{ ...bugOn, title: 'kernel BUG in fl_bug_on', chain: writtenLeaf }] },
      },
    },
  },
  {
    fault: 'warn',
    does: 'has the condition of a WARN_ON() come true',
    expects: {
      kind: 'warning',
      title: 'WARNING in fl_warn',
      comm: 'sh',
      fatal: false,
      chain: ['fl_warn', ...writtenLeaf],
    },
    more: { ...warns, core: true },
  },
  {
    fault: 'warn_text',
    does: 'warns with words of its own',
    expects: {
      kind: 'warning',
      title: 'WARNING in fl_warn_text',
      comm: 'sh',
      fatal: false,
      chain: ['fl_warn_text', ...written],
    },
    more: warns,
  },
  {
    fault: 'panic',
    does: 'calls panic()',
    // Where fl_panic stood may be printed as the function behind it: the call never returns, and is its last instruction.
    expects: { ...panicked, comm: 'sh', chain: ['panic', ...written] },
    more: {
      ...panics,
      core: true,
      on: {
        // Malta's kernel is built without the dump of the stack that a panic usually prints, and with it goes the task's line.
        mips64el: { expects: [panicked] },
        // That belongs to CONFIG_DEBUG_BUGVERBOSE, which Alpha does not have.
        alpha: { expects: [panicked] },
        // The unwinder takes the tables of that function behind it, and is lost.
        armhf: { expects: [{ ...panicked, comm: 'sh', chain: ['panic'] }] },
      },
    },
  },
  {
    fault: 'call_null',
    does: 'calls a function at address 0',
    expects: {
      kind: 'null-dereference',
      title: 'BUG: unable to handle kernel NULL pointer dereference in fl_call_null',
      comm: 'sh',
      fatal: false,
      chain: ['fl_call_null', ...written],
    },
  },
  {
    fault: 'call_data',
    does: 'calls a spin lock as if it were a function',
    expects: {
      kind: 'page-fault',
      title: /^BUG: unable to handle kernel paging request in (?:fl_spinlock|fl_call_data)$/,
      comm: 'sh',
      fatal: false,
      chain: ['fl_call_data', ...written],
    },
  },
  {
    fault: 'list_del',
    does: 'takes an entry out of a list twice',
    expects: listDel,
    more: { on: onOwn(warnedListDel) },
  },
  {
    fault: 'double_free',
    does: 'frees memory twice',
    expects: {
      // CONFIG_SLAB_FREELIST_HARDENED: BUG_ON(object == fp), mm/slub.c set_freepointer()
      kind: 'bug-on',
      title: /^kernel BUG in /,
      comm: 'sh',
      fatal: false,
      chain: ['fl_double_free', ...written],
    },
    // Linux 7 keeps freed objects in sheaves, which do not look.
    more: { on: { 'x86_64-sid': { ...warns, expects: [] } } },
  },
  {
    fault: 'after_free',
    does: 'reads freed memory: no one notices without KASAN',
    expects: [],
    more: warns,
  },
  {
    fault: 'out_of_bounds',
    does: 'reads a byte behind its memory: no one notices without KASAN',
    expects: [],
    more: warns,
  },
  {
    fault: 'atomic',
    does: 'sleeps while it holds a spin lock',
    expects: {
      kind: 'scheduling-while-atomic',
      title: 'BUG: scheduling while atomic in fl_sleep_in_atomic',
      comm: 'sh',
      fatal: false,
      chain: ['fl_sleep_in_atomic', ...written],
    },
    // The scheduler resets the count, the unlock takes it below zero: then the shell cannot fault in pages any more, is
    // stopped for that, and dies in a place where it may not sleep.
    more: {
      ...warns,
      mayAlso: ['scheduling-while-atomic', 'user-segfault'],
      not: ({ kernel }) =>
        kernel.from === 'lab'
          ? 'with the count below zero its checks complain of every interrupt, on and on'
          : undefined,
    },
  },
  {
    fault: 'locked_oops',
    does: 'fails while it holds a spin lock',
    expects: {
      ...nullIn('fl_null_read'),
      comm: 'sh',
      fatal: false,
      chain: ['fl_null_read', 'fl_locked_oops', ...written],
    },
  },
  {
    fault: 'refcount',
    does: 'takes a reference from none',
    expects: {
      kind: 'refcount',
      title: 'WARNING: refcount bug in fl_take_from_none',
      comm: 'sh',
      fatal: false,
      chain: ['refcount_warn_saturate', 'fl_take_from_none', ...written],
    },
    more: warns,
  },
  {
    fault: 'bad_irq',
    does: 'frees an interrupt that is none of its own',
    expects: {
      kind: 'warning',
      title: 'WARNING in free_irq',
      comm: 'sh',
      fatal: false,
      chain: ['free_irq', 'fl_bad_irq', ...written],
    },
    more: warns,
  },
  {
    fault: 'no_memory',
    does: 'asks for more and more memory until there is none',
    expects: {
      kind: 'page-allocation',
      title: 'page allocation failure in fl_no_memory',
      comm: 'sh',
      fatal: false,
      chain: ['fl_no_memory', ...written],
    },
    more: { ...warns, seconds: 20 },
  },
  {
    fault: 'recursion',
    does: 'calls itself until the stack is over',
    expects: {
      kind: 'stack-overflow',
      title: 'BUG: stack guard page was hit in fl_deeper',
      comm: 'sh',
      fatal: true,
      chain: ['fl_deeper', 'fl_deeper', 'fl_deeper'],
    },
    more: {
      ...panics,
      not: ({ kernel, arch }) =>
        kernel.from === 'lab' && !guardedStacks.has(arch)
          ? 'no guard page lies behind its stacks: it overwrites what is there, and stops without a word'
          : undefined,
    },
  },
  {
    fault: 'restart',
    does: 'restarts the machine in an emergency: the kernel says nothing',
    expects: [],
    more: { ends: 'reboots', dumps: undefined },
  },
]

export const moduleFaults: readonly Case[] = rows.map(caseOf)
