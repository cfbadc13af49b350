// drivers/firmware/efi/efi-pstore.c: variables of the firmware, each with a piece of a kilobyte, in its flash chip.

import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { withoutOption } from '../guests/guest.ts'
import type { Guest } from '../guests/index.ts'
import { fetchPackage } from '../packages.ts'
import { harvestPstore, pstoreEvidence } from './pstore-files.ts'
import type { Road } from './road.ts'

interface Firmware {
  package: string
  /** of the package: what runs, and the variables as they are when nothing is set */
  code: string
  variables: string
}

const firmwares: Partial<Record<Guest['arch'], Firmware>> = {
  x86_64: { package: 'ovmf', code: 'usr/share/OVMF/OVMF_CODE_4M.fd', variables: 'usr/share/OVMF/OVMF_VARS_4M.fd' },
  arm64: {
    package: 'qemu-efi-aarch64',
    code: 'usr/share/AAVMF/AAVMF_CODE.fd',
    variables: 'usr/share/AAVMF/AAVMF_VARS.fd',
  },
}

export const efi: Road = {
  name: 'efi',
  what: 'pstore files of EFI variables, read by a new QEMU',
  sees: 'dumped',
  group: 'pstore',
  survives: true,
  lacks: guest => {
    if (firmwares[guest.arch] === undefined) return 'Debian has no EFI firmware for this board'
    if (guest.kernel.from === 'debian' && guest.kernel.boots === 'unpacked') return 'its kernel starts without firmware'
    return withoutOption(guest, 'EFI')
  },
  open: async (guest, folder) => {
    const firmware = firmwares[guest.arch]!
    const { folder: from } = await fetchPackage('amd64', firmware.package)
    const variables = join(folder, 'efi-variables.img')
    copyFileSync(join(from, firmware.variables), variables)
    return {
      qemu: [
        '-drive',
        `if=pflash,unit=0,format=raw,readonly=on,file=${join(from, firmware.code)}`,
        '-drive',
        `if=pflash,unit=1,format=raw,file=${variables}`,
      ],
      coldReboot: true,
      prepare: 'modprobe efi_pstore',
      afterReboot: `modprobe efi_pstore; ${harvestPstore}`,
      evidence: pstoreEvidence,
    }
  },
}
