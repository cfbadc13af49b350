// Relocation entries, found by the place they apply to and applied inside a window only: a module's debug information
// has hundreds of thousands and a lookup reads a few units of it. gABI 5, "Relocation".

import { Cursor } from '../../bytes/cursor.ts'
import type { ElfHeader } from './header.ts'
import { type RelocationType, type RelocationTypes, relocationTypesOf } from './relocation-types.ts'
import type { SectionBytes } from './section-bytes.ts'
import type { ElfSymbols } from './symbols.ts'

const EM_MIPS = 8
const EM_SPARCV9 = 43

/**
 * Of a large table every so many entries one is looked at: to see whether they stand in the order of their places, as
 * assemblers write them, and to know where to look. A table of no more is read whole.
 */
const STRIDE = 4096

/** Types of relocations are numbered from 0; those of debug sections come early. */
const PLAIN_TYPES = 256

/** Entries out of order are read and sorted whole, up to so many. */
const MAX_UNSORTED = 8 * 1024 * 1024

/** One entry: which symbol goes into which bytes. */
export interface Relocation {
  /** in the section */
  place: number
  bytes: number
  /** '' for a section itself */
  symbol: string
  section: number
  addend: number
}

export class Relocations {
  readonly count: number
  readonly #bytes: SectionBytes
  readonly #header: ElfHeader
  readonly #symbols: ElfSymbols
  readonly #types: RelocationTypes
  readonly #explicit: boolean
  readonly #entryBytes: number
  #values: Float64Array | undefined
  #plain: Uint8Array | undefined
  #symbol = 0
  #type = 0
  /** all entries in order of place: of small tables, and of those that are not sorted in the file */
  #whole: Cursor | undefined
  /** places of every STRIDE-th entry */
  #samples: Float64Array | undefined
  /** the stretch of entries that was searched last, and the first of them */
  #stretch: { first: number; entries: Cursor } | undefined

  /** `bytes` are those of a SHT_RELA (`explicit` addends) or SHT_REL section. */
  constructor(bytes: SectionBytes, explicit: boolean, header: ElfHeader, symbols: ElfSymbols) {
    this.#bytes = bytes
    this.#explicit = explicit
    this.#header = header
    this.#symbols = symbols
    this.#types = relocationTypesOf(header.machine)
    this.#entryBytes = header.wordBytes * (explicit ? 3 : 2)
    this.count = Math.floor(bytes.size / this.#entryBytes)
  }

  /**
   * Applies what concerns bytes [start, start + window.length) of the section to `window`, which is written to.
   * `sectionStart` is where the section stands in memory. Entries that straddle the window's ends are left out.
   */
  async apply(window: Cursor, start: number, sectionStart: number): Promise<void> {
    if (this.count === 0 || window.length === 0) return
    if (this.#whole === undefined && this.#samples === undefined) await this.#probe()
    const first = await this.#indexOf(start)
    const last = await this.#indexOf(start + window.length)
    if (first === last) return
    const entries = await this.#read(first, last - first)
    const view = new DataView(window.bytes.buffer, window.bytes.byteOffset, window.bytes.byteLength)
    const { wordBytes, order, machine } = this.#header
    const isPlain = wordBytes === 8 && order === 'little' && this.#explicit
    if (isPlain && machine !== EM_MIPS && machine !== EM_SPARCV9) this.#applyPlain(entries, view, start, sectionStart)
    else for (let index = first; index < last; index++) this.#applyNext(entries, view, start, sectionStart)
  }

  /** The entries for bytes [start, start + count) of the section, as they stand. */
  async within(start: number, count: number): Promise<Relocation[]> {
    if (this.count === 0) return []
    if (this.#whole === undefined && this.#samples === undefined) await this.#probe()
    const first = await this.#indexOf(start)
    const last = await this.#indexOf(start + count)
    if (first === last) return []
    const { wordBytes } = this.#header
    const entries = await this.#read(first, last - first)
    return Array.from({ length: last - first }, () => {
      const place = entries.offset(wordBytes)
      this.#readInfo(entries)
      const addend = this.#explicit ? readAddend(entries, wordBytes) : 0
      const known = this.#symbol < this.#symbols.count
      const symbol = known ? this.#symbols.name(this.#symbol) : ''
      const section = known ? this.#symbols.section(this.#symbol) : 0
      // Instructions of machines whose words hold an address in pieces are relocated as a whole.
      const bytes = this.#types[this.#type]?.bytes
      return { place, symbol, section, addend, bytes: bytes === undefined || bytes === 0 ? 4 : bytes }
    })
  }

  /** What nearly all modules have: Elf64_Rela of a little-endian machine, most of them "set"; the others one by one. */
  #applyPlain(entries: Cursor, view: DataView, start: number, sectionStart: number): void {
    const { buffer, byteOffset, byteLength } = entries.bytes
    const all = new DataView(buffer, byteOffset, byteLength)
    const sizes = this.#plainSizes()
    let symbol = -1
    let value = 0
    // Signed halves of numbers, as larger ones are slow until this is compiled for speed.
    for (let at = 0; at + 24 <= byteLength; at += 24) {
      const bytes = sizes[all.getInt32(at + 8, true)]
      const far = all.getInt32(at, true)
      const addend = all.getInt32(at + 16, true)
      const small = all.getInt32(at + 4, true) === 0 && far >= 0 && all.getInt32(at + 20, true) === addend >> 31
      if (bytes === undefined || bytes === 0 || !small) {
        this.#applyNext(entries.seek(at), view, start, sectionStart)
        continue
      }
      const place = far - start
      if (place + bytes > view.byteLength) continue
      const next = all.getInt32(at + 12, true)
      if (next !== symbol) {
        if (!(next >= 0 && next < this.#symbols.count)) continue
        symbol = next
        value = this.#valueOf(symbol)
      }
      const sum = value + addend
      if (bytes === 4) view.setInt32(place, sum | 0, true)
      else if (sum === (sum | 0) && sum >= 0) {
        view.setInt32(place, sum, true)
        view.setInt32(place + 4, 0, true)
      } else writeNumber(view, place, 8, sum, true)
    }
  }

  /** By type the bytes of those that set a number of the machine's, 0 for all others. */
  #plainSizes(): Uint8Array {
    this.#plain ??= Uint8Array.from({ length: PLAIN_TYPES }, (_, type) => {
      const known = this.#types[type]
      return known?.does === 'set' && (known.bytes === 4 || known.bytes === 8) ? known.bytes : 0
    })
    return this.#plain
  }

  /** Values of symbols that relocations are of are found once: most are those of a few sections. */
  #valueOf(symbol: number): number {
    this.#values ??= new Float64Array(this.#symbols.count).fill(Number.NaN)
    let value = this.#values[symbol]!
    if (Number.isNaN(value)) {
      value = this.#symbols.relocationValue(symbol)
      this.#values[symbol] = value
    }
    return value === (value | 0) ? value | 0 : value
  }

