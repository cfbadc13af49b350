// An ELF file: its tables read once, its sections by need.

import type { ByteFile } from '../../bytes/byte-file.ts'
import { Cursor } from '../../bytes/cursor.ts'
import type { Inflate } from './compression.ts'
import { type AlternateLink, type DebugLink, readAlternateLink, readDebugLink } from './debug-link.ts'
import { type ElfHeader, ET_REL, readElfHeader } from './header.ts'
import { type Layout, layoutOf } from './layout.ts'
import { buildIdOf, readNotes } from './notes.ts'
import { Relocations } from './relocations.ts'
import { openSectionBytes, relocatedBytes, type SectionBytes } from './section-bytes.ts'
import {
  readSections,
  type Section,
  SHT_DYNSYM,
  SHT_NOTE,
  SHT_REL,
  SHT_RELA,
  SHT_SYMTAB,
  SHT_SYMTAB_SHNDX,
} from './sections.ts'
import { PT_NOTE, readSegments, type Segment } from './segments.ts'
import { ElfSymbols } from './symbols.ts'

/** Notes are looked for in the first so many bytes of a segment or section. */
const MAX_NOTE_BYTES = 1024 * 1024

export class ElfFile {
  readonly file: ByteFile
  readonly header: ElfHeader
  readonly sections: readonly Section[]
  readonly segments: readonly Segment[]
  readonly layout: Layout
  readonly #inflate: Inflate | undefined
  readonly #byName = new Map<string, Section>()
  readonly #stored = new Map<number, Promise<SectionBytes>>()
  readonly #open = new Map<number, Promise<SectionBytes>>()
  #symbols: Promise<ElfSymbols | undefined> | undefined

  /** Reads header and tables. Throws FormatError. `inflate` is asked when a compressed section is read. */
  static async open(file: ByteFile, inflate?: Inflate): Promise<ElfFile> {
    const header = await readElfHeader(file)
    const segments = await readSegments(file, header)
    const sections = await readSections(file, header)
    return new ElfFile(file, header, segments, sections, inflate)
  }

  private constructor(
    file: ByteFile,
    header: ElfHeader,
    segments: readonly Segment[],
    sections: readonly Section[],
    inflate: Inflate | undefined,
  ) {
    this.file = file
    this.header = header
    this.segments = segments
    this.sections = sections
    this.layout = layoutOf(header, sections)
    this.#inflate = inflate
    for (const section of sections) if (!this.#byName.has(section.name)) this.#byName.set(section.name, section)
  }

  /** The first section of this name. */
  section(name: string): Section | undefined {
    return this.#byName.get(name)
  }

  /** Its contents, inflated; in a relocatable file with relocations applied. The same object each time. */
  contents(section: Section): Promise<SectionBytes> {
    let bytes = this.#open.get(section.index)
    if (bytes === undefined) {
      bytes = this.#contents(section)
      this.#open.set(section.index, bytes)
    }
    return bytes
  }

  /** The same as it stands in the file, relocations not applied. */
  stored(section: Section): Promise<SectionBytes> {
    let bytes = this.#stored.get(section.index)
    if (bytes === undefined) {
      bytes = openSectionBytes(this.file, this.header, section, this.#inflate)
      this.#stored.set(section.index, bytes)
    }
    return bytes
  }

  /** What is left to the loader in a section; undefined where there is nothing. */
  async relocationsOf(section: Section): Promise<Relocations | undefined> {
    const table = this.sections.find(
      ({ type, info }) => (type === SHT_RELA || type === SHT_REL) && info === section.index && info !== 0,
    )
    const symbols = table && (await this.symbols())
    if (table === undefined || symbols === undefined) return undefined
    return new Relocations(await this.stored(table), table.type === SHT_RELA, this.header, symbols)
  }

  /** All bytes of a section by name; undefined when there is none. */
  async read(name: string): Promise<Cursor | undefined> {
    const section = this.section(name)
    if (section === undefined) return undefined
    const bytes = await this.contents(section)
    return bytes.read(0, bytes.size)
  }

  /** .symtab, or .dynsym where a file was stripped of it. */
  symbols(): Promise<ElfSymbols | undefined> {
    this.#symbols ??= this.#readSymbols()
    return this.#symbols
  }

  /** Hexadecimal; from the notes of segments, or of sections where there are none. */
  async buildId(): Promise<string | undefined> {
    const segments = this.segments
      .filter(segment => segment.type === PT_NOTE)
      .map(({ offset, fileBytes, align }) => ({ offset, size: fileBytes, align }))
    const sections = this.sections.filter(section => section.type === SHT_NOTE)
    for (const { offset, size, align } of [...sections, ...segments]) {
      const bytes = await this.file.read(offset, Math.min(size, MAX_NOTE_BYTES))
      const notes = new Cursor(this.file.name, bytes, this.header.order, offset)
      const buildId = buildIdOf(readNotes(notes, align === 8 ? 8 : 4))
      if (buildId !== undefined) return buildId
    }
    return undefined
  }

  async debugLink(): Promise<DebugLink | undefined> {
    const section = await this.read('.gnu_debuglink')
    return section && readDebugLink(section)
  }

  async alternateLink(): Promise<AlternateLink | undefined> {
    const section = await this.read('.gnu_debugaltlink')
    return section && readAlternateLink(section)
  }

  async #contents(section: Section): Promise<SectionBytes> {
    const bytes = await this.stored(section)
    // An executable may have kept its relocations (ld --emit-relocs, as kernels are linked): they are applied already.
    if (this.header.type !== ET_REL) return bytes
    const relocations = await this.relocationsOf(section)
    if (relocations === undefined) return bytes
    const start = this.layout.starts[section.index]!
    return relocatedBytes(bytes, relocations, Number.isNaN(start) ? 0 : start)
  }

  async #readSymbols(): Promise<ElfSymbols | undefined> {
    const table =
      this.sections.find(section => section.type === SHT_SYMTAB) ??
      this.sections.find(section => section.type === SHT_DYNSYM)
    const names = table && this.sections[table.link]
    if (table === undefined || names === undefined) return undefined
    const readWhole = async (section: Section): Promise<Cursor> => {
      const bytes = await openSectionBytes(this.file, this.header, section, this.#inflate)
      return bytes.read(0, bytes.size)
    }
    const far = this.sections.find(({ type, link }) => type === SHT_SYMTAB_SHNDX && link === table.index)
    return new ElfSymbols(
      await readWhole(table),
      await readWhole(names),
      this.header,
      this.layout,
      this.header.type === ET_REL,
      far && (await readWhole(far)),
    )
  }
}
