import type { KindRow } from '../row.ts'
import { assertions } from './assertions.ts'
import { corruption } from './corruption.ts'
import { hardware } from './hardware.ts'
import { lifecycle } from './lifecycle.ts'
import { locking } from './locking.ts'
import { memoryKinds } from './memory.ts'
import { memoryAccess } from './memory-access.ts'
import { panics } from './panic.ts'
import { sanitizers } from './sanitizers.ts'
import { stalls } from './stalls.ts'
import { storageAndNet } from './storage-net.ts'
import { unknown } from './unknown.ts'
import { user } from './user.ts'

/** All wordings; the first that matches a line names its kind, so the special stands above the general. */
export const kindRows: readonly KindRow[] = [
  ...sanitizers,
  ...locking,
  ...stalls,
  ...corruption,
  ...assertions,
  ...memoryAccess,
  ...panics,
  ...memoryKinds,
  ...hardware,
  ...storageAndNet,
  ...user,
  ...lifecycle,
  ...unknown,
]