  #applyNext(entries: Cursor, view: DataView, start: number, sectionStart: number): void {
    const { wordBytes, order } = this.#header
    const place = entries.offset(wordBytes) - start
    this.#readInfo(entries)
    const symbol = this.#symbol
    const type = this.#type
    const addend = this.#explicit ? readAddend(entries, wordBytes) : undefined
    const relocation = this.#types[type]
    if (relocation === undefined || symbol >= this.#symbols.count) return
    if (place + Math.max(1, relocation.bytes) > view.byteLength) return
    const little = order === 'little'
    const { bytes, does } = relocation
    const there = bytes === 0 ? readLeb(view, place) : readNumber(view, place, bytes, little)
    const implicit = does === 'set' || does === 'relative' ? there : does === 'relative31' ? (there << 1) >> 1 : 0
    const sum = this.#symbols.relocationValue(symbol) + (addend ?? implicit)
    const value = relocated(does, sum, there, sectionStart + start + place)
    if (bytes === 0) writeLeb(view, place, value)
    else writeNumber(view, place, bytes, value, little)
  }

  /** r_info into #symbol and #type: there are hundreds of thousands, so nothing is made for each. */
  #readInfo(entries: Cursor): void {
    const { wordBytes, order, machine } = this.#header
    if (wordBytes === 4) {
      const info = entries.u32()
      this.#symbol = info >>> 8
      this.#type = info & 0xff
      return
    }
    const first = entries.u32()
    const second = entries.u32()
    const little = order === 'little'
    if (machine === EM_MIPS) {
      // 64-bit MIPS has a field of its own: symbol, then a special symbol and three types, a byte each.
      this.#symbol = first
      this.#type = little ? second >>> 24 : second & 0xff
      return
    }
    this.#symbol = little ? second : first
    const type = little ? first : second
    this.#type = machine === EM_SPARCV9 ? type & 0xff : type
  }

  /** The first entry at or behind a place. */
  async #indexOf(place: number): Promise<number> {
    if (this.#whole !== undefined) return this.#search(this.#whole, place)
    const samples = this.#samples!
    let stretch = 0
    while (stretch + 1 < samples.length && samples[stretch + 1]! < place) stretch++
    const first = stretch * STRIDE
    if (this.#stretch?.first !== first) {
      this.#stretch = { first, entries: await this.#read(first, Math.min(STRIDE, this.count - first)) }
    }
    return first + this.#search(this.#stretch.entries, place)
  }

  /** The first of these entries at or behind a place, their number when there is none. */
  #search(entries: Cursor, place: number): number {
    let low = 0
    let high = Math.floor(entries.length / this.#entryBytes)
    while (low < high) {
      const middle = (low + high) >>> 1
      if (entries.seek(middle * this.#entryBytes).offset(this.#header.wordBytes) < place) low = middle + 1
      else high = middle
    }
    return low
  }

  async #read(first: number, count: number): Promise<Cursor> {
    const [start, length] = [first * this.#entryBytes, count * this.#entryBytes]
    return this.#whole === undefined ? this.#bytes.read(start, length) : this.#whole.window(start, length)
  }

  async #probe(): Promise<void> {
    const { wordBytes } = this.#header
    const step = this.count <= STRIDE ? 1 : STRIDE
    const whole = step === 1 ? await this.#read(0, this.count) : undefined
    const samples = new Float64Array(Math.ceil(this.count / step))
    for (let sample = 0; sample < samples.length; sample++) {
      const entry = whole === undefined ? await this.#read(sample * step, 1) : whole.seek(sample * this.#entryBytes)
      samples[sample] = entry.offset(wordBytes)
      if (sample > 0 && samples[sample]! < samples[sample - 1]!) return this.#sort()
    }
    if (whole === undefined) this.#samples = samples
    else this.#whole = whole
  }

  async #sort(): Promise<void> {
    const all = await this.#bytes.read(0, this.count * this.#entryBytes)
    if (this.count > MAX_UNSORTED) throw all.error(`${this.count} relocations out of order: above the limit`, 0)
    const places = Float64Array.from({ length: this.count }, (_, index) =>
      all.seek(index * this.#entryBytes).offset(this.#header.wordBytes),
    )
    const order = Uint32Array.from(places.keys()).sort((a, b) => places[a]! - places[b]! || a - b)
    const bytes = new Uint8Array(all.length)
    for (const [to, from] of order.entries()) {
      bytes.set(all.bytes.subarray(from * this.#entryBytes, (from + 1) * this.#entryBytes), to * this.#entryBytes)
    }
    this.#whole = new Cursor(this.#bytes.name, bytes, all.order)
  }
}

/** What a relocation makes of S+A, of what stands there and of the place. */
function relocated(does: RelocationType['does'], sum: number, there: number, place: number): number {
  switch (does) {
    case 'set':
      return sum
    case 'relative':
      return sum - place
    case 'relative31':
      return ((there & 0x80000000) | ((sum - place) & 0x7fffffff)) >>> 0
    case 'add':
      return there + sum
    case 'subtract':
      return there - sum
    case 'set6':
      return (there & 0xc0) | (sum & 0x3f)
    case 'subtract6':
      return (there & 0xc0) | ((there - sum) & 0x3f)
    case 'nothing':
      return there
  }
}

function readAddend(entries: Cursor, wordBytes: 4 | 8): number {
  return wordBytes === 4 ? entries.i32() : entries.signed64()
}

function readNumber(view: DataView, at: number, bytes: 1 | 2 | 4 | 8, little: boolean): number {
  switch (bytes) {
    case 1:
      return view.getUint8(at)
    case 2:
      return view.getUint16(at, little)
    case 4:
      return view.getUint32(at, little)
    case 8:
      return Number(view.getBigInt64(at, little))
  }
}

function writeNumber(view: DataView, at: number, bytes: 1 | 2 | 4 | 8, value: number, little: boolean): void {
  switch (bytes) {
    case 1:
      view.setUint8(at, value)
      return
    case 2:
      view.setUint16(at, value, little)
      return
    case 4:
      view.setUint32(at, value % 0x1_0000_0000, little)
      return
    case 8: {
      const high = Math.floor(value / 0x1_0000_0000)
      view.setUint32(at + (little ? 0 : 4), value - high * 0x1_0000_0000, little)
      view.setUint32(at + (little ? 4 : 0), high, little)
      return
    }
  }
}

/** The LEB128 number at a place: its value and, as it may not grow, its length. */
function readLeb(view: DataView, at: number): number {
  let value = 0
  for (let index = 0, scale = 1; index < lebLength(view, at); index++, scale *= 128) {
    value += (view.getUint8(at + index) & 0x7f) * scale
  }
  return value
}

function lebLength(view: DataView, at: number): number {
  let length = 0
  while (length < 7 && at + length < view.byteLength && view.getUint8(at + length) >= 0x80) length++
  return at + length < view.byteLength ? length + 1 : length
}

function writeLeb(view: DataView, at: number, value: number): void {
  const length = lebLength(view, at)
  let rest = value
  for (let index = 0; index < length; index++) {
    const low = ((rest % 128) + 128) % 128
    view.setUint8(at + index, index === length - 1 ? low : low | 0x80)
    rest = Math.floor(rest / 128)
  }
}
