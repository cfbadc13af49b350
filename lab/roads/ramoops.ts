// Documentation/admin-guide/ramoops.rst: a piece of memory that the kernel leaves alone keeps what pstore writes there, and
// a warm reboot keeps the memory.

import type { Road } from './road.ts'

const SIZE = 0x80000

/** Files of /sys/fs/pstore, sent one by one. */
export const harvest = 'mkdir -p /tmp/pstore; cp /sys/fs/pstore/* /tmp/pstore/ 2>/dev/null; send /tmp/pstore/*'

interface Variant {
  name: string
  what: string
  ecc: boolean
  compress: boolean
}

function road({ name, what, ecc, compress }: Variant): Road {
  return {
    name,
    what,
    sees: 'dumped',
    group: 'pstore',
    survives: true,
    lacks: guest => (guest.reservedMemory === undefined ? 'no memory that a reboot leaves alone is known' : undefined),
    open: guest => {
      const load = `modprobe ramoops mem_address=0x${guest.reservedMemory?.address.toString(16)} mem_size=0x${SIZE.toString(16)} record_size=0x10000 console_size=0x10000 ecc=${ecc ? 1 : 0}`
      return {
        commandLine: [guest.reservedMemory?.commandLine ?? '', ...(compress ? [] : ['pstore.compress=none'])],
        prepare: load,
        afterReboot: `${load}; ${harvest}`,
        evidence: run =>
          run.paths
            .filter(path => path.startsWith('/tmp/pstore/'))
            .map(path => ({ name: path.slice('/tmp/pstore/'.length), bytes: run.sent(path) ?? Buffer.alloc(0) })),
      }
    },
  }
}

export const ramoops = road({
  name: 'ramoops',
  what: 'pstore files of ramoops after a warm reboot, compressed',
  ecc: false,
  compress: true,
})

export const ramoopsPlainEcc = road({
  name: 'ramoops-plain-ecc',
  what: 'pstore files of ramoops after a warm reboot, not compressed, with error correction',
  ecc: true,
  compress: false,
})
