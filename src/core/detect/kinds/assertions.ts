// BUG(), WARN(), Rust panics, and the checks that end in them: named by what they check.

import type { Culprit, KindRow } from '../row.ts'
import { netdevWatchdog } from './network.ts'

/**
 * Newer kernels trap (the stack is behind RIP / "--- interrupt"), older ones just print the stack. lib/bug.c
 * __report_bug(), kernel/panic.c __warn().
 */
const warnedWays: Culprit['ways'] = [
  ['pc', 'frames'],
  ['warned', 'trace'],
]
const warned = (skip?: RegExp): Culprit => (skip === undefined ? { ways: warnedWays } : { ways: warnedWays, skip })

const at = String.raw`WARNING: (?:CPU: \d+ PID: -?\d+ )?(?:\[.{1,200}\] )?(?:at )?`
const inFile = (path: string, rest = ''): RegExp =>
  new RegExp(`^${at}(?<place>(?:\\S{0,200}/)?${path}:\\d{1,7})${rest}`)

export const assertions: readonly KindRow[] = [
  {
    kind: 'rust-panic',
    severity: 'oops',
    opens: /^(?:rust_kernel: )?panicked at /,
    needles: ['panicked at '],
    title: ['{message} in {function}', 'rust panic in {function}'],
    details: [/^(?!---)(?<message>\S.{2,200})$/],
    culprit: { ways: [['trace']], skip: /__rustc::rust_begin_unwind/ },
    confirm: true,
    example: 'rust_kernel: panicked at drivers/android/binder/node.rs:877:13:',
  },
  {
    kind: 'usercopy',
    severity: 'oops',
    opens: /^[kK]ernel BUG at (?:\S*\/)?mm\/usercopy\.c:\d+/,
    needles: ['ernel BUG at '],
    title: 'BUG: bad usercopy in {function}',
    culprit: { ways: [['trace'], ['pc', 'frames']], skip: /usercopy|__check/ },
    anywhere: true,
    example: 'kernel BUG at mm/usercopy.c:102!',
  },
  {
    kind: 'list-corruption',
    severity: 'oops',
    opens: /^[kK]ernel BUG at (?:\S*\/)?lib\/list_debug\.c:\d+/,
    needles: ['ernel BUG at '],
    title: 'BUG: corrupted list in {function}',
    altTitles: ['bad-access in {function}'],
    culprit: { ways: [['trace'], ['pc', 'frames']] },
    anywhere: true,
    example: 'kernel BUG at lib/list_debug.c:51!',
  },
  {
    // lib/string_helpers.c fortify_panic(); since 6.9 "memcpy: detected buffer overflow: 32 byte write of buffer size 16"
    kind: 'fortify',
    severity: 'oops',
    opens:
      /^(?:detected buffer overflow in (?<operation>\w+)\s*$|\w{3,24}: detected buffer overflow: |[kK]ernel BUG at (?:\S*\/)?lib\/string(?:_helpers)?\.c:\d+)/,
    needles: ['detected buffer overflow', 'ernel BUG at '],
    title: 'kernel BUG in {function}',
    altTitles: ['buffer overflow in {function}'],
    culprit: { ways: [['pc', 'trace'], ['trace']], skip: /^skb_|fortify_panic/ },
    phase: 'header',
    example: 'detected buffer overflow in memcpy',
  },
  {
    // lib/bug.c, arch/*/kernel/traps.c: "kernel BUG at mm/slub.c:345!", 2.4: "kernel BUG at slab.c:1130!"
    kind: 'bug-on',
    severity: 'oops',
    opens: /^[kK]ernel (?:BUG|bug) at (?<place>[\w.,+/-]+:\d+)!?|^[kK]ernel BUG at (?:0x)?[0-9a-f]+/,
    needles: ['ernel BUG at ', 'Kernel bug at '],
    title: ['kernel BUG in {function}', 'kernel BUG at {place}'],
    culprit: { ways: [['pc', 'trace'], ['trace']], skip: /^skb_/, trap: true },
    anywhere: true,
    example: 'kernel BUG at mm/page_alloc.c:3112!',
  },
  {
    kind: 'debug-objects',
    severity: 'warning',
    opens: inFile(String.raw`lib/debugobjects\.c`),
    needles: ['WARNING: '],
    title: 'WARNING: ODEBUG bug in {function}',
    culprit: warned(/debug_|rcu|hrtimer_|timer_|work_|percpu_|vunmap|vfree|__free_|debug_check|kobject_/),
    anywhere: true,
    example: 'WARNING: CPU: 0 PID: 123 at lib/debugobjects.c:291 debug_print_object+0x16a/0x250',
  },
  {
    // net/sched/sch_generic.c dev_watchdog(), with the message before it, or behind it
    kind: 'netdev-watchdog',
    severity: 'warning',
    opens: inFile(String.raw`net/sched/sch_generic\.c`, String.raw` (?:at )?dev_watchdog\b`),
    needles: ['WARNING: '],
    title: [
      'NETDEV WATCHDOG: {driver} transmit timed out',
      'NETDEV WATCHDOG: {device} transmit timed out',
      'WARNING in {function}',
    ],
    altTitles: ['WARNING in {function}'],
    details: [netdevWatchdog],
    culprit: warned(),
    trace: 'maybe',
    example: 'WARNING: CPU: 2 PID: 0 at net/sched/sch_generic.c:525 dev_watchdog+0x207/0x210',
  },
  {
    kind: 'list-corruption',
    severity: 'warning',
    opens: inFile(String.raw`lib/list_debug\.c`),
    needles: ['WARNING: '],
    title: 'WARNING in {function}',
    altTitles: ['BUG: corrupted list in {function}'],
    culprit: warned(),
    example: 'WARNING: at lib/list_debug.c:53 __list_del_entry+0x63/0xd0()',
  },
  {
    kind: 'usercopy',
    severity: 'warning',
    opens: inFile(String.raw`mm/usercopy\.c`),
    needles: ['WARNING: '],
    title: 'WARNING: bad usercopy in {function}',
    culprit: warned(/usercopy|__check/),
    example: 'WARNING: CPU: 1 PID: 4421 at mm/usercopy.c:81 usercopy_warn+0xee/0x110',
  },
  {
    kind: 'warning',
    severity: 'warning',
    opens: inFile(String.raw`lib/kobject\.c`),
    needles: ['WARNING: '],
    title: 'WARNING: kobject bug in {function}',
    culprit: warned(/kobject_/),
    example: 'WARNING: CPU: 0 PID: 9 at lib/kobject.c:244 kobject_add_internal+0x6a1/0x8f0',
  },
  {
    kind: 'warning',
    severity: 'warning',
    opens: inFile(String.raw`fs/proc/generic\.c`, ' (?:proc_register|at)'),
    needles: ['WARNING: '],
    title: 'WARNING: proc registration bug in {function}',
    culprit: warned(/proc_/),
    example: 'WARNING: CPU: 1 PID: 4242 at fs/proc/generic.c:362 proc_register+0x2a4/0x370',
  },
  {
    kind: 'refcount',
    severity: 'warning',
    opens: inFile(String.raw`lib/refcount\.c`),
    needles: ['WARNING: '],
    title: 'WARNING: refcount bug in {function}',
    culprit: warned(/refcount|kobject_/),
    anywhere: true,
    example: 'WARNING: CPU: 1 PID: 7 at lib/refcount.c:28 refcount_warn_saturate+0x1d1/0x1e0',
  },
  {
    kind: 'lockdep',
    severity: 'warning',
    opens: inFile(String.raw`kernel/locking/lockdep\.c`, '.{0,120}lock_'),
    needles: ['WARNING: '],
    title: 'WARNING: locking bug in {function}',
    culprit: warned(/lock_sock|release_sock/),
    example: 'WARNING: CPU: 0 PID: 2211 at kernel/locking/lockdep.c:704 register_lock_class+0x12/0x90',
  },
  {
    kind: 'warning',
    severity: 'warning',
    opens: new RegExp(String.raw`^${at}(?:\S{0,200}/)?mm/\S{0,60}\.c:\d+ (?:at )?k?.?malloc`),
    needles: ['WARNING: '],
    title: 'WARNING: kmalloc bug in {function}',
    culprit: warned(/kmalloc|krealloc|slab|kmem/),
    example: 'WARNING: CPU: 0 PID: 4031 at mm/slab_common.c:1012 kmalloc_slab+0x5d/0x70',
  },
  {
    kind: 'warning',
    severity: 'warning',
    opens: inFile(String.raw`mm/vmalloc\.c`, String.raw` (?:at )?__vmalloc_node`),
    needles: ['WARNING: '],
    title: 'WARNING: zero-size vmalloc in {function}',
    culprit: warned(),
    example: 'WARNING: CPU: 1 PID: 8 at mm/vmalloc.c:2978 __vmalloc_node_range+0x769/0x970',
  },
  {
    kind: 'warning',
    severity: 'warning',
    opens: new RegExp(String.raw`^${at}\S+:\d+ (?:at )?usb_submit_urb\b`),
    needles: ['WARNING: '],
    title: 'WARNING in {function}/usb_submit_urb',
    culprit: warned(/usb_submit_urb|usb_start_wait_urb|usb_bulk_msg|usb_interrupt_msg|usb_control_msg/),
    example: 'WARNING: CPU: 1 PID: 36 at drivers/usb/core/urb.c:470 usb_submit_urb+0x10f/0x13d0',
  },
  {
    // since 6.19 (kernel/panic.c __warn()), when the address cannot be resolved: "WARNING: fs/x.c:12 at 0x0, CPU#1: comm/12"
    kind: 'warning',
    severity: 'warning',
    opens: /^WARNING: (?:\[.{1,200}\] )?(?<place>[\w./+-]+\.\w+:\d+) at 0x[0-9a-f]+, CPU#\d+/,
    needles: ['WARNING: '],
    title: 'WARNING in {function}',
    culprit: warned(),
    example: 'WARNING: fs/bfs/file.c:88 at 0x0, CPU#0: syz-executor/5913',
  },
  {
    // ≤3.10 "WARNING: at f:l fn+0x", 3.11+ "WARNING: CPU: 0 PID: 1 at f:l fn+0x", 2025 "WARNING: [cond] f:l at fn+0x, CPU#0: comm/1"
    kind: 'warning',
    severity: 'warning',
    opens: new RegExp(String.raw`^${at}(?<place>[\w./+-]+\.\w+:\d+)(?: at)? [\w.$<>]+(?:\+|\()`),
    needles: ['WARNING: '],
    title: 'WARNING in {function}',
    culprit: warned(),
    anywhere: true,
    example: 'WARNING: CPU: 0 PID: 42 at net/core/dev.c:2510 skb_warn_bad_offload+0x2b3/0x390',
  },
  {
    kind: 'warning',
    severity: 'warning',
    opens:
      /^WARNING: CPU: \d+ PID: -?\d+ at |^WARNING: at \S+:\d+|^Badness (?:in \w+ )?at (?<place>[\w./+-]+\.\w+:\d+)?|^BUG: warning at \S+/,
    needles: ['WARNING: ', 'Badness ', 'BUG: warning at '],
    title: 'WARNING in {function}',
    culprit: warned(),
    trace: 'maybe',
    example: 'Badness in local_bh_enable at kernel/softirq.c:122',
  },
  {
    // fs/sysfs/dir.c sysfs_warn_dup(): the message and the stack, no more; before 3.x the message of a WARN
    kind: 'warning',
    severity: 'warning',
    opens: /^sysfs: cannot create duplicate filename '/,
    needles: ['cannot create duplicate filename'],
    title: 'sysfs: cannot create duplicate filename in {function}',
    altTitles: ['WARNING in {function}'],
    culprit: { ways: [['trace']], skip: /sysfs_|kobject_|^device_add$|^device_register$/ },
    phase: 'preamble',
    trace: 'maybe',
    example: "sysfs: cannot create duplicate filename '/devices/virtual/net/dummy0'",
  },
  {
    // include/linux/fortify-string.h: WARN_ONCE of what a memcpy() writes beyond its field
    kind: 'fortify',
    severity: 'warning',
    opens: /^\w{3,24}: detected field-spanning write \(size \d+\) of single field /,
    needles: ['detected field-spanning write'],
    title: 'WARNING in {function}',
    altTitles: ['field-spanning write in {function}'],
    culprit: { ways: [['pc', 'trace'], ['trace']] },
    phase: 'preamble',
    trace: 'maybe',
    example:
      'memcpy: detected field-spanning write (size 64) of single field "&hdr->body" at net/fl/fl_main.c:212 (size 16)',
  },
]
