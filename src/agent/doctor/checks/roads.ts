// Ways on which a dying kernel's words leave the machine: kdump, netconsole, a serial console, a hardware watchdog that
// ends a hang.

import { say } from '../../../core/say.ts'
import { advice, type Check, good, type Machine, parameter, problem } from '../check.ts'

const targets = '/sys/kernel/config/netconsole'

const kdumpArmed = ({ system }: Machine): boolean => system.text('/sys/kernel/kexec_crash_loaded') === '1'

const netconsoleArmed = (machine: Machine): boolean =>
  machine.system
    .names(targets)
    .some(name => /^(?:1|Y)$/.test(machine.system.text(`${targets}/${name}/enabled`) ?? '')) ||
  (parameter(machine, 'netconsole', 'netconsole') ?? '') !== '' ||
  machine.system.text('/proc/consoles')?.includes('netcon') === true

/** Consoles that print elsewhere than on this machine's own screen: /proc/consoles, "ttyS0 -W- (EC p a) 4:64". */
const serialConsoles = ({ system }: Machine): string[] =>
  (system.text('/proc/consoles') ?? '')
    .split('\n')
    .map(line => line.split(/\s+/)[0] ?? '')
    .filter(name => name !== '' && !/^tty\d*$|^netcon|^pstore|^ramoops/.test(name))

const pstoreArmed = (machine: Machine): boolean =>
  !['(null)', '', undefined].includes(parameter(machine, 'pstore', 'backend'))

const anyRoad: Check = {
  name: 'a road for last words',
  look(machine) {
    const roads = [
      ...(pstoreArmed(machine) ? ['pstore'] : []),
      ...(kdumpArmed(machine) ? ['kdump'] : []),
      ...(netconsoleArmed(machine) ? ['netconsole'] : []),
      ...serialConsoles(machine).map(name => `console ${name}`),
    ]
    if (roads.length > 0) return good(say`a panic leaves the machine by ${roads.join(', ')}`)
    return problem(
      say`nothing outlives a panic`,
      say`no pstore, no kdump, no netconsole, no serial console: a panic is lost whole. Any one of them does.`,
    )
  },
}

const kdump: Check = {
  name: 'kdump',
  look(machine) {
    const { system } = machine
    const armed = system.text('/sys/kernel/kexec_crash_loaded')
    if (armed === undefined) return undefined
    const reserved = Number(system.text('/sys/kernel/kexec_crash_size') ?? 0)
    if (armed === '1')
      return good(say`a crash kernel is loaded, ${Math.round(reserved / 1024 / 1024)} MiB are reserved`)
    if (reserved > 0)
      return problem(
        say`memory is reserved for a crash kernel and none is loaded`,
        say`the memory is lost and there will be no dump: start kdump (kdump.service, or kdump-config load).`,
      )
    return advice(
      say`no memory is reserved for a crash kernel`,
      say`there is no dump of memory after a panic, so what the log does not say stays unknown.`,
      { commandLine: 'crashkernel=256M' },
    )
  },
}

const netconsole: Check = {
  name: 'netconsole',
  look(machine) {
    if (netconsoleArmed(machine)) {
      const extended = machine.system
        .names(targets)
        .some(name => /^(?:1|Y)$/.test(machine.system.text(`${targets}/${name}/extended`) ?? ''))
      return extended
        ? good(say`netconsole sends, extended`)
        : advice(
            say`netconsole sends plain text`,
            say`lines have no numbers: what the network lost or mixed up is not seen. “+” before the target makes it extended.`,
          )
    }
    if (machine.config !== undefined && !machine.config.has('NETCONSOLE')) return undefined
    return advice(
      say`netconsole is not set up`,
      say`another machine could take the log as it is printed: netconsole=+@/eth0,6666@ADDRESS/MAC.`,
    )
  },
}

const serial: Check = {
  name: 'serial console',
  look(machine) {
    if (machine.system.text('/proc/consoles') === undefined) return undefined
    const found = serialConsoles(machine)
    return found.length > 0
      ? good(say`console on ${found.join(', ')}`)
      : advice(
          say`no serial console`,
          say`a machine that dies early, or without a network, can be heard by nothing else.`,
          {
            commandLine: 'console=ttyS0,115200 console=tty0',
          },
        )
  },
}

const watchdog: Check = {
  name: 'hardware watchdog',
  look({ system }) {
    const names = system.names('/sys/class/watchdog')
    if (names.length === 0)
      return advice(
        say`no hardware watchdog`,
        say`a machine that hangs without a panic stays so. softdog is better than nothing.`,
      )
    const active = names.filter(name => system.text(`/sys/class/watchdog/${name}/state`) === 'active')
    if (active.length > 0) return good(say`${active.join(', ')} is fed`)
    return advice(
      say`${names.join(', ')} is not used`,
      say`a machine that hangs without a panic stays so: RuntimeWatchdogSec=60 in /etc/systemd/system.conf has systemd feed it.`,
    )
  },
}

export const roadChecks: readonly Check[] = [anyRoad, kdump, netconsole, serial, watchdog]
