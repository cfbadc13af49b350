import type { Recipe } from './recipe.ts'

export type { Recipe } from './recipe.ts'

/** The kernels that the lab builds from Debian's linux-source, the most telling first. */
export const recipes: readonly Recipe[] = [
  {
    name: 'ppc32',
    what: '32-bit big-endian PowerPC, e500mc on QEMU’s generic e500 board',
    makeArch: 'powerpc',
    triple: 'powerpc-linux-gnu',
    targets: ['uImage'],
    programs: { mkimage: 'u-boot-tools' },
    image: 'arch/powerpc/boot/uImage',
    user: { from: 'source', libc: 'libc6-dev-powerpc-cross' },
  },
  {
    name: 'x86_64-debug',
    what: 'x86_64 with what Debian leaves out: KASAN, UBSAN, lockdep, kmemleak; kexec and every zone of pstore',
    makeArch: 'x86',
    // Not vmlinux: the entry for PVH is instrumented by KASAN, and has no shadow memory yet.
    targets: ['bzImage'],
    image: 'arch/x86/boot/bzImage',
    user: { from: 'debian', arch: 'amd64' },
  },
  {
    name: 'x86_64-kcsan',
    what: 'x86_64 with what excludes KASAN: KCSAN and KFENCE; every zone of pstore',
    makeArch: 'x86',
    targets: ['bzImage'],
    image: 'arch/x86/boot/bzImage',
    user: { from: 'debian', arch: 'amd64' },
  },
  {
    name: 'riscv64',
    what: 'RISC-V, 64-bit, on the virt board',
    makeArch: 'riscv',
    triple: 'riscv64-linux-gnu',
    targets: ['Image'],
    image: 'arch/riscv/boot/Image',
    user: { from: 'source', libc: 'libc6-dev-riscv64-cross' },
  },
  {
    name: 'arm-fp',
    what: '32-bit ARM without Thumb, unwound by frame pointers, on the virt board',
    makeArch: 'arm',
    triple: 'arm-linux-gnueabihf',
    targets: ['zImage'],
    image: 'arch/arm/boot/zImage',
    user: { from: 'debian', arch: 'armhf' },
  },
  {
    name: 'sparc64',
    what: 'SPARC, 64-bit, an UltraSPARC II with the sun4u chipset',
    makeArch: 'sparc64',
    triple: 'sparc64-linux-gnu',
    targets: ['image'],
    image: 'arch/sparc/boot/image',
    user: { from: 'source', libc: 'libc6-dev-sparc64-cross' },
  },
  {
    name: 'parisc',
    what: 'PA-RISC, 32-bit, the HP B160L',
    makeArch: 'parisc',
    triple: 'hppa-linux-gnu',
    // It looks for a compiler without a version for its vDSO.
    variables: ['CROSS32CC=hppa-linux-gnu-gcc-12'],
    image: 'vmlinux',
    user: { from: 'source', libc: 'libc6-dev-hppa-cross' },
  },
  {
    name: 'alpha',
    what: 'Alpha, the Clipper board',
    makeArch: 'alpha',
    triple: 'alpha-linux-gnu',
    image: 'vmlinux',
    user: { from: 'source', libc: 'libc6.1-dev-alpha-cross' },
  },
  {
    name: 'm68k',
    what: 'Motorola 68040 on QEMU’s virt board',
    makeArch: 'm68k',
    triple: 'm68k-linux-gnu',
    image: 'vmlinux',
    user: { from: 'source', libc: 'libc6-dev-m68k-cross' },
  },
]
