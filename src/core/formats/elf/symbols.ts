// The symbol table. gABI 5, "Symbol Table". Entries stay as they are in the file and are read by index: a kernel has a
// hundred thousand and a lookup needs thirty.

import type { Cursor } from '../../bytes/cursor.ts'
import type { ElfHeader } from './header.ts'
import type { Layout } from './layout.ts'

export const STT_NOTYPE = 0
export const STT_FUNC = 2
export const STT_GNU_IFUNC = 10

const SHN_ABS = 0xfff1
export const SHN_XINDEX = 0xffff

const ENTRY_BYTES = { 4: 16, 8: 24 } as const

const DOLLAR = 0x24
const DOT = 0x2e
const CAPITAL_L = 0x4c

const EM_ARM = 40
const EM_MIPS = 8

/** The table as words in the host's order (signed, since larger numbers are slow until code is compiled for speed), and which of an entry's words has what. */
export interface SymbolColumns {
  words: Int32Array
  /** words of an entry; the first is the name's offset */
  step: number
  /** low word of the value */
  value: number
  info: number
  infoShift: number
  section: number
  sectionShift: number
  /** for each section what makes addresses of the low words of values, modulo 2^32 */
  origins: Int32Array
}

const hostOrder = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 'little' : 'big'

export class ElfSymbols {
  readonly count: number
  readonly names: Cursor
  readonly #entries: DataView
  readonly #little: boolean
  readonly #wide: boolean
  readonly #layout: Layout
  readonly #relocatable: boolean
  readonly #lowBitIsMode: boolean
  readonly #indices: Cursor | undefined
  #columns: SymbolColumns | undefined

  /** `indices` is the SHT_SYMTAB_SHNDX section of files with more than 65,279 sections. */
  constructor(
    entries: Cursor,
    names: Cursor,
    header: ElfHeader,
    layout: Layout,
    relocatable: boolean,
    indices?: Cursor,
  ) {
    this.count = Math.floor(entries.length / ENTRY_BYTES[header.wordBytes])
    this.names = names
    const { buffer, byteOffset, byteLength } = entries.bytes
    this.#entries = new DataView(buffer, byteOffset, byteLength)
    this.#little = header.order === 'little'
    this.#wide = header.wordBytes === 8
    this.#layout = layout
    this.#relocatable = relocatable
    this.#lowBitIsMode = header.machine === EM_ARM || header.machine === EM_MIPS
    this.#indices = indices
  }

  nameOffset(index: number): number {
    return this.#entries.getUint32(index * (this.#wide ? 24 : 16), this.#little)
  }

  /** '' where the table of names ends before it. */
  name(index: number): string {
    const offset = this.nameOffset(index)
    const end = this.names.bytes.indexOf(0, offset)
    return end < 0 || offset > end ? '' : this.names.seek(offset).cstring()
  }

  /** The first symbol of this name that is defined; undefined when there is none. */
  find(name: string): number | undefined {
    for (let index = 1; index < this.count; index++) {
      if (this.isNamed(index, name) && this.section(index) !== 0) return index
    }
    return undefined
  }

  type(index: number): number {
    return this.#info(index) & 15
  }

  /** STB_LOCAL 0, STB_GLOBAL 1, STB_WEAK 2 */
  binding(index: number): number {
    return this.#info(index) >> 4
  }

