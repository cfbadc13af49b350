// Corruption that a consistency check found: lists, slabs, pages, page tables, stacks, dentries, inodes.

import type { KindRow } from '../row.ts'

export const corruption: readonly KindRow[] = [
  {
    // lib/list_debug.c: the message before BUG or WARN; a report of its own only where nothing follows
    kind: 'list-corruption',
    severity: 'bug',
    opens: /^list_(?<operation>add|del|replace|move)(?: corruption\b|.{0,4} double add)/,
    needles: [' corruption', 'double add'],
    title: 'BUG: corrupted list in {function}',
    altTitles: ['bad-access in {function}'],
    culprit: { ways: [['trace']] },
    phase: 'preamble',
    trace: 'maybe',
    confirm: true,
    example: 'list_del corruption. prev->next should be ffff8881a4d7a208, but was 0000000000000000',
  },
  {
    kind: 'refcount',
    severity: 'bug',
    opens:
      /^refcount_t(?: overflow at \S+|: (?:underflow|saturated|addition on 0|decrement hit 0|increment on 0|hit zero|unknown saturation event))|^percpu ref \(\S{1,80}\) <= 0 \(-?\d+\) after switching to atomic/,
    needles: ['refcount_t', 'after switching to atomic'],
    title: 'WARNING: refcount bug in {function}',
    culprit: { ways: [['pc', 'trace'], ['trace']], skip: /refcount|kobject_/ },
    phase: 'preamble',
    trace: 'maybe',
    confirm: true,
    example: 'refcount_t: underflow; use-after-free.',
  },
  {
    // mm/usercopy.c, before 4.16 "usercopy: kernel memory exposure attempt detected from ffff8800 (kmalloc-64) (4096 bytes)"
    kind: 'usercopy',
    severity: 'bug',
    opens:
      /^(?:usercopy: (?:BUG|Bad or missing|[kK]ernel memory (?:exposure|overwrite) attempt detected)|Bad or missing usercopy whitelist\? |Buffer overflow detected \(\d+ < \d+\)!)/,
    needles: ['usercopy: ', 'usercopy whitelist? ', 'Buffer overflow detected ('],
    title: 'BUG: bad usercopy in {function}',
    culprit: { ways: [['trace']], skip: /usercopy|__check/ },
    phase: 'preamble',
    trace: 'maybe',
    example: "usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64' (offset 0, size 128)!",
  },
  {
    // mm/slub.c object_err()/slab_bug(): "BUG kmalloc-64 (Tainted: G    B): Redzone overwritten"
    kind: 'slab-corruption',
    severity: 'bug',
    opens:
      /^BUG (?<cache>[\w.:@-]{1,64}(?:\([\w.:@-]{1,100}\))?)(?: \((?:Not tainted|Tainted: [A-Z ]{1,40})(?: +[\w.-]+)?\))?: (?<what>Object already free|.{3,100})$/,
    needles: ['BUG '],
    title: 'BUG: {what}',
    culprit: { ways: [['trace']] },
    trace: 'maybe',
    confirm: true,
    example: 'BUG kmalloc-64 (Tainted: G    B            ): Redzone overwritten',
  },
  {
    // mm/slab.c __slab_error(), slab_bad, check_poison_obj(): "Slab corruption (Not tainted): kmalloc-64 start=…, len=64"
    kind: 'slab-corruption',
    severity: 'bug',
    opens:
      /^(?:slab error in (?<checker>\w+)\(\)|[sS]lab corruption(?: \([^)]{1,60}\))?:|cache_from_obj: Wrong slab cache|slab: double free detected|slab: Internal list corruption|virt_to_cache: Object is not a Slab page|SLUB \S{1,80}: kmem_cache_destroy called for cache that still has objects|kmem_cache_destroy \S{1,80}: Slab cache still has objects|Object already free)/,
    needles: [
      'lab error in ',
      'lab corruption',
      'Wrong slab cache',
      'slab: double free',
      'slab: Internal list',
      'not a Slab page',
      'Object already free',
      'still has objects',
    ],
    title: ['slab corruption in {function}'],
    culprit: { ways: [['trace']], skip: /slab_error|slab_|cache_free_debugcheck|check_poison_obj|kfree|kmem_cache/ },
    phase: 'preamble',
    trace: 'maybe',
    confirm: true,
    example: "slab error in verify_redzone_free(): cache `kmalloc-64': double free detected",
    also: ["slab: double free detected in cache 'kmalloc-64', objp ffff88003a1b2c00"],
  },
  {
    kind: 'bad-page',
    severity: 'bug',
    opens: /^BUG: Bad page (?<what>state|cache)(?: in process (?<comm>\S.{0,63}?) +pfn:(?<pfn>[0-9a-f]+))?/,
    needles: ['BUG: Bad page '],
    title: 'BUG: Bad page {what} in {function}',
    altTitles: ['BUG: Bad page {what}'],
    culprit: {
      // where the page came from tells more than where it was found, which only CONFIG_PAGE_OWNER knows
      ways: [['origin'], ['unowned', 'trace']],
      skip: /bad_page|rmqueue|prep_new_page|check_new_page|free_pcp|(?:free|put|get|update|release)_page|free_unref|^_*folio|truncate_inode_pages|page_frag_free|alloc|vmap|page_owner/,
    },
    anywhere: true,
    example: 'BUG: Bad page state in process syz-executor.0  pfn:7d5a4',
  },
  {
    kind: 'bad-page',
    severity: 'bug',
    opens: /^BUG: Bad page map(?: in process (?<comm>\S.{0,63}?) +pte:)?/,
    needles: ['BUG: Bad page '],
    title: 'BUG: Bad page map',
    anywhere: true,
    example: 'BUG: Bad page map in process syz-executor3  pte:ffffffff8a8a8a8a pmd:1d8f3c067',
  },
  {
    // 2.6: "Bad page state in process 'x'"
    kind: 'bad-page',
    severity: 'bug',
    opens:
      /^(?:Bad page state in process|Bad page state at \w+|Eeek! page_mapcount\(page\) went negative|swap_(?:free|dup|info_get): (?:Bad|Unused) swap|get_swap_device: Bad swap file entry|Bad swap file entry|\S+:\d+: bad (?:pte|pmd|pud|p4d|pgd) \S+)/,
    needles: ['Bad page state', 'page_mapcount', 'ad swap', ': bad p', 'Unused swap'],
    title: ['BUG: Bad page state in {function}'],
    altTitles: ['BUG: Bad page state'],
    culprit: { ways: [['trace']], skip: /bad_page|free_hot_cold|free_pages|alloc/ },
    trace: 'maybe',
    confirm: true,
    example: "Bad page state in process 'swapper'",
    also: ['Eeek! page_mapcount(page) went negative! (-1)'],
  },
  {
    kind: 'bad-page',
    severity: 'bug',
    opens: /^BUG: (?<what>Bad rss-counter state|non-zero (?:nr_ptes|nr_pmds|pgtables_bytes) on freeing mm)/,
    needles: ['BUG: Bad rss', 'on freeing mm'],
    title: 'BUG: {what}',
    line: true,
    trace: 'never',
    anywhere: true,
    example: 'BUG: Bad rss-counter state mm:ffff8801c6a8a140 idx:1 val:1',
  },
  {
    // lib/debugobjects.c debug_print_object(): WARN's message; the WARNING at debugobjects.c stands in assertions.ts
    kind: 'debug-objects',
    severity: 'warning',
    opens:
      /^ODEBUG: (?:(?:free|init|activate|deactivate|destroy|assert_init|active_state) \S.{0,40}\(active state \d+\) object|object (?:\S+ )?is (?:not )?on stack)/,
    needles: ['ODEBUG: '],
    title: 'WARNING: ODEBUG bug in {function}',
    culprit: {
      ways: [['trace']],
      skip: /debug_|rcu|hrtimer_|timer_|work_|percpu_|vunmap|vfree|__free_|kobject_/,
    },
    phase: 'preamble',
    trace: 'maybe',
    example: 'ODEBUG: free active (active state 0) object type: timer_list hint: delayed_work_timer_fn+0x0/0x90',
  },
  {
    // arch/x86/kernel/unwind_frame.c
    kind: 'warning',
    severity: 'warning',
    opens: /^WARNING: kernel stack regs at .{1,120} has bad '(?<register>\w+)' value/,
    needles: ['WARNING: kernel stack '],
    title: 'WARNING: kernel stack regs has bad value',
    altTitles: ["WARNING: kernel stack regs has bad '{register}' value"],
    trace: 'never',
    line: true,
    anywhere: true,
    example: "WARNING: kernel stack regs at ffff8801d4a77d98 in syzkaller:3127 has bad 'bp' value 0000000000000000",
  },
  {
    kind: 'warning',
    severity: 'warning',
    opens: /^WARNING: kernel stack frame pointer at [0-9a-f]+ in .{1,120} has bad value/,
    needles: ['WARNING: kernel stack '],
    title: 'WARNING: kernel stack frame pointer has bad value',
    altTitles: ['WARNING: kernel stack regs has bad value'],

    trace: 'never',
    line: true,
    anywhere: true,
    example:
      'WARNING: kernel stack frame pointer at ffff8801c2b5f0b8 in syz-executor:3221 has bad value 0000000000000000',
  },
  {
    // with a hashed pointer, "(ptrval)" (4.15 to 5.1)
    kind: 'warning',
    severity: 'warning',
    opens: /^WARNING: kernel stack frame pointer at .{1,120} has bad value/,
    needles: ['WARNING: kernel stack '],
    title: 'WARNING: kernel stack regs has bad value',
    altTitles: ['WARNING: kernel stack frame pointer has bad value'],
    trace: 'never',
    line: true,
    anywhere: true,
    example: 'WARNING: kernel stack frame pointer at         (ptrval) in syz:4496 has bad value         (ptrval)',
  },
]
