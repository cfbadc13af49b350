// A kernel or a module by its ELF file: symbols from its table, lines from its debug information.

import { type Companions, DebugInfo, type SourcePlace } from '../formats/dwarf/debug-info.ts'
import type { ElfFile } from '../formats/elf/elf-file.ts'
import { ET_REL } from '../formats/elf/header.ts'
import type { Address } from '../model.ts'
import type { CodeMap, CodeSymbol } from './code-map.ts'
import { CodeSymbols } from './code-symbols.ts'

export class ElfCode implements CodeMap {
  readonly name: string
  readonly buildId: string | undefined
  readonly elf: ElfFile
  /** absent when the file was stripped of it */
  readonly info: DebugInfo | undefined
  readonly symbols: CodeSymbols | undefined

  /** Throws FormatError. */
  static async open(name: string, elf: ElfFile, companions: Companions = {}): Promise<ElfCode> {
    const symbols = await elf.symbols()
    return new ElfCode(
      name,
      elf,
      await elf.buildId(),
      symbols && new CodeSymbols(elf, symbols),
      await DebugInfo.open(elf, companions),
    )
  }

  private constructor(
    name: string,
    elf: ElfFile,
    buildId: string | undefined,
    symbols: CodeSymbols | undefined,
    info: DebugInfo | undefined,
  ) {
    this.name = name
    this.elf = elf
    this.buildId = buildId
    this.symbols = symbols
    this.info = info
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

  async named(name: string): Promise<readonly CodeSymbol[]> {
    const section = this.relocatable && name.startsWith('.') ? this.elf.section(name) : undefined
    const start = section && this.elf.layout.starts[section.index]
    if (section !== undefined && start !== undefined && !Number.isNaN(start)) {
      return [{ name, address: start, sizeBytes: section.size }]
    }
    return this.symbols?.named(name) ?? []
  }

  async symbolAt(address: number): Promise<CodeSymbol | undefined> {
    return this.symbols?.at(address)
  }

  async places(address: number): Promise<readonly SourcePlace[]> {
    return (await this.info?.locate(address)) ?? []
  }
}
