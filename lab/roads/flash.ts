// drivers/mtd/mtdoops.c on a disk that block2mtd makes a flash of. What it wrote is read from the disk by the host.
//
// No driver that QEMU's boards can have here knows to write from a panic (mtd_info._panic_write): mtdoops then says so and
// gives up. An oops is written by a worker, if the machine lives on long enough.

import { withoutOption } from '../guests/guest.ts'
import { makeDisk } from './disk.ts'
import { imageEvidence } from './image.ts'
import type { Road } from './road.ts'

const SIZE = 0x100000
const ERASE_BYTES = 0x10000

export const mtdoops: Road = {
  name: 'mtdoops',
  what: 'records of mtdoops on a disk that block2mtd makes a flash of',
  sees: 'survived',
  survives: true,
  lacks: guest => withoutOption(guest, 'MTD_BLOCK2MTD'),
  open: (_guest, folder) => {
    const { image, qemu, find } = makeDisk(folder, 'mtdoops', SIZE, 0xff)
    return {
      qemu,
      prepare: `${find}
modprobe block2mtd block2mtd=$disk,${ERASE_BYTES} && modprobe mtdoops mtddev=0 record_size=${ERASE_BYTES}`,
      // The worker first, then what block2mtd left in the page cache.
      afterCrash: 'sleep 1; sync',
      evidence: () => imageEvidence(image),
    }
  },
}
