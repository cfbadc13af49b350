// The instructions of a kernel or a module as its file has them. Addresses are counted from the base, as everywhere in
// localise.

import type { ByteOrder } from '../../bytes/cursor.ts'
import type { ElfFile } from '../../formats/elf/elf-file.ts'
import { ET_REL } from '../../formats/elf/header.ts'
import { type Section, SHF_EXECINSTR, SHT_NOBITS } from '../../formats/elf/sections.ts'
import type { ArchName } from '../../model.ts'
import { archOfElf } from '../instruction-set.ts'
import type { KernelFile } from '../kernel-file.ts'
import type { SymbolTable } from '../symbol-table.ts'

/** What a module's file leaves to the loader: it differs in every machine that runs it. */
export interface Hole {
  /** counted from the first byte asked for */
  at: number
  bytes: number
  /** the symbol that goes there, with what is added */
  symbol: string
  addend: number
  /** where that is in the file, when the symbol is a section of it */
  target?: number
}

/** A table that the kernel keeps of its own code: by its section, or the symbols around it. */
export interface CodeTable {
  section: string
  start: string
  end: string
}

export interface TableBytes {
  at: number
  bytes: Uint8Array
}

export interface MachineCode {
  readonly file: string
  readonly order: ByteOrder
  readonly wordBytes: 4 | 8
  /** where the file says what machine it is for */
  readonly arch?: ArchName | undefined
  /** undefined where the file has no code there */
  bytes(at: number, count: number): Promise<Uint8Array | undefined>
  holes(at: number, count: number): Promise<Hole[]>
  table(name: CodeTable): Promise<TableBytes | undefined>
  isCode(at: number): boolean
  /** a 64-bit or 32-bit address in a table, counted from the base */
  fromBase(address: bigint): number
}

/** No table of a kernel is larger; amdgpu has the most call sites, and not a tenth of it. */
const MAX_TABLE_BYTES = 16 * 1024 * 1024

/** Of an ELF file: vmlinux, the kernel out of a bzImage, a module. */
export class ElfMachineCode implements MachineCode {
  readonly file: string
  readonly #elf: ElfFile

  constructor(elf: ElfFile, file = elf.file.name) {
    this.file = file
    this.#elf = elf
  }

  get order(): ByteOrder {
    return this.#elf.header.order
  }

  get wordBytes(): 4 | 8 {
    return this.#elf.header.wordBytes
  }

