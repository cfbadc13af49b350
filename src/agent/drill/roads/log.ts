// The kernel's own log, and those who read it on this machine.

import { writeFileSync } from 'node:fs'
import { libc } from '../../../node/libc.ts'
import { isAlive, readStatus } from '../../watch/status.ts'
import { findInKmsg } from '../kmsg-tail.ts'
import { type DrillRoad, type Outcome, soon } from '../road.ts'

const kmsgPath = '/dev/kmsg'

const unwritten: Outcome = { proof: 'failed', what: `${kmsgPath} could not be written; run as root` }

const reason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

export const kmsg: DrillRoad = {
  name: 'kmsg',
  what: `a line written to ${kmsgPath} comes back from it`,
  async prove(host) {
    if (!host.written) return unwritten
    try {
      const path = host.system.path(kmsgPath)
      const seen = await soon(host, () => findInKmsg(path, record => record.includes(host.token)))
      if (seen) return { proof: 'proved', what: `${kmsgPath} gives what was written` }
      return {
        proof: 'failed',
        what: `${kmsgPath} takes lines and does not give them: printk.devkmsg=off or ratelimit`,
      }
    } catch (error) {
      return {
        proof: 'failed',
        what: `${kmsgPath} cannot be read (${reason(error)}); run as root, or set kernel.dmesg_restrict=0`,
      }
    }
  },
}

// drivers/tty/sysrq.c, __handle_sysrq(): "sysrq: HELP : loglevel(0-9) reboot(b) …", which the kernel itself says.
const helpLine = /^[0-7],(?<sequence>\d+),[^;]*;sysrq: HELP/

export const kernelVoice: DrillRoad = {
  name: 'kernel',
  what: "sysrq's help, which the kernel itself prints, comes from /dev/kmsg as the kernel's",
  async prove({ system, sleep }) {
    const trigger = system.path('/proc/sysrq-trigger')
    if (system.facts('/proc/sysrq-trigger') === undefined) return { proof: 'absent', what: 'the kernel has no sysrq' }
    try {
      const before = newestHelp(system.path(kmsgPath))
      writeFileSync(trigger, 'h')
      await sleep(200)
      if (newestHelp(system.path(kmsgPath)) > before)
        return { proof: 'proved', what: 'the kernel’s own words are captured' }
      return { proof: 'failed', what: 'the kernel printed nothing at sysrq h; look at kernel.printk and loglevel' }
    } catch (error) {
      return { proof: 'failed', what: `${trigger} cannot be written (${reason(error)}); run as root` }
    }
  },
}

/** Facility 0 alone, which user space cannot forge. */
function newestHelp(path: string): number {
  let newest = -1
  findInKmsg(path, record => {
    const sequence = helpLine.exec(record)?.groups?.['sequence']
    if (sequence !== undefined) newest = Number(sequence)
    return false
  })
  return newest
}

/** include/linux/syslog.h */
const SYSLOG_ACTION_READ_ALL = 3
const SYSLOG_ACTION_SIZE_BUFFER = 10

export const syslogCall: DrillRoad = {
  name: 'syslog',
  what: 'the line is in what syslog(2) gives, as dmesg -S reads it',
  async prove({ token, written }) {
    const calls = libc()
    if (calls === undefined) return { proof: 'absent', what: 'the library for calls of the C library is not there' }
    if (!written) return unwritten
    try {
      const buffer = new Uint8Array(calls.klogctl(SYSLOG_ACTION_SIZE_BUFFER, null, 0))
      const length = calls.klogctl(SYSLOG_ACTION_READ_ALL, buffer, buffer.length)
      const found = Buffer.from(buffer.buffer, 0, length).includes(token)
      return found
        ? { proof: 'proved', what: 'syslog(2) gives it' }
        : { proof: 'failed', what: 'syslog(2) does not have it' }
    } catch (error) {
      return { proof: 'failed', what: `syslog(2): ${reason(error)}; run as root` }
    }
  },
}

export const journal: DrillRoad = {
  name: 'journal',
  what: 'the line is in the journal',
  async prove(host) {
    const ask = () => host.system.run('journalctl', ['-b', '-q', '--no-pager', '-n', '400', '-o', 'cat'])
    if (host.system.facts('/run/systemd/journal/socket') === undefined || ask() === undefined) {
      return { proof: 'absent', what: 'journald does not run' }
    }
    if (!host.written) return unwritten
    const found = await soon(host, () => ask()?.out.includes(host.token) === true)
    if (found) return { proof: 'proved', what: 'journald has it' }
    return { proof: 'failed', what: 'journald does not have it: ReadKMsg=no, its rate limit, or it does not run' }
  },
}

const files = ['/var/log/kern.log', '/var/log/messages', '/var/log/syslog']

/** Of a log file that is kept for weeks only the end can have it. */
const TAIL_BYTES = 256 * 1024

export const logFiles: DrillRoad = {
  name: 'log files',
  what: `the line is in ${files.join(', ')}`,
  async prove(host) {
    const there = files.filter(path => host.system.facts(path)?.kind === 'file')
    if (there.length === 0) return { proof: 'absent', what: 'there are no such files: no syslog daemon writes any' }
    if (!host.written) return unwritten
    let where: string | undefined
    await soon(host, () => {
      where = there.find(path => Buffer.from(host.system.tail(path, TAIL_BYTES) ?? []).includes(host.token))
      return where !== undefined
    })
    if (where !== undefined) return { proof: 'proved', what: `${where} has it` }
    return {
      proof: 'failed',
      what: 'none of them has it: the syslog daemon does not read the kernel’s log, or drops this level',
    }
  },
}

export const agent: DrillRoad = {
  name: 'agent',
  what: 'the agent that runs has read on since the line was written',
  async prove(host) {
    const read = (): number | undefined => recordsOf(host.runtime)
    const before = read()
    if (before === undefined)
      return { proof: 'absent', what: 'no agent runs: faultline watch, or systemctl start faultline' }
    if (!host.written) return unwritten
    writeFileSync(host.system.path(kmsgPath), `<6>faultline drill ${host.token}: for the agent\n`)
    const went = await soon(host, () => (read() ?? 0) > before, 15_000)
    if (went) return { proof: 'proved', what: 'the agent reads the kernel’s log' }
    return { proof: 'failed', what: 'the agent’s count of records did not move: faultline watch --status' }
  },
}

function recordsOf(runtime: string): number | undefined {
  try {
    const status = readStatus(runtime)
    if (status === undefined) return undefined
    return isAlive(status) ? status.sources.reduce((sum, { records }) => sum + records, 0) : undefined
  } catch {
    return undefined
  }
}
