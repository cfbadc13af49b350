// One machine that QEMU can be, with the kernel that runs on it.
//
// How to add a guest: a file here with one Guest, a line in index.ts. Then `npm run lab -- shell NAME` until it says
// "ready", and `npm run lab -- run panic --guest NAME`. What it cannot do belongs into `lacks`, with the reason.

import type { ArchName, KindName } from '../../src/core/model.ts'
import type { DebianArch } from '../packages.ts'
import type { RoadName } from '../roads/index.ts'

export interface Guest {
  name: string
  arch: ArchName
  /** a sentence: which machine, which kernel */
  what: string
  kernel: DebianKernel | OwnKernel
  qemu: {
    /** as in qemu-system-x86_64 */
    program: string
    /** Debian package that brings it */
    package: string
    /** machine and processor */
    args: readonly string[]
  }
  memoryMb: number
  /** one when it is not given */
  processors?: number
  /** each processor has a package of its own: without ACPI a kernel is told of no others */
  packages?: true
  /** the device the kernel's console and the lab's commands go over */
  console: string
  /** added to every kernel command line */
  commandLine?: string
  /** the network card's -device */
  network?: string
  /** memory for ramoops that survives a warm reboot: words of the command line, and the address */
  reservedMemory?: { commandLine: string; address: number }
  /** its firmware does not start the machine again: it stops at a panic, and what reboots otherwise is not run */
  staysDown?: true
  /** its kernel shows only its own functions in a trace, none of a module */
  tracesNoModules?: true
  /** what its kernel complains of by itself while it boots: true reports, which no case is judged by */
  complains?: readonly KindName[]
  /** seconds from the start of QEMU until a booting guest is given up on; a busy machine is several times slower */
  bootSeconds: number
  /** how many times as long as with a plain kernel everything takes */
  slower?: number
  /** what its kernel was built without, of the options that a road needs */
  without?: readonly KernelOption[]
  /** roads that this guest cannot offer, each with the reason */
  lacks?: Partial<Record<RoadName, string>>
  /** of a later Debian, whose kernel is another every few weeks: no part of the reduced matrix, which is to say the same every day */
  rolling?: true
  /** other guests run the reduced set of cases */
  full?: true
}

/** Without CONFIG_. */
export type KernelOption = 'PSTORE' | 'PSTORE_BLK' | 'MTD_BLOCK2MTD' | 'CRASH_CORE' | 'CRASH_DUMP' | 'ACPI_APEI' | 'EFI'

/** The sentence for a road that needs these options and does not find one. */
export function withoutOption({ without }: Guest, ...needed: readonly KernelOption[]): string | undefined {
  const missing = needed.find(option => without?.includes(option))
  return missing && `its kernel is built without CONFIG_${missing}`
}

/** A kernel of Debian's, from the package that this meta package depends on. */
export interface DebianKernel {
  from: 'debian'
  arch: DebianArch
  /** as in linux-image-amd64 */
  meta: string
  /** beginning of the wanted dependency's name; tells kernel lines apart */
  prefix: string
  /** ARCH= of the kernel's Makefile */
  makeArch: string
  /** target of the cross compiler; absent where the machine's own does */
  triple?: string
  /** the file that QEMU boots: Debian's as it is, or what is packed inside it */
  boots: 'packaged' | 'unpacked'
}

/** A kernel that the lab builds itself: lab/kernels. */
export interface OwnKernel {
  from: 'lab'
  name: string
}
