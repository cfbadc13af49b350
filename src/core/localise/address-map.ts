// Which part of the address space an address is in, as far as the architecture's kernel lays it out without chance.
//
// How to add an architecture: rows in `maps` under the document that says them.

import type { ArchName } from '../model.ts'
import { say } from '../say.ts'

export interface Region {
  first: bigint
  last: bigint
  /** as a reader calls it */
  name: string
  /** what is there: memory that slab and page allocator give, memory that is mapped page by page, code, a program's own */
  holds: 'memory' | 'mapped' | 'code' | 'user'
}

const region = (first: bigint, last: bigint, name: string, holds: Region['holds']): Region => ({
  first,
  last,
  name,
  holds,
})

const maps: Partial<Record<ArchName, readonly Region[]>> = {
  // Documentation/arch/x86/x86_64/mm.rst, four levels; KASLR moves the first two within what both have together
  x86_64: [
    region(0x1000n, 0x00007fffffffffffn, say`user memory`, 'user'),
    region(0xffff888000000000n, 0xffffc87fffffffffn, say`direct map`, 'memory'),
    region(0xffffc90000000000n, 0xffffe8ffffffffffn, say`vmalloc area`, 'mapped'),
    region(0xffffea0000000000n, 0xffffeaffffffffffn, say`struct page (vmemmap)`, 'mapped'),
    region(0xfffffe0000000000n, 0xfffffe7fffffffffn, say`CPU entry area`, 'mapped'),
    region(0xffffffff80000000n, 0xffffffffbfffffffn, say`kernel image`, 'code'),
    region(0xffffffffc0000000n, 0xfffffffffeffffffn, say`module area`, 'code'),
    region(0xffffffffff000000n, 0xffffffffffdfffffn, say`fixmap`, 'mapped'),
  ],
  // Documentation/arch/arm64/memory.rst, 48 bits, v5.4 on
  arm64: [
    region(0x1000n, 0x0000ffffffffffffn, say`user memory`, 'user'),
    region(0xffff000000000000n, 0xffff7fffffffffffn, say`linear map`, 'memory'),
    region(0xffff800000000000n, 0xfffffbffefffffffn, say`vmalloc area`, 'mapped'),
    region(0xfffffc0000000000n, 0xfffffdffffffffffn, say`struct page (vmemmap)`, 'mapped'),
  ],
  // Documentation/arch/arm/memory.rst, 3G/1G; where lowmem ends is the machine's
  arm: [
    region(0x1000n, 0xbeffffffn, say`user memory`, 'user'),
    region(0xbf000000n, 0xbfffffffn, say`module area`, 'code'),
    region(0xc0000000n, 0xdfffffffn, say`lowmem`, 'memory'),
    region(0xe0000000n, 0xff7fffffn, say`vmalloc area`, 'mapped'),
    region(0xffc00000n, 0xffefffffn, say`fixmap`, 'mapped'),
  ],
  i386: [
    region(0x1000n, 0xbfffffffn, say`user memory`, 'user'),
    region(0xc0000000n, 0xf7ffffffn, say`lowmem`, 'memory'),
    region(0xf8000000n, 0xffbfffffn, say`vmalloc area`, 'mapped'),
  ],
  powerpc: [
    region(0x1000n, 0xbfffffffn, say`user memory`, 'user'),
    region(0xc0000000n, 0xefffffffn, say`lowmem`, 'memory'),
  ],
  // arch/powerpc/include/asm/book3s/64/: radix and hash
  powerpc64: [
    region(0x1000n, 0x000fffffffffffffn, say`user memory`, 'user'),
    region(0xc000000000000000n, 0xc007ffffffffffffn, say`linear map`, 'memory'),
    region(0xc008000000000000n, 0xc00bffffffffffffn, say`vmalloc area`, 'mapped'),
    region(0xc00c000000000000n, 0xc00fffffffffffffn, say`struct page (vmemmap)`, 'mapped'),
    region(0xd000000000000000n, 0xd00fffffffffffffn, say`vmalloc area`, 'mapped'),
  ],
  // MIPS Run: kuseg, kseg0, mapped kernel segment
  mips: [
    region(0x1000n, 0x7fffffffn, say`user memory`, 'user'),
    region(0x80000000n, 0x9fffffffn, say`unmapped memory (KSEG0)`, 'memory'),
    region(0xc0000000n, 0xffffffffn, say`mapped kernel memory (KSEG2)`, 'mapped'),
  ],
  mips64: [
    region(0x1000n, 0x000000ffffffffffn, say`user memory`, 'user'),
    region(0x8000000000000000n, 0xbfffffffffffffffn, say`unmapped memory (XKPHYS)`, 'memory'),
    region(0xc000000000000000n, 0xc00000ff7fffffffn, say`mapped kernel memory (XKSEG)`, 'mapped'),
    region(0xffffffff80000000n, 0xffffffff9fffffffn, say`unmapped memory (CKSEG0)`, 'memory'),
    region(0xffffffffc0000000n, 0xffffffffffffefffn, say`module area`, 'code'),
  ],
  // Documentation/arch/loongarch/introduction.rst
  loongarch64: [
    region(0x1000n, 0x00007fffffffffffn, say`user memory`, 'user'),
    region(0x8000000000000000n, 0xbfffffffffffffffn, say`direct map`, 'memory'),
    region(0xffff800000000000n, 0xffffffffffffefffn, say`mapped kernel memory`, 'mapped'),
  ],
}

export const regionOf = (arch: ArchName, address: bigint): Region | undefined =>
  maps[arch]?.find(({ first, last }) => address >= first && address <= last)
