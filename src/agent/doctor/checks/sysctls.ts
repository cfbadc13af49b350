// One number below /proc/sys each: Documentation/admin-guide/sysctl/kernel.rst and vm.rst.

import { say } from '../../../core/say.ts'
import { advice, type Check, type Finding, good, problem } from '../check.ts'

interface Row {
  key: string
  /** what is said of its value; undefined: it is as it should be */
  judge(value: number): { level: 'advice' | 'problem'; means: string; better?: string } | undefined
}

const when =
  (wrong: (value: number) => boolean, level: 'advice' | 'problem', means: string, better?: string): Row['judge'] =>
  value =>
    wrong(value) ? { level, means, ...(better === undefined ? {} : { better }) } : undefined

const isZero = (value: number): boolean => value === 0

const rows: readonly Row[] = [
  {
    key: 'kernel.panic',
    judge: when(
      isZero,
      'advice',
      say`after a panic the machine stays as it is until someone resets it, and what it left is read only then. 10 restarts it after ten seconds.`,
      '10',
    ),
  },
  {
    key: 'kernel.panic_on_oops',
    judge: when(
      isZero,
      'advice',
      say`after an oops the kernel goes on with what the dead task held: locks, half-done work. With 1 it panics, which kdump and all stores capture, and restarts where kernel.panic says so.`,
    ),
  },
  {
    key: 'kernel.panic_on_warn',
    judge: when(value => value > 0, 'advice', say`each WARN() takes the machine down. That is for tests; elsewhere 0.`),
  },
  {
    key: 'kernel.oops_limit',
    judge: when(
      isZero,
      'advice',
      say`a kernel may oops without end, and each one can leak references until they overflow. The default is 10000.`,
    ),
  },
  {
    key: 'kernel.warn_limit',
    judge: when(value => value > 0 && value < 100, 'advice', say`so many warnings take the machine down.`),
  },
  {
    key: 'kernel.hung_task_timeout_secs',
    judge: when(isZero, 'problem', say`tasks that hang for ever are not reported.`, '120'),
  },
  {
    key: 'kernel.hung_task_warnings',
    judge: value =>
      value === 0
        ? {
            level: 'problem',
            means: say`the kernel has said all it says of hung tasks, and is silent now. -1 never ends.`,
            better: '-1',
          }
        : value > 0
          ? {
              level: 'advice',
              means: say`after so many reports of hung tasks the kernel is silent until it boots again. -1 never ends.`,
              better: '-1',
            }
          : undefined,
  },
  {
    key: 'kernel.watchdog',
    judge: when(isZero, 'problem', say`soft and hard lockups are not noticed.`, '1'),
  },
  {
    key: 'kernel.soft_watchdog',
    judge: when(isZero, 'problem', say`soft lockups are not noticed.`, '1'),
  },
  {
    key: 'kernel.nmi_watchdog',
    judge: when(
      isZero,
      'advice',
      say`a processor that spins with interrupts off is not noticed, and says nothing when a hardware watchdog resets the machine. Virtual machines often have no counter for it.`,
    ),
  },
  {
    key: 'kernel.watchdog_thresh',
    judge: value =>
      value === 0
        ? { level: 'problem', means: say`soft and hard lockups are not noticed.`, better: '10' }
        : value > 60
          ? {
              level: 'advice',
              means: say`a lockup is noticed after twice so many seconds; a hardware watchdog is likely faster.`,
            }
          : undefined,
  },
  {
    key: 'kernel.softlockup_all_cpu_backtrace',
    judge: when(
      isZero,
      'advice',
      say`of a soft lockup only the stuck processor’s trace is printed, not who holds what it waits for.`,
      '1',
    ),
  },
  {
    key: 'kernel.hardlockup_all_cpu_backtrace',
    judge: when(isZero, 'advice', say`of a hard lockup only the stuck processor’s trace is printed.`, '1'),
  },
  {
    key: 'kernel.oops_all_cpu_backtrace',
    judge: () => undefined,
  },
  {
    key: 'kernel.dmesg_restrict',
    judge: when(
      isZero,
      'advice',
      say`every user can read the kernel’s log, with addresses and what others’ programs did. The agent does not need that.`,
      '1',
    ),
  },
  {
    key: 'kernel.kptr_restrict',
    judge: when(
      value => value >= 2,
      'problem',
      say`/proc/kallsyms has zeros for everyone: symbols of this boot cannot be saved, and addresses in its reports stay numbers. 1 shows them to root alone.`,
      '1',
    ),
  },
  {
    key: 'kernel.sysrq',
    judge: when(
      isZero,
      'advice',
      say`at the console no key asks a hanging kernel what it does. 438 allows what shows and saves, and no more.`,
    ),
  },
  {
    key: 'kernel.ftrace_dump_on_oops',
    judge: () => undefined,
  },
  {
    key: 'kernel.print-fatal-signals',
    judge: () => undefined,
  },
  {
    key: 'debug.exception-trace',
    judge: when(isZero, 'advice', say`programs that die of a fault leave no line in the kernel’s log.`, '1'),
  },
  {
    key: 'vm.oom_dump_tasks',
    judge: when(
      isZero,
      'problem',
      say`a report of an out-of-memory kill has no table of tasks: it names the victim, not who took the memory.`,
      '1',
    ),
  },
  {
    key: 'vm.panic_on_oom',
    judge: when(value => value > 0, 'advice', say`running out of memory takes the machine down.`),
  },
]

export const sysctlPath = (key: string): string => `/proc/sys/${key.replaceAll('.', '/')}`

function checkOf({ key, judge }: Row): Check {
  return {
    name: key,
    look({ system }): Finding | undefined {
      const text = system.text(sysctlPath(key))
      const value = Number(text)
      if (text === undefined || text === '' || !Number.isFinite(value)) return undefined
      const found = `${key} = ${text}`
      const judged = judge(value)
      if (judged === undefined) return good(found)
      const { level, means, better } = judged
      const tell = level === 'problem' ? problem : advice
      return tell(found, means, better === undefined ? undefined : { sysctl: { key, value: better } })
    },
  }
}

export const sysctlChecks: readonly Check[] = rows.map(checkOf)
