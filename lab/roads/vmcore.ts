// The whole memory, saved by QEMU: as it runs when the machine lives on or hangs, on the point of its reset otherwise.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { FileBytes } from '../../src/node/file-bytes.ts'
import { withoutOption } from '../guests/guest.ts'
import type { Guest } from '../guests/index.ts'
import type { Session } from '../session.ts'
import { cutDump } from './cut-dump.ts'
import { imageEvidence } from './image.ts'
import type { Road } from './road.ts'

/** Architectures for which QEMU has dump-guest-memory. */
const dumpable: readonly Guest['arch'][] = ['x86_64', 'i386', 'arm64', 'arm', 'powerpc64', 's390x']

/** Boards with QEMU's firmware configuration, by which the guest's kernel tells QEMU where its VMCOREINFO is. */
const told: readonly Guest['arch'][] = ['x86_64', 'i386', 'arm64']

function road(name: string, format: 'elf' | 'kdump-zlib', what: string): Road {
  return {
    name,
    what,
    sees: 'all',
    newest: true,
    setup: 'vmcore',
    lacks: guest =>
      // Without it there is no VMCOREINFO, which says where in memory the log is.
      dumpable.includes(guest.arch)
        ? withoutOption(guest, 'CRASH_CORE')
        : 'QEMU cannot dump the memory of this machine',
    open: ({ arch }, folder) => {
      const image = join(folder, `${name}.dump`)
      let dumped = false
      const dump = async ({ machine }: Session): Promise<void> => {
        if (dumped) return
        dumped = true
        rmSync(image, { force: true })
        await machine.command('dump-guest-memory', { paging: false, protocol: `file:${image}`, format })
      }
      return {
        ...(told.includes(arch) ? { qemu: ['-device', 'vmcoreinfo'], prepare: 'modprobe qemu_fw_cfg' } : {}),
        onReset: dump,
        onHost: dump,
        evidence: async () => {
          const evidence = await imageEvidence(image)
          if (evidence.length === 0) return evidence
          const whole = new FileBytes(image)
          await cutDump(whole, `${image}.cut`)
          whole.close()
          // As large as the guest's memory; one that nothing was found in is kept.
          rmSync(image, { force: true })
          return evidence
        },
      }
    },
  }
}

export const vmcore = road('vmcore', 'elf', 'the memory as an ELF file, dumped by QEMU')
export const vmcoreKdump = road('vmcore-kdump', 'kdump-zlib', 'the memory as a flattened kdump file, dumped by QEMU')
