// PowerPC's non-volatile memory: the kernel keeps its newest dump there, arch/powerpc/kernel/nvram_64.c.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageEvidence } from './image.ts'
import type { Road } from './road.ts'

const SIZE = 0x10000

export const nvram: Road = {
  name: 'nvram',
  what: 'the partition lnx,oops-log of the NVRAM, as a file of the host',
  sees: 'dumped',
  survives: true,
  newest: true,
  lacks: ({ name }) => (name === 'ppc64el' ? undefined : 'only the pseries board has it'),
  open: (_guest, folder) => {
    const image = join(folder, 'nvram.img')
    writeFileSync(image, Buffer.alloc(SIZE))
    return {
      qemu: ['-drive', `if=pflash,format=raw,file=${image}`],
      evidence: () => imageEvidence(image),
    }
  },
}