  /** index of its section; 0 when it is defined elsewhere, SHN_ABS and others from 0xff00 on */
  section(index: number): number {
    const at = this.#wide ? index * 24 + 6 : index * 16 + 14
    const section = this.#entries.getUint16(at, this.#little)
    if (section !== SHN_XINDEX || this.#indices === undefined) return section
    return (index + 1) * 4 <= this.#indices.length ? this.#indices.seek(index * 4).u32() : section
  }

  /** in bytes; 0 for most assembler labels */
  size(index: number): number {
    if (!this.#wide) return this.#entries.getUint32(index * 16 + 8, this.#little)
    return this.#number64(index * 24 + 16, 0, 0)
  }

  /** Its address counted from the layout's base; NaN when its section is not loaded. */
  address(index: number): number {
    const { base, starts } = this.#layout
    const value = this.#wide
      ? this.#number64(index * 24 + 8, this.#relocatable ? 0 : base.high, this.#relocatable ? 0 : base.low)
      : this.#entries.getUint32(index * 16 + 4, this.#little) - (this.#relocatable ? 0 : base.low)
    const exact = this.#lowBitIsMode && (value & 1) === 1 && this.type(index) === STT_FUNC ? value - 1 : value
    if (!this.#relocatable) return exact
    const section = this.section(index)
    return section === SHN_ABS ? exact : (starts[section] ?? Number.NaN) + exact
  }

  get columns(): SymbolColumns {
    if (this.#columns !== undefined) return this.#columns
    const little = this.#little
    const info = this.#wide ? 1 : 3
    this.#columns = {
      words: this.#words(),
      step: this.#wide ? 6 : 4,
      value: !this.#wide ? 1 : little ? 2 : 3,
      info,
      infoShift: little ? 0 : 24,
      section: info,
      sectionShift: little ? 16 : 0,
      origins: Int32Array.from(this.#layout.starts, start => (this.#relocatable ? start : -this.#layout.base.low)),
    }
    return this.#columns
  }

  #words(): Int32Array {
    const { buffer, byteOffset, byteLength } = this.#entries
    const length = this.count * (this.#wide ? 6 : 4)
    if (hostOrder === (this.#little ? 'little' : 'big') && byteOffset % 4 === 0) {
      return new Int32Array(buffer, byteOffset, Math.min(length, byteLength >>> 2))
    }
    const words = new Int32Array(length)
    for (let index = 0; index < length; index++) words[index] = this.#entries.getInt32(index * 4, this.#little)
    return words
  }

  isNamed(index: number, name: string): boolean {
    const { bytes } = this.names
    const start = this.nameOffset(index)
    if (bytes[start + name.length] !== 0 || bytes[start] !== name.charCodeAt(0)) return false
    for (let at = 1; at < name.length; at++) if (bytes[start + at] !== name.charCodeAt(at)) return false
    return true
  }

  /**
   * Whether it is a function or a label in one of these sections. What assemblers and compilers leave for themselves
   * (mapping symbols, local labels) is not.
   */
  isIn(index: number, wanted: Uint8Array): boolean {
    const { words, step, info, infoShift, section, sectionShift } = this.columns
    const at = index * step
    const type = (words[at + info]! >>> infoShift) & 15
    if (type !== STT_FUNC && type !== STT_NOTYPE && type !== STT_GNU_IFUNC) return false
    const near = (words[at + section]! >>> sectionShift) & 0xffff
    if (wanted[near === SHN_XINDEX ? this.section(index) : near] !== 1) return false
    return type !== STT_NOTYPE || !this.#isLocalLabel(words[at]! >>> 0)
  }

  #isLocalLabel(name: number): boolean {
    const { bytes } = this.names
    const first = bytes[name]
    return first === undefined || first === 0 || first === DOLLAR || (first === DOT && bytes[name + 1] === CAPITAL_L)
  }

  /** All symbols of the sections, in the order of the table: their indices and addresses. */
  inSections(wanted: Uint8Array): { indices: Uint32Array; addresses: Float64Array } {
    const indices = new Uint32Array(this.count)
    const addresses = new Float64Array(this.count)
    let used = 0
    for (let index = 1; index < this.count; index++) {
      if (!this.isIn(index, wanted)) continue
      indices[used] = index
      addresses[used++] = this.address(index)
    }
    return { indices: indices.subarray(0, used), addresses: addresses.subarray(0, used) }
  }

  /** The value as it stands in the table, for relocations: a section that is not loaded counts from 0. */
  relocationValue(index: number): number {
    const loaded = this.address(index)
    if (!Number.isNaN(loaded)) return loaded
    return this.#wide ? this.#number64(index * 24 + 8, 0, 0) : this.#entries.getUint32(index * 16 + 4, this.#little)
  }

  #info(index: number): number {
    return this.#entries.getUint8(this.#wide ? index * 24 + 4 : index * 16 + 12)
  }

  #number64(at: number, baseHigh: number, baseLow: number): number {
    const low = this.#entries.getUint32(this.#little ? at : at + 4, this.#little)
    const high = this.#entries.getUint32(this.#little ? at + 4 : at, this.#little)
    return (high - baseHigh) * 0x1_0000_0000 + (low - baseLow)
  }
}
