import type { Guest } from './guest.ts'

export const ppc64el: Guest = {
  name: 'ppc64el',
  arch: 'powerpc64',
  what: "Debian's 6.1 on a pseries board, POWER9",
  kernel: {
    from: 'debian',
    arch: 'ppc64el',
    meta: 'linux-image-powerpc64le',
    prefix: 'linux-image-6.1',
    makeArch: 'powerpc',
    triple: 'powerpc64le-linux-gnu',
    boots: 'packaged',
  },
  qemu: {
    program: 'qemu-system-ppc64',
    package: 'qemu-system-ppc',
    args: [
      '-machine',
      'pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off',
      '-cpu',
      'power9',
      '-vga',
      'none',
    ],
  },
  memoryMb: 512,
  console: 'hvc0',
  network: 'virtio-net-pci',
  bootSeconds: 180,
  without: ['PSTORE', 'PSTORE_BLK', 'MTD_BLOCK2MTD'],
}
