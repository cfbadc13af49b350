// Functions that stand on top of a stack because of how the kernel notices and prints a failure, or because they are
// general service routines that the failing code called. They are passed over when the function to blame is named, as
// syzbot does, so that one bug has one title. Grouped by why they are passed over.

const groups: Record<string, readonly string[]> = {
  'the report itself': [
    '__sanitizer',
    '__asan',
    'kasan',
    'hwasan',
    '__msan',
    'kmsan',
    'kcsan_setup_watchpoint',
    'check_memory_region',
    'check_heap_object',
    'check_object',
    'read_word_at_a_time',
    '(?:read|write)_once_.{0,64}nocheck',
    'print_address_description',
    'print_report',
    'print_usage_bug',
    'print_unlock',
    'print_tainted',
    '^get_taint$',
    'imbalance_bug',
    'panic',
    'invalid_op',
    'report_bug',
    'fixup_bug',
    'do_error',
    '_trap$|do_trap',
    'show_stack',
    'unwind_backtrace',
    '^BUG$',
    'dump_stack',
    'walk_stack',
    'dump_backtrace',
    'stack_trace_consume_entry',
    'arch_stack_walk',
    'stack_trace_save',
    'warn_slowpath',
    'warn_alloc',
    'warn_bogus',
    '__warn',
    '__fortify_report',
    'assertfail',
    'debug_object',
    'timer_is_static_object',
    'work_is_static_object',
    'perf_trace',
    'printk',
    'va_format',
    'dev_(?:info|notice|warn|err|alert|crit|emerg)',
    'hex_dump_to_buffer',
    'print_hex_dump',
    'program_check_exception',
    'program_check_common',
    '_indirect_thunk_',
  ],
  'exception entry': ['do_(?:kernel|translation)_fault', 'do_mem_abort', 'el1_abort', 'el1h_64_sync(?:_handler)?'],
  'lockdep and locks': [
    'lockdep',
    'lock_acquire',
    'lock_release',
    'lock_class',
    'mark_lock',
    '(?:reacquire|mark)_held_locks',
    '(?:trace|lockdep)_(?:hard|soft)irq',
    'raw_spin_rq',
    'spin_lock',
    'spin_trylock',
    'spin_unlock',
    'read_lock',
    'read_trylock',
    'write_lock',
    'write_trylock',
    'read_unlock',
    'write_unlock',
    '^down$',
    'down_read',
    'down_write',
    'down_trylock',
    'up_read',
    'up_write',
    '^mutex_',
    '^__mutex_',
    '^rt_mutex_',
    'owner_on_cpu',
    'osq_lock',
    'osq_unlock',
    'seqprop_assert',
    'bh_enable',
    'bh_disable',
    '^(?:un)?lock_page',
  ],
  'atomics, references, lists, trees': [
    'atomic(?:64)?_(?:dec|inc|read|set|or|xor|and|add|sub|fetch|xchg|cmpxchg|try)',
    '(?:set|clear|change|test)_bit',
    '^refcount_',
    '^kref_',
    'ref_tracker',
    'list_add',
    'list_del',
    'list_replace',
    'list_move',
    'list_splice',
    '^klist_',
    '^rb_',
    '^__rb_',
    'xas_(?:start|load|find)',
    'rhashtable_lookup',
    'ida_free',
  ],
  'copying, strings, numbers': [
    'memcpy',
    'memcmp',
    'memset',
    'memchr',
    'memmove',
    'memdup',
    'strcmp',
    'strncmp',
    'strcpy',
    'strlcpy',
    'strncpy',
    'strscpy',
    'strlen',
    'strstr',
    'strnstr',
    'strnlen',
    'strchr',
    'strdup',
    'strndup',
    'string',
    'pointer',
    'snprintf',
    'scnprintf',
    'kasprintf',
    'kvasprintf',
    '^crc\\d+',
    'crc_itu_t',
    'copy_to_user',
    'copy_from_user',
    'copy_to_iter',
    'copy_from_iter',
    'copy_page_to_iter',
    'copy_page_from_iter',
    'copy_folio_to_iter',
    '^copyin$',
    '^copyout$',
    'put_user',
    'get_user',
    'extract_(?:user|iter)_to_sg',
  ],
  'memory-mapped input and output': ['(?:read|write)[bwlq]$', 'logic_in', 'logic_out'],
  'might sleep, might fault': ['__might_fault', 'might_fault', 'might_sleep', '__might_resched'],
  allocation: [
    'alloc_page',
    'k?v?(?:m|z|c)alloc',
    'krealloc',
    'kmem_cache',
    'allocate_slab',
    '__alloc_frozen_pages_noprof',
    'folio_(?:alloc|unlock)',
    'filemap_alloc_folio',
    '__filemap_get_folio',
    'find_or_create_page',
    'do_read_cache_folio',
    'read_cache_page',
    'pagecache_get_page',
    'grab_cache_page_write_begin',
    'slab_',
    '^kv?free$',
    'kfree_skb',
    '__phys_addr',
    'find_lock_entries',
    'truncate_inode_pages_range',
  ],
  'work, timers, waiting': [
    'del_timer',
    '__timer_delete_sync',
    'lock_timer_base',
    'sk_stop_timer_sync',
    '__mod_timer',
    'flush_work',
    '__cancel_work_timer',
    'cancel_work_sync',
    'try_to_grab_pending',
    'flush_workqueue',
    'drain_workqueue',
    'destroy_workqueue',
    'queue_work',
    'insert_work',
    '__queue_delayed_work',
    'queue_delayed_work_on',
    '__wake_up',
    'finish_wait',
    '^complete$',
    'wait_for_completion',
    'kthread_stop',
    'cleanup_srcu_struct',
  ],
  'device model and its callers': [
    'kobject_',
    'add_uevent_var',
    'get_device_parent',
    'device_add',
    'device_del',
    'device_unregister',
    'device_destroy',
    'device_release',
    'devres_release_all',
    'hwrng_unregister',
    'i2c_del_adapter',
    '__unregister_client',
    'device_for_each_child',
    'rollback_registered',
    'unregister_netdev',
    'sysfs_remove',
    'device_remove_file',
    'tty_unregister_device',
    'dummy_urb_enqueue',
    'usb_kill_urb',
    'usb_kill_anchored_urbs',
    'usb_control_msg',
    'usb_hcd_submit_urb',
    'usb_submit_urb',
    '^put_device$',
  ],
  'inodes and dentries given back': [
    '^iput$',
    '^iput_final$',
    '^ihold$',
    'drop_nlink',
    'fast_dput',
    'dput',
    'mark_buffer_dirty',
  ],
}

