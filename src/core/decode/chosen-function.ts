// Which of the functions of a trace is named where the first that is no machinery is not the one: the loop that stalls, what
// calls itself, what a task waits for.

/**
 * Where the work that stalls was dispatched: the frame before it names the work. System calls that do one thing each stand
 * for themselves; those that do many (ioctl, read, connect…) stand for the file or protocol behind them.
 */
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
