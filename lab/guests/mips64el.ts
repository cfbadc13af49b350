import type { Guest } from './guest.ts'

export const mips64el: Guest = {
  name: 'mips64el',
  arch: 'mips64',
  what: "Debian's 6.1 for Malta boards, MIPS64R2",
  kernel: {
    from: 'debian',
    arch: 'mips64el',
    meta: 'linux-image-5kc-malta',
    prefix: 'linux-image-6.1',
    makeArch: 'mips',
    triple: 'mips64el-linux-gnuabi64',
    boots: 'packaged',
  },
  qemu: {
    program: 'qemu-system-mips64el',
    package: 'qemu-system-mips',
    args: ['-machine', 'malta', '-cpu', 'MIPS64R2-generic'],
  },
  memoryMb: 256,
  console: 'ttyS0',
  network: 'virtio-net-pci',
  bootSeconds: 120,
  without: ['PSTORE', 'PSTORE_BLK', 'CRASH_DUMP'],
}
