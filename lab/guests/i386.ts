import type { Guest } from './guest.ts'

export const i386: Guest = {
  name: 'i386',
  arch: 'i386',
  what: "Debian's 6.1 with PAE on the i440FX board",
  kernel: {
    from: 'debian',
    arch: 'i386',
    meta: 'linux-image-686-pae',
    prefix: 'linux-image-6.1',
    makeArch: 'x86',
    triple: 'i686-linux-gnu',
    boots: 'packaged',
  },
  qemu: {
    program: 'qemu-system-i386',
    package: 'qemu-system-x86',
    args: ['-machine', 'pc', '-cpu', 'max'],
  },
  memoryMb: 256,
  console: 'ttyS0',
  // QEMU's timer may be late on a busy machine, and the kernel would take it for broken.
  commandLine: 'no_timer_check',
  network: 'virtio-net-pci',
  bootSeconds: 120,
  reservedMemory: { commandLine: 'memmap=512K$0x6000000', address: 0x6000000 },
}
