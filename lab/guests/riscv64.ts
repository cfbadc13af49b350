import type { Guest } from './guest.ts'

/** Debian has RISC-V since 13. */
export const riscv64Debian: Guest = {
  name: 'riscv64-6.12',
  arch: 'riscv64',
  what: "Debian 13's 6.12 on QEMU's virt board",
  kernel: {
    from: 'debian',
    arch: 'riscv64/trixie',
    meta: 'linux-image-riscv64',
    prefix: 'linux-image-6',
    makeArch: 'riscv',
    triple: 'riscv64-linux-gnu',
    boots: 'packaged',
  },
  qemu: { program: 'qemu-system-riscv64', package: 'qemu-system-misc', args: ['-machine', 'virt'] },
  memoryMb: 256,
  console: 'ttyS0',
  network: 'virtio-net-pci',
  bootSeconds: 120,
  rolling: true,
  without: ['PSTORE', 'PSTORE_BLK', 'CRASH_DUMP'],
}
