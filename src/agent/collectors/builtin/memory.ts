// Memory: how much, of what, where.

import type { Collector } from '../collector.ts'

export const meminfo: Collector = {
  name: 'meminfo',
  doc: 'memory, zones, free lists, swaps, pressure',
  run: {
    files: [
      '/proc/meminfo',
      '/proc/buddyinfo',
      '/proc/zoneinfo',
      '/proc/pagetypeinfo',
      '/proc/swaps',
      '/proc/pressure/*',
      '/sys/kernel/mm/transparent_hugepage/enabled',
    ],
  },
}

export const slabinfo: Collector = {
  name: 'slabinfo',
  doc: 'the kernel’s object caches',
  run: { files: ['/proc/slabinfo'] },
}

export const vmstat: Collector = {
  name: 'vmstat',
  doc: 'counters of memory, processors, disks and load',
  run: { files: ['/proc/vmstat', '/proc/stat', '/proc/loadavg', '/proc/diskstats', '/proc/schedstat'] },
}
