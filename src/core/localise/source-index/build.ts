// Builds the index of one object: a kernel or a module.

import { FormatError } from '../../bytes/cursor.ts'
import { form } from '../../formats/dwarf/constants.ts'
import type { DebugInfo, LoadedUnit } from '../../formats/dwarf/debug-info.ts'
import type { LineTable } from '../../formats/dwarf/lines.ts'
import type { FoundName } from '../../formats/dwarf/names.ts'
import type { CodeSymbols } from '../code-symbols.ts'
import type { ElfCode } from '../elf-code.ts'
import { writeBlock } from './block.ts'
import { ByteWriter } from './byte-writer.ts'
import { BLOCK_SEGMENTS, hashOf, OBJECT_HEADER_BYTES, RELOCATABLE, type TableName, tables } from './format.ts'
import { type Piece, piecesOf, type UnitNumbers } from './unit-pieces.ts'

export interface BuildNotes {
  units: number
  symbols: number
  blocks: number
  /** what could not be read and is left out */
  damage: FormatError[]
}

/** Addresses from the base on that the index can hold. */
const ADDRESS_LIMIT = 2 ** 32

/** Damage beyond this is counted, not kept. */
const MAX_DAMAGE = 100

/** The bytes of one object. `progress` is told how many units are done. */
export async function buildIndex(
  code: ElfCode,
  progress?: (units: number) => void,
): Promise<{ bytes: Uint8Array; notes: BuildNotes }> {
  const strings = new Strings()
  const blocks = new Blocks()
  const files = new Files(strings)
  const notes: BuildNotes = { units: 0, symbols: 0, blocks: 0, damage: [] }
  const info = await code.info()
  if (info !== undefined) {
    const damaged = (error: FormatError): void => {
      if (notes.damage.length < MAX_DAMAGE) notes.damage.push(error)
    }
    const names = new FunctionNames(info, strings)
    for await (const unit of info.units(damaged)) {
      for await (const piece of piecesOf(unit, numbersOf(unit, names, files))) blocks.add(piece)
      notes.units++
      progress?.(notes.units)
    }
  }
  const sorted = blocks.sorted()
  const symbols = writeSymbols(await code.symbols(), strings)
  notes.blocks = sorted.count
  notes.symbols = symbols.count
  const release = strings.number((await code.release()) ?? '')
  const contents: Record<TableName, Uint8Array> = {
    blockStarts: sorted.starts,
    blockOffsets: sorted.offsets,
    blocks: blocks.bytes,
    ...symbols.tables,
    files: files.bytes,
    ...strings.tables(),
  }
  return { bytes: joined(code, release, contents), notes }
}

function joined(code: ElfCode, release: number, contents: Record<TableName, Uint8Array>): Uint8Array {
  const size = tables.reduce((sum, name) => sum + contents[name].length + 8, OBJECT_HEADER_BYTES)
  const out = new ByteWriter(size)
  out.u64(code.base)
  out.u32(code.relocatable ? RELOCATABLE : 0)
  out.u32(release)
  let at = OBJECT_HEADER_BYTES
  for (const name of tables) {
    out.u64(BigInt(at))
    out.u64(BigInt(contents[name].length))
    at += Math.ceil(contents[name].length / 8) * 8
  }
  for (const name of tables) {
    out.append(contents[name])
    out.align(8)
  }
  return out.bytes
}

/** Texts by number; the empty one is 0. */
class Strings {
  readonly #numbers = new Map<string, number>([['', 0]])
  readonly #text = new ByteWriter(1 << 20)
  readonly #offsets = new ByteWriter(1 << 18)

  constructor() {
    this.#offsets.u32(0)
    this.#text.u8(0)
  }

  number(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(text, number)
    this.#offsets.u32(this.#text.length)
    for (let index = 0; index < text.length; index++) this.#text.u8(text.charCodeAt(index))
    this.#text.u8(0)
    return number
  }

  tables(): Pick<Record<TableName, Uint8Array>, 'stringOffsets' | 'strings'> {
    return { stringOffsets: this.#offsets.bytes, strings: this.#text.bytes }
  }
}

/** Files by number, from 1. */
class Files {
  readonly #strings: Strings
  readonly #numbers = new Map<string, number>()
  readonly #table = new ByteWriter(1 << 16)
  /** by folder of compilation, then by the line table's key of the path */
  readonly #keys = new Map<string | undefined, Map<number, number>>()

  constructor(strings: Strings) {
    this.#strings = strings
    this.#table.u32(0)
    this.#table.u32(0)
  }

