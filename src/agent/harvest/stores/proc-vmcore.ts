// /proc/vmcore: there only while the second kernel of kdump runs, and it is the memory of the one that died.
// Documentation/admin-guide/kdump/kdump.rst.

import type { RemainsStore } from '../store.ts'
import { readDump } from './crash-dumps.ts'

const path = '/proc/vmcore'

export const procVmcore: RemainsStore = {
  name: 'proc-vmcore',
  what: `${path}: the dead kernel's memory, as its crash kernel sees it`,
  async collect(host) {
    if (host.system.facts(path) === undefined) return []
    const log = await readDump(host, path)
    return log === undefined ? [] : [{ store: 'proc-vmcore', from: path, logs: [log] }]
  },
}
