// A kernel or a module by its ELF file: symbols from its table, lines from its debug information.

import { type Companions, DebugInfo, type SourcePlace } from '../formats/dwarf/debug-info.ts'
import type { ElfFile } from '../formats/elf/elf-file.ts'
import { ET_REL } from '../formats/elf/header.ts'
import type { Address } from '../model.ts'
import { readRelease } from './banner.ts'
import { ElfMachineCode, type MachineCode } from './code/machine-code.ts'
import type { CodeMap, CodeSymbol } from './code-map.ts'
import { CodeSymbols } from './code-symbols.ts'

export class ElfCode implements CodeMap {
  readonly name: string
  readonly buildId: string | undefined
  readonly elf: ElfFile
  readonly machine: MachineCode
  readonly #companions: Companions
  #release: Promise<string | undefined> | undefined
  #info: Promise<DebugInfo | undefined> | undefined
  #symbols: Promise<CodeSymbols | undefined> | undefined

  /** Symbols and debug information are read when they are asked for. Throws FormatError. */
  static async open(
    name: string,
    elf: ElfFile,
    companions: Companions = {},
    /** the file with the instructions, where debug information was taken out of it */
    binary: ElfFile = elf,
  ): Promise<ElfCode> {
    return new ElfCode(name, elf, await elf.buildId(), companions, binary)
  }

  private constructor(
    name: string,
    elf: ElfFile,
    buildId: string | undefined,
    companions: Companions,
    binary: ElfFile,
  ) {
    this.name = name
    this.elf = elf
    this.machine = new ElfMachineCode(binary)
    this.buildId = buildId
    this.#companions = companions
  }

  /** undefined when the file was stripped of it */
  info(): Promise<DebugInfo | undefined> {
    this.#info ??= DebugInfo.open(this.elf, this.#companions)
    return this.#info
  }

  /** undefined when the file was stripped of them */
  symbols(): Promise<CodeSymbols | undefined> {
    this.#symbols ??= this.elf.symbols().then(symbols => symbols && new CodeSymbols(this.elf, symbols))
    return this.#symbols
  }

  get file(): string {
    return this.elf.file.name
  }

  get base(): Address {
    return this.elf.layout.base.address
  }

  get relocatable(): boolean {
    return this.elf.header.type === ET_REL
  }

  /** By its banner or vermagic, which files with debug information alone have only the place of. */
  release(): Promise<string | undefined> {
    this.#release ??= readRelease(this.elf)
    return this.#release
  }

  async named(name: string): Promise<readonly CodeSymbol[]> {
    const section = this.relocatable && name.startsWith('.') ? this.elf.section(name) : undefined
    const start = section && this.elf.layout.starts[section.index]
    if (section !== undefined && start !== undefined && !Number.isNaN(start)) {
      return [{ name, address: start, sizeBytes: section.size }]
    }
    return (await this.symbols())?.named(name) ?? []
  }

  async symbolAt(address: number): Promise<CodeSymbol | undefined> {
    return (await this.symbols())?.at(address)
  }

  async places(address: number): Promise<readonly SourcePlace[]> {
    return (await (await this.info())?.locate(address)) ?? []
  }
}
