import type { Guest } from './guest.ts'

export const armhf: Guest = {
  name: 'armhf',
  arch: 'arm',
  what: "Debian's 6.1 for ARMv7 on QEMU's virt board, Cortex-A15",
  kernel: {
    from: 'debian',
    arch: 'armhf',
    meta: 'linux-image-armmp',
    prefix: 'linux-image-6.1',
    makeArch: 'arm',
    triple: 'arm-linux-gnueabihf',
    boots: 'packaged',
  },
  qemu: {
    program: 'qemu-system-arm',
    package: 'qemu-system-arm',
    args: ['-machine', 'virt', '-cpu', 'cortex-a15'],
  },
  memoryMb: 256,
  console: 'ttyAMA0',
  network: 'virtio-net-device',
  bootSeconds: 120,
  without: ['PSTORE', 'PSTORE_BLK', 'MTD_BLOCK2MTD'],
}
