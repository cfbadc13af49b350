// A way on which a kernel's words reach Faultline.
//
// How to add a road: a file here with one Road, a line in index.ts. What it needs of a guest, it says by `lacks`; what
// it sets up goes into `prepare` (shell, before the crash) and `qemu`; what it brought back is its `evidence`.

import type { RecoveredLog } from '../../src/core/formats/recovered-log.ts'
import type { Guest } from '../guests/index.ts'
import type { Session } from '../session.ts'

/** One input of `faultline decode`, as it came. */
export interface Evidence {
  name: string
  bytes: Uint8Array
  /** of what outlived the kernel: the logs of which the bytes are made */
  logs?: readonly RecoveredLog[]
}

/** Set up anew for each boot: receivers are open, files are made. */
export interface OpenRoad {
  /** more arguments of QEMU */
  qemu?: readonly string[]
  /** files of /lab in the guest */
  files?: Record<string, Uint8Array>
  /** the guest has at least so much */
  memoryMb?: number
  /** more words of the kernel's command line */
  commandLine?: readonly string[]
  /** shell that the guest runs before the crash; must end with success */
  prepare?: string
  /** what that takes on an idle machine beyond the usual seconds */
  prepareSeconds?: number
  /** shell that the guest runs behind the crash, if it lives: `send FILE` brings a file */
  afterCrash?: string
  /** shell that the guest runs when it has booted again */
  afterReboot?: string
  /** what that takes on an idle machine beyond the usual seconds */
  afterRebootSeconds?: number
  /** the second boot is one of a new QEMU: what is to be found must have outlived the machine */
  coldReboot?: true
  /** done by the host when the crash is over and the machine is still there */
  onHost?: (session: Session) => Promise<void>
  /** done by the host while the guest stands still, on the point of a reset or a power-off */
  onReset?: (session: Session) => Promise<void>
  /** done by the host when the guest has booted again, before it harvests */
  onRebooted?: (session: Session) => Promise<void>
  /** What was captured, once the guest is gone: sent files are found by their path. */
  evidence(run: FinishedBoot): Evidence[] | Promise<Evidence[]>
  close?(): void
}

export interface FinishedBoot {
  guest: Guest
  /** the console without the lab's own lines */
  console: Buffer
  /** files that the guest sent, by path */
  sent(path: string): Buffer | undefined
  /** paths of all files sent */
  paths: string[]
}

/** Of a case: what the crash leaves for a road to find. */
export type Remains =
  /** the road sees all that is printed, to the end */
  | 'all'
  /** a reader in user space: nothing more once the kernel has died */
  | 'alive'
  /** only what kmsg_dump() was called for: oopses and panics */
  | 'dumped'
  /** panics only */
  | 'panics'
  /** only oopses that the machine survives long enough for a worker to write them */
  | 'survived'
  /** an agent on the machine: what it hears while the kernel lives, and finds dumped when that has come back; orderly ends are
   * no exceptions */
  | 'bundled'

export type Group = 'pstore' | 'network' | 'kdump' | 'inside'

export interface Road {
  name: string
  /** a sentence: what is read where */
  what: string
  sees: Remains
  /** only one road of a group fits into a boot, or those that set the guest up in the same way */
  group?: Group | readonly Group[]
  /** its name for that way, its own when it is not given; the first of a boot's roads with that name sets it up */
  setup?: string
  /** the evidence is not a log but reports, as `faultline decode --json` prints them */
  answers?: true
  /** of machines that crash again and again it has the last boot only: the kernel begins anew in the same place */
  newest?: true
  /** the machine does not come back as the one it was, to crash again */
  once?: true
  /** the kernel is left before it has said whether it dies of an oops: `fatal` is not judged */
  leavesEarly?: true
  /** too costly for every case: only those are sent over it that name it in `over` */
  asked?: true
  /** the evidence is read after a reboot */
  survives?: true
  /** why this guest cannot have it; undefined when it can */
  lacks?(guest: Guest): string | undefined
  open(guest: Guest, folder: string): OpenRoad | Promise<OpenRoad>
}
