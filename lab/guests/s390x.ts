import type { Guest } from './guest.ts'

export const s390x: Guest = {
  name: 's390x',
  arch: 's390x',
  what: "Debian's 6.1 on QEMU's s390-ccw-virtio board",
  kernel: {
    from: 'debian',
    arch: 's390x',
    meta: 'linux-image-s390x',
    prefix: 'linux-image-6.1',
    makeArch: 's390',
    triple: 's390x-linux-gnu',
    boots: 'packaged',
  },
  qemu: {
    program: 'qemu-system-s390x',
    package: 'qemu-system-misc',
    args: ['-machine', 's390-ccw-virtio'],
  },
  memoryMb: 256,
  console: 'ttyS1',
  network: 'virtio-net-ccw',
  bootSeconds: 90,
  without: ['PSTORE', 'PSTORE_BLK', 'MTD_BLOCK2MTD', 'CRASH_DUMP'],
}
