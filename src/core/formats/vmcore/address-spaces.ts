// Where a kernel's addresses lie in physical memory, as far as VMCOREINFO and the architecture tell without page tables, and
// how its page tables are read where they are needed: a ring buffer made with vmalloc, a moved kernel.
//
// How to add an architecture: its name in dump.ts, a row here. What VMCOREINFO lacks is an absent answer, never a guess;
// guesses that a check can refute may be given in `linear`.

import type { MachineName, MemoryDump } from './dump.ts'
import { type PageTables, walk } from './page-tables.ts'
import type { Vmcoreinfo } from './vmcoreinfo.ts'

export interface AddressSpace {
  /** physical addresses at which `address` may lie, the likeliest first */
  linear(address: bigint, info: Vmcoreinfo, dump: MemoryDump): (bigint | undefined)[]
  tables?(info: Vmcoreinfo, dump: MemoryDump): PageTables | undefined | Promise<PageTables | undefined>
}

const low = (bits: number): bigint => (1n << BigInt(bits)) - 1n
const within = (address: bigint, start: bigint, bytes: bigint): boolean => address >= start && address < start + bytes

/** arch/x86/include/asm/page_64_types.h */
const X86_KERNEL_MAP = 0xffffffff80000000n
/** PTE_PFN_MASK: bits 12 to 51 */
const X86_FRAME = low(52) & ~low(12)

function x86Entry(entry: bigint, shift: number): { address: bigint; last: boolean } | undefined {
  if ((entry & 1n) === 0n) return undefined
  // PSE; bit 7 of a last-level entry is another one.
  const large = (entry & 0x80n) !== 0n && shift > 12
  return { address: entry & X86_FRAME & (large ? ~low(shift) : ~0n), last: large || shift === 12 }
}

const levelsOf = (count: number, pageBits: number, bits: number) =>
  Array.from({ length: count }, (_, index) => ({ shift: pageBits + bits * (count - 1 - index), bits }))

const x86_64: AddressSpace = {
  linear: (address, info) => {
    const base = info.number('phys_base')
    const image = info.number('KERNEL_IMAGE_SIZE') ?? 0x40000000n
    if (!within(address, X86_KERNEL_MAP, image)) return []
    return [base === undefined ? undefined : address - X86_KERNEL_MAP + base]
  },
  tables: info => {
    const base = info.number('phys_base') ?? 0n
    const top = info.symbol('init_top_pgt') ?? info.symbol('init_level4_pgt') ?? info.symbol('swapper_pg_dir')
    if (top === undefined) return undefined
    const five = info.number('pgtable_l5_enabled') === 1n
    const hidden = info.number('sme_mask') ?? 0n
    return {
      root: top - X86_KERNEL_MAP + base,
      levels: levelsOf(five ? 5 : 4, 12, 9),
      entryBytes: 8,
      next: (entry, shift) => x86Entry(entry & ~hidden, shift),
    }
  },
}

/** CONFIG_PAGE_OFFSET of 32-bit machines: the kernel's text lies a little above it. */
const split32 = (info: Vmcoreinfo): bigint => (info.symbol('_stext') ?? 0xc0000000n) & 0xf0000000n

const i386: AddressSpace = {
  linear: (address, info) => [address - split32(info)],
  tables: info => {
    const top = info.symbol('swapper_pg_dir')
    if (top === undefined) return undefined
    const root = top - split32(info)
    const levels = info.config('X86_PAE') ? [{ shift: 30, bits: 2 }, ...levelsOf(2, 12, 9)] : levelsOf(2, 12, 10)
    return { root, levels, entryBytes: info.config('X86_PAE') ? 8 : 4, next: x86Entry }
  },
}

/** arch/arm64/include/asm/pgtable-hwdef.h: bit 0 valid, bit 1 a table, or at the last level a page. */
function arm64Entry(pageBits: number) {
  const frame = low(48) & ~low(pageBits)
  return (entry: bigint, shift: number): { address: bigint; last: boolean } | undefined => {
    if ((entry & 1n) === 0n) return undefined
    const last = shift === pageBits || (entry & 2n) === 0n
    return { address: entry & frame & (last ? ~low(shift) : ~0n), last }
  }
}

