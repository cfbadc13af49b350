import type { KindRow } from '../row.ts'
import { assertions } from './assertions.ts'
import { blockDevices } from './block-devices.ts'
import { corruption } from './corruption.ts'
import { dieLines } from './die.ts'
import { faultsArm } from './faults-arm.ts'
import { faultsMips } from './faults-mips.ts'
import { faultsOther } from './faults-other.ts'
import { faultsPowerpc } from './faults-powerpc.ts'
import { faultsS390 } from './faults-s390.ts'
import { faultsX86 } from './faults-x86.ts'
import { filesystems } from './filesystems.ts'
import { hardware } from './hardware.ts'
import { lifecycle } from './lifecycle.ts'
import { locking } from './locking.ts'
import { memoryKinds } from './memory.ts'
import { network } from './network.ts'
import { pageFaults } from './page-faults.ts'
import { panics } from './panic.ts'
import { sanitizers } from './sanitizers.ts'
import { stackOverflows } from './stack-overflows.ts'
import { stalls } from './stalls.ts'
import { unknown } from './unknown.ts'
import { user } from './user.ts'

/** All wordings; the first that matches a line names its kind, so the special stands above the general. */
export const kindRows: readonly KindRow[] = [
  ...sanitizers,
  ...locking,
  ...stalls,
  ...corruption,
  ...assertions,
  ...pageFaults,
  ...faultsX86,
  ...stackOverflows,
  ...faultsArm,
  ...faultsPowerpc,
  ...faultsMips,
  ...faultsS390,
  ...faultsOther,
  ...dieLines,
  ...panics,
  ...memoryKinds,
  ...hardware,
  ...filesystems,
  ...blockDevices,
  ...network,
  ...user,
  ...lifecycle,
  ...unknown,
]
