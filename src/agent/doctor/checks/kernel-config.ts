// What the kernel was built with; cannot be changed but by another kernel.

import { say } from '../../../core/say.ts'
import { advice, type Check, good, problem } from '../check.ts'

interface Row {
  /** without CONFIG_; one of several does */
  options: readonly string[]
  level: 'advice' | 'problem'
  /** what is lost without it */
  means: string
}

const rows: readonly Row[] = [
  { options: ['PRINTK'], level: 'problem', means: say`the kernel says nothing at all.` },
  { options: ['BUG'], level: 'problem', means: say`BUG() and WARN() are left out.` },
  { options: ['DEBUG_BUGVERBOSE'], level: 'problem', means: say`BUG and WARNING lines have no file and line.` },
  {
    options: ['KALLSYMS'],
    level: 'problem',
    means: say`reports have bare addresses; without the vmlinux of this very build they stay so.`,
  },
  { options: ['KALLSYMS_ALL'], level: 'advice', means: say`addresses of data in reports have no names.` },
  { options: ['STACKTRACE'], level: 'problem', means: say`many reports come without a stack trace.` },
  {
    options: [
      'UNWINDER_ORC',
      'FRAME_POINTER',
      'ARM_UNWIND',
      'UNWINDER_FRAME_POINTER',
      'ARM64',
      'PPC',
      'S390',
      'RISCV',
      'MIPS',
    ],
    level: 'advice',
    means: say`stack traces are guesses: every word on the stack that looks like code.`,
  },
  { options: ['DETECT_HUNG_TASK'], level: 'problem', means: say`tasks that hang for ever are not reported.` },
  { options: ['SOFTLOCKUP_DETECTOR', 'LOCKUP_DETECTOR'], level: 'problem', means: say`soft lockups are not reported.` },
  {
    options: ['HARDLOCKUP_DETECTOR'],
    level: 'advice',
    means: say`a processor that spins with interrupts off is not noticed.`,
  },
  { options: ['MAGIC_SYSRQ'], level: 'advice', means: say`a hanging kernel cannot be asked what it does.` },
  {
    options: ['PSTORE'],
    level: 'problem',
    means: say`no store for the last words of a kernel: neither ramoops nor EFI, ERST or flash.`,
  },
  { options: ['PSTORE_RAM'], level: 'advice', means: say`no ramoops: memory that keeps the log over a warm restart.` },
  {
    options: ['PSTORE_CONSOLE'],
    level: 'advice',
    means: say`pstore keeps dumps of oopses and panics, not the console: nothing of a reset without a panic.`,
  },
  {
    options: ['NETCONSOLE'],
    level: 'advice',
    means: say`no netconsole: the log cannot be sent to another machine as it is printed.`,
  },
  {
    options: ['CRASH_DUMP', 'CRASH_CORE', 'VMCORE_INFO'],
    level: 'advice',
    means: say`no kdump, and a memory dump does not say where its log is.`,
  },
  {
    options: ['PRINTK_CALLER'],
    level: 'advice',
    means: say`lines do not say which task or processor printed them: two reports at once are told apart by guess.`,
  },
  {
    options: ['DEBUG_INFO_BTF'],
    level: 'advice',
    means: say`the kernel brings no types: members of structs are not named.`,
  },
  {
    options: ['IKCONFIG_PROC', 'IKCONFIG'],
    level: 'advice',
    means: say`the kernel does not carry its own configuration; a bundle has it only where /boot does.`,
  },
  {
    options: ['VMAP_STACK'],
    level: 'advice',
    means: say`a stack that overflows runs into other memory instead of being reported.`,
  },
]

export const kernelConfigChecks: readonly Check[] = rows.map(({ options, level, means }) => ({
  name: `CONFIG_${options[0]}`,
  look({ config }) {
    if (config === undefined) return undefined
    const set = options.find(option => config.has(option))
    if (set !== undefined) return good(`CONFIG_${set}=${config.get(set)}`)
    return (level === 'problem' ? problem : advice)(
      say`CONFIG_${options[0]} is not set`,
      say`${means} It takes another kernel.`,
    )
  },
}))
