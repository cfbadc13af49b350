// What kernels use the parts of their address space for. Where a kernel shifts them by chance at boot (KASLR), by the widest
// bounds that each can have.

import type { ArchName } from '../model.ts'

export type AreaKind =
  | 'direct map'
  | 'vmalloc'
  | 'page structs'
  | 'KASAN shadow'
  | 'entry stacks'
  | 'kernel image'
  | 'modules'
  | 'fixmap'
  | 'uncached'
  | 'hole'

export interface Area {
  kind: AreaKind
  first: bigint
  last: bigint
}

const area = (kind: AreaKind, first: bigint, last: bigint): Area => ({ kind, first, last })

/** Ascending, of the usual configuration of each: 48 bits of address where there is a choice, 3 GB for programs of 4. */
export const areas: Partial<Record<ArchName, readonly Area[]>> = {
  // Documentation/arch/x86/x86_64/mm.rst, four levels of page tables
  x86_64: [
    area('hole', 0x0000800000000000n, 0xffff87ffffffffffn),
    area('direct map', 0xffff888000000000n, 0xffffc87fffffffffn),
    area('vmalloc', 0xffffc90000000000n, 0xffffe8ffffffffffn),
    area('page structs', 0xffffea0000000000n, 0xffffeaffffffffffn),
    area('KASAN shadow', 0xffffec0000000000n, 0xfffffbffffffffffn),
    area('entry stacks', 0xfffffe0000000000n, 0xfffffe7fffffffffn),
    area('kernel image', 0xffffffff80000000n, 0xffffffffbfffffffn),
    area('modules', 0xffffffffc0000000n, 0xfffffffffeffffffn),
    area('fixmap', 0xffffffffff000000n, 0xffffffffffdfffffn),
  ],
  // Documentation/arch/arm64/memory.rst, 48 bits, since v5.4; vmalloc's end moved several times
  arm64: [
    area('hole', 0x0001000000000000n, 0xfffeffffffffffffn),
    area('direct map', 0xffff000000000000n, 0xffff7fffffffffffn),
    area('vmalloc', 0xffff800000000000n, 0xfffffbfeffffffffn),
    area('page structs', 0xfffffc0000000000n, 0xffffffffffdfffffn),
  ],
  // arch/x86/include/asm/pgtable_32_areas.h
  i386: [
    area('direct map', 0xc0000000n, 0xf7ffffffn),
    area('vmalloc', 0xf8000000n, 0xff7fffffn),
    area('fixmap', 0xff800000n, 0xffffefffn),
  ],
  // Documentation/arch/arm/memory.rst
  arm: [
    area('modules', 0xbf000000n, 0xbfffffffn),
    area('direct map', 0xc0000000n, 0xefffffffn),
    area('vmalloc', 0xf0000000n, 0xff7fffffn),
    area('fixmap', 0xff800000n, 0xffefffffn),
  ],
  // arch/powerpc/include/asm/book3s/64/radix.h and hash.h
  powerpc64: [
    area('direct map', 0xc000000000000000n, 0xc007ffffffffffffn),
    area('vmalloc', 0xc008000000000000n, 0xc009ffffffffffffn),
    area('uncached', 0xc00a000000000000n, 0xc00bffffffffffffn),
    area('page structs', 0xc00c000000000000n, 0xc00dffffffffffffn),
    area('vmalloc', 0xd000000000000000n, 0xdfffffffffffffffn),
    area('page structs', 0xf000000000000000n, 0xffffffffffffffffn),
  ],
  // Documentation/arch/riscv/vm-layout.rst, sv39
  riscv64: [
    area('page structs', 0xffffffc500000000n, 0xffffffc7ffffffffn),
    area('vmalloc', 0xffffffc800000000n, 0xffffffd5ffffffffn),
    area('direct map', 0xffffffd600000000n, 0xfffffff5ffffffffn),
    area('KASAN shadow', 0xfffffff700000000n, 0xfffffffeffffffffn),
    area('modules', 0xffffffff00000000n, 0xffffffff7fffffffn),
    area('kernel image', 0xffffffff80000000n, 0xffffffffffffffffn),
  ],
  // arch/mips/include/asm/addrspace.h
  mips: [
    area('direct map', 0x80000000n, 0x9fffffffn),
    area('uncached', 0xa0000000n, 0xbfffffffn),
    area('vmalloc', 0xc0000000n, 0xffffffffn),
  ],
  mips64: [
    area('uncached', 0x9000000000000000n, 0x97ffffffffffffffn),
    area('direct map', 0x9800000000000000n, 0x9fffffffffffffffn),
    area('vmalloc', 0xc000000000000000n, 0xffffffff7fffffffn),
    area('direct map', 0xffffffff80000000n, 0xffffffff9fffffffn),
    area('uncached', 0xffffffffa0000000n, 0xffffffffbfffffffn),
  ],
  // arch/loongarch/include/asm/addrspace.h
  loongarch64: [
    area('uncached', 0x8000000000000000n, 0x8fffffffffffffffn),
    area('direct map', 0x9000000000000000n, 0x9fffffffffffffffn),
    area('vmalloc', 0xffff800000000000n, 0xffffffffffffffffn),
  ],
}

/** undefined where nothing is known of it. */
export const areaOf = (arch: ArchName | undefined, address: bigint): Area | undefined =>
  arch === undefined ? undefined : areas[arch]?.find(({ first, last }) => address >= first && address <= last)
