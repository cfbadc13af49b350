// A dead kernel's memory by its own addresses.

import { type ByteOrder, Cursor } from '../../bytes/cursor.ts'
import { type AddressSpace, addressSpaces } from './address-spaces.ts'
import { type MachineName, type MemoryDump, machines } from './dump.ts'
import { MAX_PHYSICAL, type PageTables, walk } from './page-tables.ts'
import type { Vmcoreinfo } from './vmcoreinfo.ts'

const PAGE_BYTES = 4096

export class KernelMemory {
  readonly info: Vmcoreinfo
  readonly order: ByteOrder
  readonly wordBytes: 4 | 8
  readonly #dump: MemoryDump
  readonly #space: AddressSpace | undefined
  readonly #tables: PageTables | undefined
  readonly #pages = new Map<bigint, number | undefined>()

  static async open(dump: MemoryDump, info: Vmcoreinfo): Promise<KernelMemory> {
    const machine = machineOf(info, dump)
    const space = machine && addressSpaces[machine]
    const wordBytes = machines.find(({ name }) => name === machine)?.wordBytes ?? dump.wordBytes
    const ordered = { ...dump, wordBytes, order: info.order ?? dump.order }
    return new KernelMemory(ordered, info, space, await space?.tables?.(info, ordered))
  }

  private constructor(
    dump: MemoryDump,
    info: Vmcoreinfo,
    space: AddressSpace | undefined,
    tables: PageTables | undefined,
  ) {
    this.#dump = dump
    this.info = info
    this.order = dump.order
    this.wordBytes = dump.wordBytes
    this.#space = space
    this.#tables = tables
  }

  /** All bytes of [address, address + count), or undefined where a part is not mapped or was not dumped. */
  async read(address: bigint, count: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(count)
    for (let at = 0; at < count; ) {
      const here = address + BigInt(at)
      const page = here & ~BigInt(PAGE_BYTES - 1)
      const within = Number(here - page)
      const physical = await this.#translate(page)
      if (physical === undefined) return undefined
      const piece = await this.#dump.read(physical + within, Math.min(count - at, PAGE_BYTES - within))
      if (piece.length === 0) return undefined
      bytes.set(piece, at)
      at += piece.length
    }
    return bytes
  }

  async cursor(address: bigint, count: number): Promise<Cursor | undefined> {
    const bytes = await this.read(address, count)
    return bytes && new Cursor('vmcore', bytes, this.order)
  }

  /** A number of the machine's width. */
  async word(address: bigint): Promise<bigint | undefined> {
    return (await this.cursor(address, this.wordBytes))?.word(this.wordBytes)
  }

  async u32(address: bigint): Promise<number | undefined> {
    return (await this.cursor(address, 4))?.u32()
  }

  /** What a pointer variable points to. */
  async pointer(symbol: string): Promise<bigint | undefined> {
    const address = this.info.symbol(symbol)
    const value = address === undefined ? undefined : await this.word(address)
    return value === 0n ? undefined : value
  }

  async #translate(page: bigint): Promise<number | undefined> {
    if (this.#pages.has(page)) return this.#pages.get(page)
    const physical = await this.#find(page)
    this.#pages.set(page, physical)
    return physical
  }

  /** By what the dump says, then by what the architecture says, then by the page tables. */
  async #find(page: bigint): Promise<number | undefined> {
    for (const { virtual, start, bytes } of this.#dump.ranges) {
      if (virtual !== undefined && page >= virtual && page < virtual + BigInt(bytes))
        return start + Number(page - virtual)
    }
    if (this.#space === undefined) return undefined
    const walked = this.#tables && (await walk(this.#dump, this.#tables, page))
    if (walked !== undefined) return walked
    for (const physical of this.#space.linear(page, this.info, this.#dump)) {
      if (physical === undefined || physical < 0n || physical >= MAX_PHYSICAL) continue
      if ((await this.#dump.read(Number(physical), 1)).length > 0) return Number(physical)
    }
    return undefined
  }
}

/**
 * What the dump says, unless the kernel is of fewer bits than its machine; where it does not, as QEMU's kdump files of ARM do
 * not, by what only that machine's kernels tell.
 */
function machineOf(info: Vmcoreinfo, { machine, wordBytes }: MemoryDump): MachineName | undefined {
  const text = info.symbol('_stext') ?? 0n
  if (machine !== undefined) return machine === 'x86_64' && text > 0n && text < 2n ** 32n ? 'i386' : machine
  if (wordBytes === 4) return info.config('X86_PAE') || info.symbol('node_data') !== undefined ? 'i386' : 'arm'
  if (info.number('kimage_voffset') !== undefined) return 'arm64'
  if (info.number('va_kernel_pa_offset') !== undefined) return 'riscv64'
  if (info.symbol('init_top_pgt') !== undefined || info.symbol('init_level4_pgt') !== undefined) return 'x86_64'
  if (text >> 60n === 0xcn) return 'powerpc64'
  return info.symbol('lowcore_ptr') === undefined ? undefined : 's390x'
}
