// ACPI's error record store: memory that outlives the machine. The kernel takes it for pstore by itself as it boots.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { withoutOption } from '../guests/guest.ts'
import type { Guest } from '../guests/index.ts'
import { imageEvidence } from './image.ts'
import { harvestPstore, pstoreEvidence } from './pstore-files.ts'
import type { OpenRoad, Road } from './road.ts'

/** A record each; a dump that does not fit into one is cut into parts. */
const RECORD_BYTES = 0x2000

const shared = {
  sees: 'dumped',
  group: 'pstore',
  setup: 'erst',
  survives: true,
  lacks: (guest: Guest): string | undefined =>
    withoutOption(guest, 'PSTORE', 'ACPI_APEI') ??
    (guest.arch === 'x86_64' || guest.arch === 'i386' ? undefined : "QEMU's ACPI tables have an ERST on x86 only"),
} as const satisfies Partial<Road>

const imageIn = (folder: string): string => join(folder, 'erst.bin')

function store(folder: string): Pick<OpenRoad, 'qemu' | 'coldReboot'> {
  const backend = `memory-backend-file,id=erstnvram,mem-path=${imageIn(folder)},size=0x20000,share=on`
  const device = `acpi-erst,memdev=erstnvram,record_size=0x${RECORD_BYTES.toString(16)}`
  rmSync(imageIn(folder), { force: true })
  return { qemu: ['-object', backend, '-device', device], coldReboot: true }
}

export const erst: Road = {
  ...shared,
  name: 'erst',
  what: "pstore files of ACPI's error record store, read by a new QEMU",
  open: (_guest, folder) => ({ ...store(folder), afterReboot: harvestPstore, evidence: pstoreEvidence }),
}

export const erstImage: Road = {
  ...shared,
  name: 'erst-image',
  what: "the file behind ACPI's error record store",
  open: (_guest, folder) => ({ ...store(folder), evidence: () => imageEvidence(imageIn(folder)) }),
}
