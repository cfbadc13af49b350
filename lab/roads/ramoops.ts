// Documentation/admin-guide/ramoops.rst: a piece of memory that the kernel leaves alone keeps what pstore writes there, and
// a warm reboot keeps the memory. It is read as files once the next boot has loaded ramoops, and before that as raw memory.

import { join } from 'node:path'
import { withoutOption } from '../guests/guest.ts'
import type { Guest } from '../guests/index.ts'
import { imageEvidence } from './image.ts'
import { harvestPstore, pstoreEvidence } from './pstore-files.ts'
import type { FinishedBoot, OpenRoad, Road } from './road.ts'

const SIZE = 0x80000

interface Setup {
  name: string
  what: string
  ecc: boolean
  compress: boolean
}

const compressed: Setup = { name: 'ramoops', what: 'compressed', ecc: false, compress: true }
const plain: Setup = { name: 'ramoops-plain', what: 'not compressed', ecc: false, compress: false }
const plainEcc: Setup = {
  name: 'ramoops-plain-ecc',
  what: 'not compressed, with error correction',
  ecc: true,
  compress: false,
}

const addressOf = (guest: Guest): number => guest.reservedMemory?.address ?? 0

const load = (guest: Guest, { ecc }: Setup): string =>
  `modprobe ramoops mem_address=0x${addressOf(guest).toString(16)} mem_size=0x${SIZE.toString(16)} record_size=0x10000 console_size=0x10000 ecc=${ecc ? 1 : 0}`

/** The guest's kernel leaves the memory alone by these words of its command line. */
export const ramoopsWords = ({ reservedMemory }: Guest): string[] =>
  reservedMemory === undefined ? [] : [reservedMemory.commandLine]

/** Shell that loads ramoops over that memory, with records as they usually are: compressed. */
export const loadRamoops = (guest: Guest): string => load(guest, compressed)

const shared = (setup: Setup) =>
  ({
    sees: 'dumped',
    group: 'pstore',
    setup: setup.name,
    survives: true,
    // Each boot writes to the first zone, whether that was read or not: ramoops_pstore_write().
    newest: true,
    lacks: guest =>
      withoutOption(guest, 'PSTORE') ??
      (guest.reservedMemory === undefined ? 'no memory that a reboot leaves alone is known' : undefined),
  }) satisfies Partial<Road>

function prepared(guest: Guest, setup: Setup): Pick<OpenRoad, 'commandLine' | 'prepare'> {
  return {
    commandLine: [...ramoopsWords(guest), ...(setup.compress ? [] : ['pstore.compress=none'])],
    prepare: load(guest, setup),
  }
}

function files(setup: Setup): Road {
  return {
    ...shared(setup),
    name: setup.name,
    what: `pstore files of ramoops after a warm reboot, ${setup.what}`,
    open: guest => ({
      ...prepared(guest, setup),
      afterReboot: `${load(guest, setup)}; ${harvestPstore}`,
      evidence: pstoreEvidence,
    }),
  }
}

function region(setup: Setup): Road {
  return {
    ...shared(setup),
    name: setup.name.replace('ramoops', 'ramoops-region'),
    what: `the memory of ramoops after a warm reboot, ${setup.what}, as QEMU saves it`,
    open: (guest, folder) => ({ ...prepared(guest, setup), ...saved(guest, folder, setup) }),
  }
}

function saved(guest: Guest, folder: string, setup: Setup): Pick<OpenRoad, 'onRebooted' | 'evidence'> {
  const image = join(folder, `${setup.name}.bin`)
  return {
    onRebooted: async ({ machine }) => {
      await machine.command('pmemsave', { val: addressOf(guest), size: SIZE, filename: image })
    },
    evidence: () => imageEvidence(image),
  }
}

/** The zones beside the dumps. What a program wrote to /dev/pmsg0 must be there too, and what ftrace recorded. */
const withZones: Setup = { name: 'ramoops-console', what: 'with all its zones', ecc: false, compress: true }
const WORDS = 'lab: words of a program, kept for the next boot'
const FTRACE = '/sys/kernel/debug/pstore/record_ftrace'
const zoneSizes = 'pmsg_size=0x8000 ftrace_size=0x8000'

const withConsole = {
  ...shared(withZones),
  sees: 'all',
  lacks: guest =>
    guest.kernel.from === 'debian'
      ? "Debian's kernels are built without CONFIG_PSTORE_CONSOLE"
      : shared(withZones).lacks(guest),
} as const satisfies Partial<Road>

function zonesPrepared(guest: Guest): Pick<OpenRoad, 'commandLine' | 'prepare'> {
  return {
    ...prepared(guest, withZones),
    prepare: `${load(guest, withZones)} ${zoneSizes} && echo '${WORDS}' >/dev/pmsg0
if [ -e ${FTRACE} ]; then echo 1 >${FTRACE}; ls / >/dev/null; echo 0 >${FTRACE}; echo traced >/dev/pmsg0; fi`,
  }
}

/** What of the other zones did not survive. */
function checkZones(finished: FinishedBoot): void {
  const zone = (name: string): string => finished.sent(`/tmp/pstore/${name}-ramoops-0`)?.toString('latin1') ?? ''
  const words = zone('pmsg')
  if (!words.includes(WORDS)) throw new Error('pmsg-ramoops-0 does not hold what was written to /dev/pmsg0')
  if (words.includes('traced') && !/ <- /.test(zone('ftrace'))) throw new Error('ftrace-ramoops-0 has no calls')
}

export const ramoopsConsole: Road = {
  ...withConsole,
  name: 'ramoops-console',
  what: "pstore's file of the console, with the words of programs and ftrace's calls, after a warm reboot",
  open: guest => ({
    ...zonesPrepared(guest),
    afterReboot: `${load(guest, withZones)} ${zoneSizes}; ${harvestPstore}`,
    evidence: finished => {
      const console = finished.sent('/tmp/pstore/console-ramoops-0')
      if (console === undefined) return []
      checkZones(finished)
      return [{ name: 'console-ramoops-0', bytes: console }]
    },
  }),
}

export const ramoopsRegionConsole: Road = {
  ...withConsole,
  name: 'ramoops-region-console',
  what: 'the memory of ramoops with all its zones, as QEMU saves it after a warm reboot',
  open: (guest, folder) => ({ ...zonesPrepared(guest), ...saved(guest, folder, withZones) }),
}

export const ramoops = files(compressed)
export const ramoopsPlainEcc = files(plainEcc)
export const ramoopsRegion = region(compressed)
export const ramoopsRegionPlain = region(plain)
export const ramoopsRegionPlainEcc = region(plainEcc)
