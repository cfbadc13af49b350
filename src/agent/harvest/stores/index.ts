import type { RemainsStore } from '../store.ts'
import { crashDumps } from './crash-dumps.ts'
import { mtdoops } from './mtdoops.ts'
import { procVmcore } from './proc-vmcore.ts'
import { pstore } from './pstore.ts'
import { pstoreBlk } from './pstore-blk.ts'
import { pstoreJournal } from './pstore-journal.ts'
import { ramoopsRegion } from './ramoops-region.ts'
import { systemdPstore } from './systemd-pstore.ts'
import { logWindow } from './window.ts'

/** In the order in which they are read: what is soonest lost first. */
export const remainsStores: readonly RemainsStore[] = [
  procVmcore,
  ramoopsRegion,
  mtdoops,
  logWindow,
  pstore,
  pstoreBlk,
  systemdPstore,
  pstoreJournal,
  crashDumps,
]
