import type { Guest } from './guest.ts'

const machine = {
  program: 'qemu-system-x86_64',
  package: 'qemu-system-x86',
  args: ['-machine', 'q35', '-cpu', 'max'],
} as const

const debian = {
  from: 'debian',
  arch: 'amd64',
  meta: 'linux-image-amd64',
  prefix: 'linux-image-6.1',
  makeArch: 'x86',
} as const

const board = {
  arch: 'x86_64',
  qemu: machine,
  memoryMb: 256,
  console: 'ttyS0',
  // QEMU's timer may be late on a busy machine, and the kernel would take it for broken.
  commandLine: 'no_timer_check',
  network: 'virtio-net-pci',
  reservedMemory: { commandLine: 'memmap=512K$0x6000000', address: 0x6000000 },
} as const

/** Boots the unpacked vmlinux by PVH: seconds faster than a kernel that unpacks itself, but without KASLR. */
export const x86_64: Guest = {
  ...board,
  name: 'x86_64',
  what: "Debian's 6.1 on a q35 board; the unpacked vmlinux, started by PVH",
  kernel: { ...debian, boots: 'unpacked' },
  bootSeconds: 120,
  full: true,
}

/** The bzImage: unpacks itself, to a random address (KASLR). */
export const x86_64Kaslr: Guest = {
  ...board,
  name: 'x86_64-kaslr',
  what: "Debian's 6.1 as bzImage, which moves itself to a random address",
  kernel: { ...debian, boots: 'packaged' },
  bootSeconds: 120,
}

/** Debian 12's second kernel line. */
export const x86_64Newer: Guest = {
  ...board,
  name: 'x86_64-6.12',
  what: "Debian 12's 6.12 kernel on a q35 board; the unpacked vmlinux, started by PVH",
  kernel: { ...debian, meta: 'linux-image-6.12-amd64', prefix: 'linux-image-6.12', boots: 'unpacked' },
  bootSeconds: 120,
}

/** What Debian's developers run: the newest words of the kernel. */
export const x86_64Sid: Guest = {
  ...board,
  name: 'x86_64-sid',
  what: "Debian sid's newest kernel on a q35 board; the unpacked vmlinux, started by PVH",
  kernel: { ...debian, arch: 'amd64/sid', prefix: 'linux-image-', boots: 'unpacked' },
  bootSeconds: 120,
  rolling: true,
}