const machinery = new RegExp(Object.values(groups).flat().join('|'))

/** Names that were asked for; a kernel's reports lead through the same few thousand functions. */
const asked = new Map<string, boolean>()
const MAX_ASKED = 8192

export function isMachinery(symbol: string): boolean {
  let known = asked.get(symbol)
  if (known === undefined) {
    known = machinery.test(symbol)
    if (asked.size >= MAX_ASKED) asked.clear()
    asked.set(symbol, known)
  }
  return known
}

/** A trace of injected faults (CONFIG_FAULT_INJECTION) ran into the report. lib/fault-inject.c */
export const isFaultInjection = (symbol: string): boolean =>
  symbol.startsWith('should_fail') && /^should_fail(?:slab)?(?:\.|$)/.test(symbol)

// Where the work that stalls was dispatched: the frame before it names the work. System calls that do one thing each stand
// for themselves; those that do many (ioctl, read, connect…) stand for the file or protocol behind them.
const dispatchers = new RegExp(
  [
    'process_one_work',
    'do_syscall_',
    'do_fast_syscall_',
    'sysenter_dispatch',
    'tracesys_phase2',
    'el0_svc_handler',
    'invoke_syscall',
    'ret_fast_syscall',
    'netif_receive_skb',
    'do_softirq',
    'call_timer_fn',
    '_run_timers',
    'run_timer_softirq',
    'hrtimer_run',
    'run_ksoftirqd',
    'smpboot_thread_fn',
    '^kthread$',
    'start_secondary',
    'cpu_startup_entry',
    'ret_from_fork',
    'tasklet_action',
    'tasklet_hi_action',
    'smp_call_function',
    'vfs_write',
    'vfs_read',
    'vfs_iter_read',
    'vfs_iter_write',
    'do_iter_read',
    'do_iter_write',
    'call_read_iter',
    'call_write_iter',
    'new_sync_read',
    'new_sync_write',
    'vfs_ioctl',
    'ksys_ioctl',
    'compat_ioctl',
    'compat_sys_ioctl',
    'blkdev_driver_ioctl',
    'blkdev_ioctl',
    '^call_mmap',
    'mmap_region',
    'do_mmap',
    'do_dentry_open',
    'vfs_open',
    '^sock_sendmsg',
    '^sock_recvmsg',
    '^sock_release',
    '^__sock_release',
    '^setsockopt$',
    'kernel_setsockopt',
    'sock_common_setsockopt',
    '^listen$',
    'kernel_listen',
    'sk_common_release',
    '^sock_mmap',
    '^accept$',
    'kernel_accept',
    '^sock_do_ioctl',
    '^sock_ioctl',
    '^compat_sock_ioctl',
    '^nfnetlink_rcv_msg',
    '^rtnetlink_rcv_msg',
    '^netlink_dump',
    '^(?:sys_)?(?:socketpair|connect|ioctl)',
    '__do_fault',
    'do_page_fault',
    '^page_fault$',
    '__fput',
    'task_work_run',
    'exit_to_usermode',
    '^do_one_initcall$',
  ].join('|'),
)