  number(path: string, directory: string | undefined): number {
    const key = `${path}\0${directory ?? ''}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#numbers.size + 1
    this.#numbers.set(key, number)
    this.#table.u32(this.#strings.number(path))
    this.#table.u32(this.#strings.number(directory ?? ''))
    return number
  }

  /** Of a file of a unit by its number there; 0 where it has none. Most were met in other units. */
  numberIn(lines: LineTable | undefined, file: number, directory: string | undefined): number {
    const key = lines?.pathKey(file)
    let keys = this.#keys.get(directory)
    if (keys === undefined) {
      keys = new Map()
      this.#keys.set(directory, keys)
    }
    const known = key === undefined ? undefined : keys.get(key)
    if (known !== undefined) return known
    const path = lines?.path(file)
    const number = path === undefined ? 0 : this.number(path, directory)
    if (key !== undefined) keys.set(key, number)
    return number
  }

  get bytes(): Uint8Array {
    return this.#table.bytes
  }
}

/** Names of functions by number; each text of .debug_str is looked at once. */
class FunctionNames {
  readonly #info: DebugInfo
  readonly #strings: Strings
  readonly #byOffset = new Map<number, number>()

  constructor(info: DebugInfo, strings: Strings) {
    this.#info = info
    this.#strings = strings
  }

  number(unit: LoadedUnit['unit'], position: number): number | Promise<number> {
    const found = this.#info.names.find(unit, position)
    if (!(found instanceof Promise)) return this.#numberOf(found)
    return found.then(
      name => this.#numberOf(name),
      error => {
        // The damage is in another unit: this one loses a name.
        if (error instanceof FormatError) return 0
        throw error
      },
    )
  }

  #numberOf({ unit, text }: FoundName): number {
    if (text === undefined) return 0
    const shared = text.form === form.strp && unit.sections === this.#info.sections
    const known = shared ? this.#byOffset.get(text.value) : undefined
    if (known !== undefined) return known
    const number = this.#strings.number(unit.text(text) ?? '')
    if (shared) this.#byOffset.set(text.value, number)
    return number
  }
}

function numbersOf({ unit, lines, directory }: LoadedUnit, names: FunctionNames, files: Files): UnitNumbers {
  const byOrigin = new Map<number, number | Promise<number>>()
  const byFile: number[] = []
  return {
    name: (position, origin) => {
      // References within the unit; many calls of one inlined function have the same.
      if (origin.form !== form.ref4) return names.number(unit, position)
      let number = byOrigin.get(origin.value)
      if (number === undefined) {
        number = names.number(unit, position)
        byOrigin.set(origin.value, number)
      }
      return number
    },
    file: file => {
      let number = byFile[file]
      if (number === undefined) {
        number = files.numberIn(lines, file, directory)
        if (file <= (lines?.fileCount ?? 0)) byFile[file] = number
      }
      return number
    },
  }
}

/** The blocks of all units as they come, and the order of their addresses. */
class Blocks {
  readonly #out = new ByteWriter(1 << 20)
  readonly #starts: number[] = []
  readonly #offsets: number[] = []

  add({ low, name, nodes, segments }: Piece): void {
    let start = low
    for (let first = 0; first < segments.length; first += BLOCK_SEGMENTS) {
      const last = Math.min(segments.length, first + BLOCK_SEGMENTS)
      let length = 0
      for (let index = first; index < last; index++) length += segments[index]!.length
      // Code that the linker dropped is at address 0, far from the rest.
      if (start >= 0 && start + length <= ADDRESS_LIMIT) {
        this.#starts.push(start)
        this.#offsets.push(this.#out.length)
        writeBlock(this.#out, name, nodes, segments, first, last)
      }
      start += length
    }
  }

  get bytes(): Uint8Array {
    return this.#out.bytes
  }

  sorted(): { count: number; starts: Uint8Array; offsets: Uint8Array } {
    const starts = this.#starts
    const order = Uint32Array.from(starts.keys()).sort((a, b) => starts[a]! - starts[b]! || a - b)
    return {
      count: order.length,
      starts: column(order.length, index => starts[order[index]!]!),
      offsets: column(order.length, index => this.#offsets[order[index]!]!),
    }
  }
}

type SymbolTables = Pick<
  Record<TableName, Uint8Array>,
  'symbolAddresses' | 'symbolSizes' | 'symbolNames' | 'symbolSlots'
>

function writeSymbols(all: CodeSymbols | undefined, strings: Strings): { count: number; tables: SymbolTables } {
  const symbols = [...(all ?? [])].filter(({ address }) => address >= 0 && address < ADDRESS_LIMIT)
  let slots = 16
  while (slots < symbols.length * 2) slots *= 2
  const table = new Uint32Array(slots)
  for (const [index, { name }] of symbols.entries()) {
    let slot = hashOf(name) % slots
    while (table[slot] !== 0) slot = (slot + 1) % slots
    table[slot] = index + 1
  }
  return {
    count: symbols.length,
    tables: {
      symbolAddresses: column(symbols.length, index => symbols[index]!.address),
      symbolSizes: column(symbols.length, index => Math.min(symbols[index]!.sizeBytes ?? 0, ADDRESS_LIMIT - 1)),
      symbolNames: column(symbols.length, index => strings.number(symbols[index]!.name)),
      symbolSlots: column(slots, index => table[index]!),
    },
  }
}

function column(count: number, value: (index: number) => number): Uint8Array {
  const out = new ByteWriter(count * 4)
  for (let index = 0; index < count; index++) out.u32(value(index))
  return out.bytes
}
