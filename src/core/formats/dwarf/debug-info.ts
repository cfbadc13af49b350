// From an address to lines of source: reads the unit that holds it, and no other.

import { FormatError } from '../../bytes/cursor.ts'
import type { ElfFile } from '../elf/elf-file.ts'
import { AddressRanges } from './address-ranges.ts'
import { FunctionTable, inlinedCallsAt } from './functions.ts'
import { LineTable } from './lines.ts'
import { NameReader } from './names.ts'
import { type DwarfSections, openDwarfSections } from './sections.ts'
import { readSplitUnit } from './split.ts'
import { readAbbreviations, readHeaderAt, Unit } from './unit.ts'
import { readUnitHeaders } from './unit-scan.ts'

/** A place in the source that an address belongs to; what the debug information does not say is absent. */
export interface SourcePlace {
  /** linkage name where the language has one (mangled), else the name */
  function?: string
  /** as the compiler was given it: absolute, or from `directory` */
  file?: string
  /** of the compilation */
  directory?: string
  /** 0: the compiler could not say which */
  line?: number
  column?: number
}

/** Other files that debug information names; what is not found is undefined. */
export interface Companions {
  /** a .dwo file, by the name that the compiler wrote */
  split?(name: string, directory: string | undefined): Promise<ElfFile | undefined>
  /** the .dwp file of the program */
  package?(): Promise<ElfFile | undefined>
  /** dwz's shared file, .gnu_debugaltlink */
  alternate?(file: string, buildId: string): Promise<ElfFile | undefined>
}

export interface LoadedUnit {
  /** the unit with entries: the split one where there is one */
  unit: Unit
  functions: FunctionTable
  lines: LineTable | undefined
  directory: string | undefined
}

/** Units are kept for the next address, up to so many bytes of them. */
const MAX_KEPT_BYTES = 96 * 1024 * 1024

export class DebugInfo {
  readonly sections: DwarfSections
  readonly #companions: Companions
  readonly #ranges: AddressRanges
  readonly names = new NameReader()
  #units = new Map<number, Promise<LoadedUnit>>()
  #keptBytes = 0

  /** undefined when the file has no debug information. Throws FormatError. */
  static async open(elf: ElfFile, companions: Companions = {}): Promise<DebugInfo | undefined> {
    const sections = await openDwarfSections(elf)
    if (sections === undefined) return undefined
    const link = companions.alternate && (await elf.alternateLink())
    const alternate = link && (await companions.alternate?.(link.file, link.buildId))
    const shared = alternate && (await openDwarfSections(alternate))
    if (shared !== undefined) sections.alternate = shared
    return new DebugInfo(sections, companions)
  }

  private constructor(sections: DwarfSections, companions: Companions) {
    this.sections = sections
    this.#companions = companions
    this.#ranges = new AddressRanges(sections)
  }

  /**
   * The places of an address (counted from the layout's base): the innermost inlined call first, the function itself
   * last. Empty when no unit holds it. Throws FormatError for damaged debug information.
   */
  async locate(address: number): Promise<SourcePlace[]> {
    let best: SourcePlace[] = []
    for (const offset of await this.#ranges.unitsAt(address)) {
      const places = await this.#locateIn(await this.load(offset), address)
      if (places[0]?.function !== undefined && places[0].line !== undefined) return places
      if (best.length === 0) best = places
    }
    return best
  }

  /** The unit with a function at an address. Throws FormatError. */
  async unitAt(address: number): Promise<LoadedUnit | undefined> {
    for (const offset of await this.#ranges.unitsAt(address)) {
      const loaded = await this.load(offset)
      if (loaded.functions.find(address) !== undefined) return loaded
    }
    return undefined
  }

  /** A unit by its place in .debug_info. */
  load(offset: number): Promise<LoadedUnit> {
    let loaded = this.#units.get(offset)
    if (loaded === undefined) {
      if (this.#keptBytes > MAX_KEPT_BYTES) {
        this.#units = new Map()
        this.#keptBytes = 0
      }
      loaded = this.#load(offset).then(unit => {
        this.#keptBytes += unit.unit.cursor.length
        return unit
      })
      this.#units.set(offset, loaded)
    }
    return loaded
  }

  /** All units with code, one after the other; none is kept. Damaged ones are left out and given to `damaged`. */
  async *units(damaged: (error: FormatError) => void = () => {}): AsyncGenerator<LoadedUnit> {
    for (const { offset } of await readUnitHeaders(this.sections)) {
      try {
        yield await this.#load(offset)
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
        damaged(error)
      }
    }
  }

  async #locateIn({ unit, functions, lines, directory }: LoadedUnit, address: number): Promise<SourcePlace[]> {
    const position = functions.find(address)
    const row = lines?.rowAt(address)
    const place = (file: number | undefined, line: number | undefined, column: number | undefined): SourcePlace => {
      const path = file === undefined ? undefined : lines?.path(file)
      return {
        ...(path !== undefined && { file: path }),
        ...(directory !== undefined && { directory }),
        ...(line !== undefined && { line }),
        ...(column !== undefined && column !== 0 && { column }),
      }
    }
    const innermost = place(row?.file, row?.line, row?.column)
    if (position === undefined) return row === undefined ? [] : [innermost]
    const calls = inlinedCallsAt(unit, position, address)
    const places: SourcePlace[] = []
    let here = innermost
    for (const call of calls.reverse()) {
      places.push(named(await this.names.nameAt(unit, call.position), here))
      here = place(call.callFile, call.callLine, call.callColumn)
    }
    places.push(named(await this.names.nameAt(unit, position), here))
    return places
  }

  async #load(offset: number): Promise<LoadedUnit> {
    const { sections } = this
    const header = await readHeaderAt(sections, offset)
    const cursor = await sections.info.read(offset, header.end - offset)
    const skeleton = new Unit(header, sections, cursor, await readAbbreviations(sections, header))
    const unit = (await this.#splitUnit(skeleton)) ?? skeleton
    const { compilationDirectory } = skeleton.root
    return {
      unit,
      functions: new FunctionTable(unit),
      lines: await LineTable.read(skeleton, sections),
      directory: compilationDirectory && skeleton.text(compilationDirectory),
    }
  }

  async #splitUnit(skeleton: Unit): Promise<Unit | undefined> {
    const { dwoName, compilationDirectory } = skeleton.root
    const name = dwoName && skeleton.text(dwoName)
    if (name === undefined) return undefined
    const directory = compilationDirectory && skeleton.text(compilationDirectory)
    const file = (await this.#companions.package?.()) ?? (await this.#companions.split?.(name, directory))
    return file && readSplitUnit(file, skeleton)
  }
}

const named = (name: string | undefined, place: SourcePlace): SourcePlace =>
  name === undefined ? place : { function: name, ...place }