  get arch(): ArchName | undefined {
    return archOfElf(this.#elf.header.machine, this.wordBytes)
  }

  isCode(at: number): boolean {
    const section = this.#sectionAt(at)
    return section !== undefined && (section.flags & SHF_EXECINSTR) !== 0n
  }

  fromBase(address: bigint): number {
    return Number(address - this.#elf.layout.base.address)
  }

  async bytes(at: number, count: number): Promise<Uint8Array | undefined> {
    const section = this.#sectionAt(at)
    if (section === undefined || section.type === SHT_NOBITS) return undefined
    const start = at - this.#elf.layout.starts[section.index]!
    if (start + count > section.size) return undefined
    return (await (await this.#elf.stored(section)).read(start, count)).bytes
  }

  async holes(at: number, count: number): Promise<Hole[]> {
    const section = this.#elf.header.type === ET_REL ? this.#sectionAt(at) : undefined
    const relocations = section && (await this.#elf.relocationsOf(section))
    if (section === undefined || relocations === undefined) return []
    const start = at - this.#elf.layout.starts[section.index]!
    const { starts } = this.#elf.layout
    return (await relocations.within(start, count)).map(({ place, symbol, section, addend, bytes }) => {
      const hole = { at: place - start, bytes, symbol, addend }
      if (symbol !== '') return hole
      const target = (starts[section] ?? Number.NaN) + addend
      const name = this.#elf.sections[section]?.name ?? ''
      return { ...hole, symbol: name, ...(Number.isNaN(target) ? {} : { target }) }
    })
  }

  async table({ section: name, start, end }: CodeTable): Promise<TableBytes | undefined> {
    const section = this.#elf.section(name)
    if (section !== undefined && section.type !== SHT_NOBITS) {
      const contents = await this.#elf.contents(section)
      const { bytes } = await contents.read(0, Math.min(contents.size, MAX_TABLE_BYTES))
      return { at: this.#elf.layout.starts[section.index]!, bytes }
    }
    if (this.#elf.header.type === ET_REL) return undefined
    const symbols = await this.#elf.symbols()
    const [first, behind] = [symbols?.find(start), symbols?.find(end)]
    if (symbols === undefined || first === undefined || behind === undefined) return undefined
    const at = symbols.address(first)
    const bytes = await this.bytes(at, Math.min(MAX_TABLE_BYTES, Math.max(0, symbols.address(behind) - at)))
    return bytes && { at, bytes }
  }

  #sectionAt(at: number): Section | undefined {
    const { starts } = this.#elf.layout
    // NaN, of what is not loaded, is at no place.
    return this.#elf.sections.find(({ index, size }) => at >= starts[index]! && at < starts[index]! + size)
  }
}

/** Symbols that stand at the first byte of a kernel that is booted as it lies. */
const firstSymbols = ['_text', '_head', '_start', '_stext']

/** Of an image without ELF headers, by its own symbols: arm64, arm, riscv, loongarch, s390. */
export class RawMachineCode implements MachineCode {
  readonly file: string
  readonly order: ByteOrder
  readonly wordBytes: 4 | 8
  readonly base: bigint
  readonly #bytes: Uint8Array
  readonly #symbols: SymbolTable
  readonly #code: readonly [bigint, bigint]

  /** undefined where nothing says which address the image begins at. */
  static open(
    kernel: KernelFile,
    symbols: SymbolTable,
    order: ByteOrder,
    wordBytes: 4 | 8,
  ): RawMachineCode | undefined {
    const { bytes } = kernel.image
    const banner = symbols.named('linux_banner')[0]?.address
    for (const name of firstSymbols) {
      const base = symbols.named(name)[0]?.address
      if (base === undefined) continue
      // The banner must stand where its symbol says: else the image does not begin there.
      const at = banner === undefined ? Number.NaN : Number(banner - base)
      const text = String.fromCharCode(...bytes.subarray(at, at + 14))
      if (text === 'Linux version ') return new RawMachineCode(kernel, symbols, order, wordBytes, base)
    }
    return undefined
  }

  private constructor(kernel: KernelFile, symbols: SymbolTable, order: ByteOrder, wordBytes: 4 | 8, base: bigint) {
    this.file = kernel.name
    this.order = order
    this.wordBytes = wordBytes
    this.base = base
    this.#bytes = kernel.image.bytes
    this.#symbols = symbols
    const [start, end] = [this.#symbol('_stext') ?? base, this.#symbol('_einittext') ?? this.#symbol('_etext') ?? base]
    this.#code = [start, end]
  }

  isCode(at: number): boolean {
    const address = this.base + BigInt(Math.trunc(at))
    return address >= this.#code[0] && address < this.#code[1]
  }

  fromBase(address: bigint): number {
    return Number(address - this.base)
  }

  async bytes(at: number, count: number): Promise<Uint8Array | undefined> {
    return at >= 0 && at + count <= this.#bytes.length ? this.#bytes.subarray(at, at + count) : undefined
  }

  async holes(): Promise<Hole[]> {
    return []
  }

  async table({ start, end }: CodeTable): Promise<TableBytes | undefined> {
    const [first, behind] = [this.#symbol(start), this.#symbol(end)]
    if (first === undefined || behind === undefined) return undefined
    const at = this.fromBase(first)
    const bytes = await this.bytes(at, Math.min(MAX_TABLE_BYTES, Math.max(0, Number(behind - first))))
    return bytes && { at, bytes }
  }

  #symbol(name: string): bigint | undefined {
    return this.#symbols.named(name)[0]?.address
  }
}
