import type { Guest } from './guest.ts'

export const arm64: Guest = {
  name: 'arm64',
  arch: 'arm64',
  what: "Debian's 6.1 on QEMU's virt board, Cortex-A72",
  kernel: {
    from: 'debian',
    arch: 'arm64',
    meta: 'linux-image-arm64',
    prefix: 'linux-image-6.1',
    makeArch: 'arm64',
    triple: 'aarch64-linux-gnu',
    boots: 'packaged',
  },
  qemu: {
    program: 'qemu-system-aarch64',
    package: 'qemu-system-arm',
    args: ['-machine', 'virt', '-cpu', 'cortex-a72'],
  },
  memoryMb: 256,
  console: 'ttyAMA0',
  network: 'virtio-net-pci',
  bootSeconds: 60,
  without: ['MTD_BLOCK2MTD'],
  reservedMemory: { commandLine: 'mem=240M', address: 0x4f000000 },
}