const arm64: AddressSpace = {
  linear: (address, info) => {
    const voffset = info.number('kimage_voffset')
    const physical = info.number('PHYS_OFFSET')
    const bits = info.number('VA_BITS')
    const image = voffset === undefined ? undefined : BigInt.asUintN(64, address - BigInt.asUintN(64, voffset))
    if (physical === undefined || bits === undefined) return [image]
    // The linear map is the lower half of the kernel's addresses since 5.4, the upper one before: commit 14c127c957c1.
    const start = BigInt.asUintN(64, -(1n << bits))
    const half = 1n << (bits - 1n)
    if (within(address, start, half)) return [address - start + physical, image]
    return [image, address - start - half + physical]
  },
  tables: info => {
    const voffset = info.number('kimage_voffset')
    const top = info.symbol('swapper_pg_dir')
    const pageBits = Math.log2(info.pageBytes)
    if (voffset === undefined || top === undefined || !Number.isInteger(pageBits)) return undefined
    const t1sz = info.number('TCR_EL1_T1SZ')
    const bits = t1sz === undefined ? Number(info.number('VA_BITS') ?? 48n) : 64 - Number(t1sz)
    const each = pageBits - 3
    const count = Math.ceil((bits - pageBits) / each)
    if (count < 1 || count > 5) return undefined
    const levels = levelsOf(count, pageBits, each)
    // The top table holds what is left of the address.
    levels[0] = { shift: levels[0]!.shift, bits: bits - levels[0]!.shift }
    const root = BigInt.asUintN(64, top - BigInt.asUintN(64, voffset))
    return { root, levels, entryBytes: 8, next: arm64Entry(pageBits) }
  },
}

/** ARM DDI 0406C, B3.5.1: short descriptors, as Linux uses them: sections of a megabyte and small pages. */
function armEntry(entry: bigint, shift: number): { address: bigint; last: boolean } | undefined {
  const kind = entry & 3n
  if (shift === 20) {
    if (kind === 1n) return { address: entry & 0xfffffc00n, last: false }
    return kind === 2n ? { address: entry & 0xfff00000n, last: true } : undefined
  }
  // 1 is a large page: Linux maps nothing with them.
  return kind < 2n ? undefined : { address: entry & 0xfffff000n, last: true }
}

/** Boards' RAM begins at multiples of this, and so does ARM's PHYS_OFFSET. */
const ARM_RAM_UNITS = [0x200000n, 0x1000000n, 0x8000000n, 0x10000000n, 0x40000000n]

const arm: AddressSpace = {
  linear: (address, info, { ranges }) => [address - split32(info) + BigInt(ranges[0]?.start ?? 0)],
  /** VMCOREINFO does not tell where memory begins: tables that map the kernel there are the right ones. */
  tables: async (info, dump) => {
    const top = info.symbol('swapper_pg_dir')
    const text = info.symbol('_stext')
    if (top === undefined || text === undefined) return undefined
    const start = BigInt(dump.ranges[0]?.start ?? 0)
    const lpae = info.config('ARM_LPAE')
    for (const unit of ARM_RAM_UNITS) {
      const physical = start - (start % unit)
      const root = top - split32(info) + physical
      const tables: PageTables = lpae
        ? { root, levels: [{ shift: 30, bits: 2 }, ...levelsOf(2, 12, 9)], entryBytes: 8, next: arm64Entry(12) }
        : {
            root,
            levels: [
              { shift: 20, bits: 12 },
              { shift: 12, bits: 8 },
            ],
            entryBytes: 4,
            next: armEntry,
          }
      if ((await walk(dump, tables, text)) === Number(text - split32(info) + physical)) return tables
    }
    return undefined
  },
}

const powerpc64: AddressSpace = { linear: address => [address & low(60)] }

/** Identity, as the kernel itself runs since 2.6; moved up by KERNELOFFSET only as a whole. */
const s390x: AddressSpace = { linear: address => [address] }

const riscv64: AddressSpace = {
  linear: (address, info) => {
    const pageOffset = info.number('PAGE_OFFSET')
    const ram = info.number('phys_ram_base')
    const kernel = info.number('va_kernel_pa_offset')
    const link = info.number('KERNEL_LINK_ADDR')
    const text = kernel === undefined ? undefined : BigInt.asUintN(64, address - BigInt.asUintN(64, kernel))
    const linear =
      pageOffset === undefined || ram === undefined
        ? undefined
        : BigInt.asUintN(64, address - BigInt.asUintN(64, pageOffset) + ram)
    return link !== undefined && address >= BigInt.asUintN(64, link) ? [text, linear] : [linear, text]
  },
}

/** arch/mips/include/asm/addrspace.h: CKSEG0 and XKPHYS. */
const mips64: AddressSpace = {
  linear: address => [address >= 0xffffffff80000000n ? address & low(29) : address & low(59)],
}

export const addressSpaces: Record<MachineName, AddressSpace> = {
  x86_64,
  i386,
  arm64,
  arm,
  powerpc64,
  s390x,
  riscv64,
  mips64,
}
