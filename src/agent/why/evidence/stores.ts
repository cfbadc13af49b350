// A store that would have had a panic: when it is there and empty, there was none.

import { say } from '../../../core/say.ts'
import type { Clue, EvidenceRow } from '../clue.ts'

const pstore = '/sys/fs/pstore'

// fs/pstore/platform.c, pstore_register(): "pstore: Registered ramoops as persistent store backend"
const registered = /pstore: Registered (?<backend>\w+) as persistent store backend/
// fs/pstore/ram_core.c: what ramoops says of memory that lost its content
const memoryLost = /(?:persistent_ram|ramoops).*(?:no valid data in buffer|found existing invalid buffer)/

export const stores: EvidenceRow = {
  name: 'stores',
  what: 'whether a store for last words was armed, and kept what it had',
  look({ system }) {
    const log = system.run('journalctl', ['-b', '-1', '-k', '-o', 'cat', '--no-pager', '-q'], 60_000)?.out ?? ''
    const now = system.run('dmesg', [])?.out ?? system.text('/var/log/dmesg') ?? ''
    const clues: Clue[] = []
    const backend = registered.exec(log)?.groups?.['backend']
    // The memory of ramoops goes with the power, so its being empty means nothing then.
    if (
      backend !== undefined &&
      backend !== 'ramoops' &&
      !system.names(pstore).some(name => name.startsWith('dmesg-'))
    ) {
      clues.push({
        says: ['power-loss', 'watchdog', 'restart', 'power-off', 'halt'],
        strength: 'fair',
        what: say`pstore (${backend}) was armed and has no dump of a panic`,
        from: pstore,
      })
    }
    if (memoryLost.test(now)) {
      clues.push({
        says: ['power-loss', 'power-off'],
        strength: 'weak',
        what: say`the memory of ramoops has lost its content`,
        from: say`the kernel's log`,
      })
    }
    return clues
  },
}
