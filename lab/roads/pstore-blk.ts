// Documentation/admin-guide/pstore-blk.rst: pstore on a block device, in the best-effort way that any disk allows: nothing is
// written from a panic.

import { join } from 'node:path'
import { withoutOption } from '../guests/guest.ts'
import { makeDisk } from './disk.ts'
import { imageEvidence } from './image.ts'
import { harvestPstore, pstoreEvidence } from './pstore-files.ts'
import type { OpenRoad, Road } from './road.ts'

const SIZE = 0x100000

const shared = {
  sees: 'survived',
  group: 'pstore',
  setup: 'pstore-blk',
  survives: true,
  lacks: guest => withoutOption(guest, 'PSTORE', 'PSTORE_BLK'),
} as const satisfies Partial<Road>

function onDisk(folder: string): Pick<OpenRoad, 'qemu' | 'prepare' | 'afterCrash'> & { load: string } {
  const { qemu, find } = makeDisk(folder, 'pstore', SIZE)
  const load = `${find}
modprobe pstore_blk blkdev=$disk best_effort=1 kmsg_size=64 max_reason=2`
  // fs/pstore/zone.c writes what it could not write at once half a second later.
  return { qemu, prepare: load, afterCrash: 'sleep 2; sync', load }
}

export const pstoreBlk: Road = {
  ...shared,
  name: 'pstore-blk',
  what: 'pstore files of a disk',
  open: (_guest, folder) => {
    const { load, ...disk } = onDisk(folder)
    return { ...disk, afterReboot: `${load}; ${harvestPstore}`, evidence: pstoreEvidence }
  },
}

export const pstoreBlkImage: Road = {
  ...shared,
  name: 'pstore-blk-image',
  what: "the disk under pstore's zones",
  open: (_guest, folder) => {
    const { load: _load, ...disk } = onDisk(folder)
    return { ...disk, evidence: () => imageEvidence(join(folder, 'pstore.img')) }
  },
}
