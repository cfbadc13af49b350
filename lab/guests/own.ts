// Guests with kernels of the lab's own; each needs `npm run lab -- kernels NAME` once.

import type { Guest } from './guest.ts'

/** What small configurations leave out. */
const without = ['PSTORE_BLK', 'MTD_BLOCK2MTD', 'CRASH_CORE', 'CRASH_DUMP', 'ACPI_APEI', 'EFI'] as const

/** Big-endian, 32 bits: QEMU's generic board for Freescale's e500 family. */
const ppc32: Guest = {
  name: 'ppc32',
  arch: 'powerpc',
  what: "the lab's own 6.1 for 32-bit big-endian PowerPC, e500mc",
  kernel: { from: 'lab', name: 'ppc32' },
  qemu: {
    program: 'qemu-system-ppc',
    package: 'qemu-system-ppc',
    args: ['-machine', 'ppce500', '-cpu', 'e500mc'],
  },
  memoryMb: 256,
  console: 'ttyS0',
  network: 'virtio-net-pci',
  bootSeconds: 60,
  without,
  reservedMemory: { commandLine: 'mem=240M', address: 0xf000000 },
}

/** Everything that Debian leaves out. KASAN's shadow takes an eighth of the memory. */
const x86_64Debug: Guest = {
  name: 'x86_64-debug',
  arch: 'x86_64',
  what: "the lab's own 6.1 with KASAN, UBSAN, lockdep and kmemleak",
  kernel: { from: 'lab', name: 'x86_64-debug' },
  qemu: {
    program: 'qemu-system-x86_64',
    package: 'qemu-system-x86',
    args: ['-machine', 'q35', '-cpu', 'max'],
  },
  memoryMb: 768,
  console: 'ttyS0',
  // QEMU's timer may be late on a busy machine, and the kernel would take it for broken.
  commandLine: 'no_timer_check',
  bootSeconds: 120,
  slower: 5,
  without: ['ACPI_APEI', 'EFI'],
  packages: true,
  reservedMemory: { commandLine: 'memmap=512K$0x6000000', address: 0x6000000 },
}

const x86_64Kcsan: Guest = {
  name: 'x86_64-kcsan',
  arch: 'x86_64',
  what: "the lab's own 6.1 with KCSAN and KFENCE",
  kernel: { from: 'lab', name: 'x86_64-kcsan' },
  qemu: {
    program: 'qemu-system-x86_64',
    package: 'qemu-system-x86',
    args: ['-machine', 'q35', '-cpu', 'max'],
  },
  memoryMb: 256,
  packages: true,
  console: 'ttyS0',
  commandLine: 'no_timer_check',
  bootSeconds: 120,
  without,
  reservedMemory: { commandLine: 'memmap=512K$0x6000000', address: 0x6000000 },
}

const riscv64: Guest = {
  name: 'riscv64',
  arch: 'riscv64',
  what: "the lab's own 6.1 for RISC-V on the virt board",
  kernel: { from: 'lab', name: 'riscv64' },
  qemu: { program: 'qemu-system-riscv64', package: 'qemu-system-misc', args: ['-machine', 'virt'] },
  memoryMb: 256,
  console: 'ttyS0',
  bootSeconds: 60,
  without,
  // QEMU puts the device tree at 0x8f000000 on each reset; the kernel counts from 0x80200000, behind the firmware.
  reservedMemory: { commandLine: 'mem=220M', address: 0x8e000000 },
}

const armFp: Guest = {
  name: 'arm-fp',
  arch: 'arm',
  what: "the lab's own 6.1 for ARMv7 without Thumb, unwound by frame pointers",
  kernel: { from: 'lab', name: 'arm-fp' },
  qemu: {
    program: 'qemu-system-arm',
    package: 'qemu-system-arm',
    args: ['-machine', 'virt', '-cpu', 'cortex-a15'],
  },
  memoryMb: 256,
  console: 'ttyAMA0',
  // The kernel says why it stops a program.
  commandLine: 'user_debug=31',
  bootSeconds: 60,
  without,
  reservedMemory: { commandLine: 'mem=240M', address: 0x4f000000 },
}

const sparc64: Guest = {
  name: 'sparc64',
  arch: 'sparc64',
  what: "the lab's own 6.1 for UltraSPARC on the sun4u board",
  kernel: { from: 'lab', name: 'sparc64' },
  qemu: { program: 'qemu-system-sparc64', package: 'qemu-system-sparc', args: ['-machine', 'sun4u,graphics=off'] },
  memoryMb: 256,
  console: 'ttyS0',
  // OpenBIOS has no reboot: the kernel would panic of that, again and again.
  staysDown: true,
  bootSeconds: 90,
  without,
}

const parisc: Guest = {
  name: 'parisc',
  arch: 'parisc',
  what: "the lab's own 6.1 for PA-RISC on the HP B160L",
  kernel: { from: 'lab', name: 'parisc' },
  qemu: { program: 'qemu-system-hppa', package: 'qemu-system-misc', args: ['-machine', 'hppa,graphics=off'] },
  memoryMb: 256,
  console: 'ttyS0',
  // acquire_slab() warns for the very first cache, and kprobes maps a page with interrupts off.
  complains: ['warning', 'sleeping-in-atomic'],
  bootSeconds: 90,
  without,
}

const alpha: Guest = {
  name: 'alpha',
  arch: 'alpha',
  what: "the lab's own 6.1 for Alpha on the Clipper board",
  kernel: { from: 'lab', name: 'alpha' },
  qemu: { program: 'qemu-system-alpha', package: 'qemu-system-misc', args: ['-machine', 'clipper', '-vga', 'none'] },
  memoryMb: 256,
  console: 'ttyS0',
  // dik_show_trace() asks is_kernel_text() of each word on the stack.
  tracesNoModules: true,
  bootSeconds: 90,
  without,
}

const m68k: Guest = {
  name: 'm68k',
  arch: 'm68k',
  what: "the lab's own 6.1 for the Motorola 68040 on the virt board",
  kernel: { from: 'lab', name: 'm68k' },
  qemu: { program: 'qemu-system-m68k', package: 'qemu-system-misc', args: ['-machine', 'virt', '-cpu', 'm68040'] },
  memoryMb: 256,
  console: 'ttyGF0',
  bootSeconds: 60,
  without,
}

export const ownGuests: readonly Guest[] = [
  ppc32,
  x86_64Debug,
  x86_64Kcsan,
  riscv64,
  armFp,
  sparc64,
  parisc,
  alpha,
  m68k,
]
