// Documentation/admin-guide/kdump: a second kernel, kept ready in memory of its own, starts when the first one panics and
// finds the first one's memory in /proc/vmcore. Here it copies it to a disk.

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepareGuest } from '../boot.ts'
import { withoutOption } from '../guests/guest.ts'
import type { Guest } from '../guests/index.ts'
import { caseInitramfs } from '../initramfs.ts'
import { kernelOf } from '../kernel.ts'
import { hostProgram } from '../programs.ts'
import { makeDisk } from './disk.ts'
import { imageEvidence } from './image.ts'
import type { Road } from './road.ts'

const MEMORY_MB = 384
const CRASH_KERNEL_MB = 160

/** The program that loads the second kernel. */
const kexecLoad = (): Promise<Buffer> => hostProgram(join(import.meta.dirname, 'kexec-load.c'))

/** As Debian packs it: kexec takes no unpacked vmlinux. */
async function packagedKernel(guest: Guest): Promise<Buffer> {
  const { kernel } = guest
  const packaged = kernel.from === 'debian' ? { ...guest, kernel: { ...kernel, boots: 'packaged' as const } } : guest
  return readFileSync((await kernelOf(packaged)).image)
}

export const kdump: Road = {
  name: 'kdump',
  what: "/proc/vmcore, copied by a second kernel that takes over from the first one's panic",
  sees: 'panics',
  // A kernel that is left for another writes no more dumps of its log.
  group: 'pstore',
  survives: true,
  once: true,
  // oops_end() leaves for the second kernel before it says that the exception is fatal.
  leavesEarly: true,
  lacks: guest =>
    withoutOption(guest, 'CRASH_DUMP') ??
    (guest.arch === 'x86_64' ? undefined : "Debian's kernel for it has no kexec_file_load (CONFIG_KEXEC_FILE)"),
  open: async (guest, folder) => {
    const memoryMb = Math.max(MEMORY_MB, guest.memoryMb)
    const { image, qemu, find } = makeDisk(folder, 'vmcore', (memoryMb + 16) * 1024 * 1024)
    const { initramfs } = await prepareGuest(guest)
    const copy = `${find}\ndd if=/proc/vmcore of=$disk bs=1M 2>/dev/null && sync\n`
    const words = `console=${guest.console} loglevel=8 printk.devkmsg=on nr_cpus=1 reset_devices ${guest.commandLine ?? ''}`
    return {
      qemu,
      memoryMb,
      // Shadow memory and what is instrumented need more.
      commandLine: [`crashkernel=${memoryMb > MEMORY_MB ? 2 * CRASH_KERNEL_MB : CRASH_KERNEL_MB}M`],
      files: {
        'kexec-load': await kexecLoad(),
        'kdump-kernel': await packagedKernel(guest),
        'kdump-initrd': Buffer.concat([initramfs, caseInitramfs({ harvest: copy })]),
      },
      prepare: `/lab/kexec-load /lab/kdump-kernel /lab/kdump-initrd '${words}'`,
      // The second kernel has a harvest phase of its own.
      afterReboot: ':',
      evidence: async () => {
        const evidence = await imageEvidence(image)
        rmSync(image, { force: true })
        return evidence
      },
    }
  },
}