/** fs/debugfs/file.c: stands between every file of debugfs and its operation. */
const proxies = /^(?:full|open)_proxy_/

/** kernel/watchdog.c: where the lockup was noticed, in the timer's interrupt; its stack goes on in what was interrupted. */
const noticing = /^watchdog_timer_fn$/
/** Where interrupts come in, as far as they print as functions. */
const interruptEntries =
  /^(?:(?:rollover_)?handle_int|__irq_svc|el1_irq|el1h_64_irq|(?:asm_)?(?:sysvec_)?apic_timer_interrupt|hardware_interrupt_common\w*|decrementer_common\w*|ext_int_handler|ret_from_exception|handle_exception)$/

/** For stalls: the function whose loop it is, index among the candidates. */
export function stallingFunction(functions: readonly string[]): { name: string; index: number } | undefined {
  const noticed = functions.findIndex(name => noticing.test(name))
  const interrupted = functions.findIndex((name, index) => index > noticed && interruptEntries.test(name))
  let previous = 0
  for (const [index, name] of functions.entries()) {
    if (noticed >= 0 && index >= noticed && (interrupted < 0 || index <= interrupted)) continue
    if (dispatchers.test(name)) {
      // its many variants (…_single, …_many) are one wait for another CPU
      if (name.includes('smp_call_function')) return { name: 'smp_call_function', index }
      return { name: functions[previous]!, index: previous }
    }
    if (!proxies.test(name)) previous = index
  }
  // no known loop: at least the program counter is what was interrupted
  return noticed > 0 ? { name: functions[0]!, index: 0 } : undefined
}

/** For overflows: the function that calls itself, else as for a stall. */
export function recurringFunction(functions: readonly string[]): { name: string; index: number } | undefined {
  const name = functions[0]
  if (name !== undefined && functions[1] === name && functions[2] === name) return { name, index: 0 }
  return stallingFunction(functions)
}

const waiting =
  /sched|_lock|_slowlock|down|rwsem|completion|kthread|wait|synchronize|context_switch|__switch_to|cancel_delayed_work|rcu_barrier/

/** What every task's stack begins with. arch/x86/entry/entry_64.S, arch/arm64/kernel/entry.S and their likes. */
const threadRoot = /^ret_from_(?:fork|kernel_thread|kernel_user_thread)/

/** For hung tasks: what the task waits for; all waits for an RCU grace period are one, and all for the RTNL. */
export function awaitedFunction(functions: readonly string[]): { name: string; index: number } | undefined {
  for (const [index, name] of functions.entries()) {
    if (name.includes('rtnl_lock')) return { name, index }
    if (/synchronize_(?:rcu|srcu|net|sched)/.test(name)) return { name: 'synchronize_rcu', index }
  }
  const index = functions.findIndex(name => !waiting.test(name))
  // A thread may be named so that all of it reads like waiting: the outermost of these is its own.
  if (index > 0 && threadRoot.test(functions[index]!)) {
    const own = functions.slice(0, index).findLastIndex(name => name !== 'kthread')
    if (own >= 0) return { name: functions[own]!, index: own }
  }
  return index < 0 ? undefined : { name: functions[index]!, index }
}

/** Architectures prefix their system calls differently; the shortest remainder is the name. */
export const syscallPrefixes: readonly string[] = [
  'SYSC_',
  'SyS_',
  'sys_',
  '__x64_',
  '__ia32_',
  '__arm64_',
  '____sys_',
  '___sys_',
  '__sys_',
  '__se_',
  '__se_sys_',
  '__do_sys_',
  'compat_SYSC_',
  'compat_SyS_',
  'ksys_',
]

export function canonicalName(name: string): string {
  let shortest = name
  for (const prefix of syscallPrefixes) {
    if (name.startsWith(prefix) && name.length - prefix.length < shortest.length) shortest = name.slice(prefix.length)
  }
  return shortest
}
