// What the kernel prints, how much of it is kept, and who else reads it.

import { say } from '../../../core/say.ts'
import { libc } from '../../../node/libc.ts'
import { advice, type Check, good, type Machine, parameter, problem, wordOf } from '../check.ts'

const KIB = 1024

/** include/linux/syslog.h */
const SYSLOG_ACTION_SIZE_BUFFER = 10

const consoleLevel: Check = {
  name: 'console log level',
  look({ system }) {
    const text = system.text('/proc/sys/kernel/printk')
    const level = Number(text?.split(/\s+/)[0])
    if (text === undefined || !Number.isFinite(level)) return undefined
    const found = `kernel.printk = ${text.replaceAll(/\s+/g, ' ')}`
    // Traces and registers are printed at the default level, 4: a console shows what is below its own.
    if (level > 4) return good(found)
    return advice(
      found,
      say`serial consoles, plain netconsole and ramoops’ console get the first line of a report, and neither registers nor trace: 5 or more.`,
      {
        sysctl: { key: 'kernel.printk', value: ['7', ...text.split(/\s+/).slice(1)].join(' ') },
      },
    )
  },
}

const bufferSize = (machine: Machine): number | undefined => {
  if (machine.system.root === '') {
    try {
      const size = libc()?.klogctl(SYSLOG_ACTION_SIZE_BUFFER, null, 0)
      if (size !== undefined) return size
    } catch {
      // Not allowed: kernel.dmesg_restrict.
    }
  }
  const shift = machine.config?.get('LOG_BUF_SHIFT')
  return shift === undefined ? undefined : 2 ** Number(shift)
}

const ring: Check = {
  name: 'size of the log',
  look(machine) {
    const size = bufferSize(machine)
    if (size === undefined) return undefined
    const found = say`the kernel keeps ${Math.round(size / KIB)} KiB of log`
    if (size >= 256 * KIB) return good(found)
    return advice(
      found,
      say`a report with all processors’ traces is larger, and a storm of messages drives it out before it is read.`,
      {
        commandLine: 'log_buf_len=1M',
      },
    )
  },
}

const times: Check = {
  name: 'time stamps',
  look(machine) {
    const time = parameter(machine, 'printk', 'time')
    if (time === undefined) return undefined
    if (time !== 'N') return good(say`lines have time stamps`)
    return problem(
      'printk.time = N',
      say`lines on consoles and in dumps have no time: what was captured before a crash and what is found after it are joined by guess.`,
      {
        commandLine: 'printk.time=1',
      },
    )
  },
}

const devkmsg: Check = {
  name: 'writers of /dev/kmsg',
  look({ system }) {
    const mode = system.text('/proc/sys/kernel/printk_devkmsg')
    if (mode === undefined) return undefined
    const found = `kernel.printk_devkmsg = ${mode}`
    if (mode !== 'on') return good(found)
    return advice(
      found,
      say`a program that writes to /dev/kmsg without end drives the kernel’s own words out of the log: ratelimit.`,
      {
        sysctl: { key: 'kernel.printk_devkmsg', value: 'ratelimit' },
      },
    )
  },
}

const always: Check = {
  name: 'dumps of orderly restarts',
  look(machine) {
    const value = parameter(machine, 'printk', 'always_kmsg_dump')
    if (value === undefined) return undefined
    if (value === 'Y') return good(say`orderly restarts are dumped too`)
    return advice(
      'printk.always_kmsg_dump = N',
      say`an orderly restart leaves no trace in pstore; where no journal outlives it, why-reboot cannot tell it from a loss of power. Not for EFI, whose flash wears out.`,
    )
  },
}

const quiet: Check = {
  name: 'rcu stalls',
  look(machine) {
    const suppressed = parameter(machine, 'rcupdate', 'rcu_cpu_stall_suppress')
    if (suppressed === undefined) return undefined
    if (suppressed === '0') return good(say`rcu stalls are reported`)
    return problem(`rcupdate.rcu_cpu_stall_suppress = ${suppressed}`, say`stalls of RCU are not reported.`, {
      commandLine: 'rcupdate.rcu_cpu_stall_suppress=0',
    })
  },
}

const addresses: Check = {
  name: 'hashed addresses',
  look(machine) {
    if (!/(?:^|\s)no_hash_pointers(?:\s|$)/.test(machine.commandLine) && wordOf(machine, 'hash_pointers') !== 'never')
      return undefined
    return advice(
      say`no_hash_pointers is set`,
      say`the log shows real addresses to whoever reads it. That is for debugging.`,
    )
  },
}

const journal: Check = {
  name: 'journal on disk',
  look({ system }) {
    if (system.facts('/run/systemd/system') === undefined && system.facts('/etc/systemd/journald.conf') === undefined)
      return undefined
    if (system.facts('/var/log/journal')?.kind === 'folder') return good(say`the journal is kept on disk`)
    return advice(
      say`the journal is in memory only`,
      say`nothing of it is left after a restart: mkdir /var/log/journal, or Storage=persistent.`,
    )
  },
}

const readers: Check = {
  name: 'readers of /proc/kmsg',
  look({ system }) {
    const found = system
      .names('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(pid => system.text(`/proc/${pid}/comm`) ?? '')
      .filter(comm => comm === 'klogd' || comm === 'rsyslogd' || comm === 'syslogd' || comm === 'metalog')
    if (!found.includes('klogd')) return undefined
    return advice(
      say`klogd runs`,
      say`it takes lines out of /proc/kmsg, of which each is given once; the agent reads /dev/kmsg, where that does not matter. Do not tell it to read /proc/kmsg.`,
    )
  },
}

export const printkChecks: readonly Check[] = [
  consoleLevel,
  ring,
  times,
  devkmsg,
  always,
  quiet,
  addresses,
  journal,
  readers,
]
