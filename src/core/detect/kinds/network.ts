// Network devices that stopped, or that nobody lets go of. net/sched/sch_generic.c, net/core/dev.c.

import type { KindRow } from '../row.ts'

/**
 * dev_watchdog()'s message: since 2.6.27 "eth0 (e1000e): transmit queue 0 timed out", before without the driver, since 6.8
 * netdev_crit()'s "e1000e 0000:00:1f.6 eth0: NETDEV WATCHDOG: CPU: 2: transmit queue 0 timed out 5120 ms".
 */
export const netdevWatchdog =
  /^(?:(?<netdev>[\w-]{1,64}) \S{1,64} \S{1,32}: )?NETDEV WATCHDOG: (?:CPU: \d+: |(?<device>[^\s:(]{1,32}) ?(?:\((?<driver>[^)]{1,64})\))?:? )(?:\S+ )?transmit (?:queue \d+ )?timed out/

export const network: readonly KindRow[] = [
  {
    // 2.6.27 to 6.7 a WARNING at sch_generic.c stands before or behind it (assertions.ts)
    kind: 'netdev-watchdog',
    severity: 'warning',
    opens: netdevWatchdog,
    needles: ['NETDEV WATCHDOG: '],
    title: [
      'NETDEV WATCHDOG: {driver} transmit timed out',
      'NETDEV WATCHDOG: {netdev} transmit timed out',
      'NETDEV WATCHDOG: {device} transmit timed out',
    ],
    phase: 'preamble',
    trace: 'maybe',
    example: 'NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out',
  },
  {
    kind: 'device-reference',
    severity: 'bug',
    opens: /^unregister_netdevice: waiting for (?<device>\S+) to become free/,
    needles: ['unregister_netdevice: '],
    title: 'unregister_netdevice: waiting for DEV to become free',
    trace: 'never',
    line: true,
    anywhere: true,
    example: 'unregister_netdevice: waiting for lo to become free. Usage count = 2',
  },
]
