// Roads that end elsewhere: serial lines, screens, another machine.

import { type DrillRoad, drillLine, type Outcome } from '../road.ts'

/** The level of the drill's line; consoles show what is below their own. */
const LINE_LEVEL = 4

const consoleLevel = (text: string | undefined): number => Number(text?.split(/\s+/)[0] ?? 7)

// Documentation/admin-guide/serial-console.rst; /proc/consoles: "ttyS0 -W- (EC p a) 4:64", E: enabled
const enabledConsole = /^(?<name>\S+)\s+\S+\s+\(E[^)]*\)/

export const consoles: DrillRoad = {
  name: 'console',
  what: 'the line is on the consoles of /proc/consoles: serial lines, screens',
  async prove({ system, token, written }): Promise<Outcome> {
    const names = (system.text('/proc/consoles') ?? '')
      .split('\n')
      .flatMap(line => enabledConsole.exec(line)?.groups?.['name'] ?? [])
      .filter(name => !/^netcon|^pstore|^ramoops/.test(name))
    if (names.length === 0) return { proof: 'absent', what: 'no console is enabled' }
    const level = consoleLevel(system.text('/proc/sys/kernel/printk'))
    if (!written) return { proof: 'failed', what: '/dev/kmsg could not be written; run as root' }
    if (level <= LINE_LEVEL) {
      return {
        proof: 'failed',
        what: `kernel.printk = ${level}: consoles do not show lines of level ${LINE_LEVEL}, as the traces of reports are`,
      }
    }
    return { proof: 'elsewhere', what: `look on ${names.join(', ')} for “${drillLine(token)}”` }
  },
}

const targets = '/sys/kernel/config/netconsole'

export const netconsole: DrillRoad = {
  name: 'netconsole',
  what: 'the line is sent to the machine that netconsole names',
  async prove({ system, token, written }): Promise<Outcome> {
    const enabled = system
      .names(targets)
      .filter(name => /^(?:1|Y)$/.test(system.text(`${targets}/${name}/enabled`) ?? ''))
    const loaded = system.facts('/sys/module/netconsole') !== undefined
    if (enabled.length === 0 && !loaded) return { proof: 'absent', what: 'netconsole is not loaded' }
    if (!written) return { proof: 'failed', what: '/dev/kmsg could not be written; run as root' }
    const level = consoleLevel(system.text('/proc/sys/kernel/printk'))
    const extended = enabled.some(name => /^(?:1|Y)$/.test(system.text(`${targets}/${name}/extended`) ?? ''))
    if (level <= LINE_LEVEL && !extended) {
      return {
        proof: 'failed',
        what: `kernel.printk = ${level}: netconsole does not send lines of level ${LINE_LEVEL}, as the traces of reports are`,
      }
    }
    const where = enabled.map(
      name => `${system.text(`${targets}/${name}/remote_ip`)}:${system.text(`${targets}/${name}/remote_port`)}`,
    )
    const receiver = where.length > 0 ? where.join(', ') : 'the receiver'
    return {
      proof: 'elsewhere',
      what: `on ${receiver}, before the drill: faultline drill --listen :PORT --token ${token}`,
    }
  },
}
