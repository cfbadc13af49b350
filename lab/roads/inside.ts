// Faultline itself, run in the guest that failed: its answer is judged, not what the host makes of the log.

import { commandFiles, lacksOwnNode, NODE_MEMORY_MB, nodeDisk, useNode } from '../inside.ts'
import type { Road } from './road.ts'

export const inside: Road = {
  name: 'inside',
  what: 'Faultline by Node in the guest, over its own dmesg',
  sees: 'alive',
  group: 'inside',
  asked: true,
  answers: true,
  lacks: lacksOwnNode,
  open: async () => ({
    qemu: (await nodeDisk()).qemu,
    files: await commandFiles(),
    memoryMb: NODE_MEMORY_MB,
    prepare: useNode(),
    // 0: something was found, 1: nothing was found; both are answers, unless there were complaints.
    afterCrash: `dmesg | faultline decode --json - >/tmp/inside.json 2>/tmp/inside.complaints
[ $? -le 1 ] && [ ! -s /tmp/inside.complaints ] && send /tmp/inside.json || { cat /tmp/inside.complaints; false; }`,
    evidence: finished => {
      const bytes = finished.sent('/tmp/inside.json')
      return bytes === undefined ? [] : [{ name: 'inside.json', bytes }]
    },
  }),
}
