// The closed word lists of a report. Types come from the lists, so a new word is added in one place.

/** What happened. One or more rows of detect/kinds/ open each of these. */
export const kindNames = [
  // memory access
  'null-dereference',
  'page-fault',
  'general-protection',
  'stack-segment',
  'bus-error',
  'unaligned',
  'illegal-instruction',
  'divide-error',
  'debug-trap',
  'double-fault',
  'oops',
  // assertions
  'bug-on',
  'warning',
  'rust-panic',
  'control-flow',
  // sanitizers
  'kasan',
  'kmsan',
  'kcsan',
  'ubsan',
  'kfence',
  'memory-leak',
  // corruption found by a check
  'list-corruption',
  'refcount',
  'usercopy',
  'fortify',
  'slab-corruption',
  'bad-page',
  'debug-objects',
  'stack-overflow',
  'stack-protector',
  // locking and context
  'lockdep',
  'spinlock',
  'sleeping-in-atomic',
  'scheduling-while-atomic',
  'preemptible',
  // no progress
  'soft-lockup',
  'hard-lockup',
  'rcu-stall',
  'hung-task',
  'workqueue-lockup',
  // memory exhausted
  'oom-kill',
  'page-allocation',
  // hardware
  'machine-check',
  'edac',
  'pcie-aer',
  'hardware-error',
  'spurious-interrupt',
  // subsystems
  'filesystem',
  'io-error',
  'netdev-watchdog',
  'device-reference',
  // user space
  'user-segfault',
  'user-panic',
  // the end of it
  'panic',
  'restart',
  'halt',
  'power-off',
  'sysrq',
  // looks like an exception, fits no row
  'unknown',
] as const
export type KindName = (typeof kindNames)[number]

/** How bad, for the machine. */
export const severityNames = ['panic', 'oops', 'bug', 'warning', 'stall', 'oom', 'hardware', 'user', 'notice'] as const
export type SeverityName = (typeof severityNames)[number]

export const archNames = [
  'x86_64',
  'i386',
  'arm',
  'arm64',
  'powerpc',
  'powerpc64',
  'riscv64',
  'riscv32',
  'mips',
  'mips64',
  's390x',
  'loongarch64',
  'sparc64',
  'sparc',
  'parisc',
  'alpha',
  'm68k',
  'xtensa',
  'arc',
  'openrisc',
  'sh',
  'microblaze',
] as const
export type ArchName = (typeof archNames)[number]

/** In what context a trace ran. */
export const contextNames = ['task', 'irq', 'softirq', 'nmi', 'exception'] as const
export type ContextName = (typeof contextNames)[number]

/** By what wrapping a record came, outermost layer first when several were peeled: `rfc3164+printk`. */
export const damageNames = [
  /** a line breaks off, or two lines ran into one */
  'torn',
  /** lines of another report or of user space stand between */
  'interleaved',
  /** the log ends, or was cut, before the report does */
  'missing-end',
  /** the log starts inside the report; the header is lost */
  'missing-start',
  /** a part that this kind always prints is not there (no trace, no registers) */
  'missing-part',
  /** records were lost in between, by sequence number or by the kernel's own word */
  'lost-records',
  /** longer than the bound that keeps memory finite */
  'truncated',
] as const
export type DamageName = (typeof damageNames)[number]
