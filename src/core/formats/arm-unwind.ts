// How ARM kernels and programs unwind their stacks: .ARM.exidx, an index of functions, and .ARM.extab, byte codes that undo
// what a function did to its stack. Exception Handling ABI for the Arm Architecture §6 and §10; the kernel's reader is
// arch/arm/kernel/unwind.c.

import { Cursor } from '../bytes/cursor.ts'
import type { ElfFile } from './elf/elf-file.ts'
import type { Section } from './elf/sections.ts'

const SHT_ARM_EXIDX = 0x70000001
const CANNOT_UNWIND = 1

const [R4, SP, LR, PC] = [4, 13, 14, 15]

/** So many rising addresses of code in a row are nothing else; a kernel has tens of thousands. */
const MIN_FOUND_ENTRIES = 512

/** The byte codes of one function, at most: a length field of eight bits counts words. */
const MAX_CODE_BYTES = 4 * 257

export type ArmUnwindEntry =
  /** the function's start, counted from the layout's base */
  { start: number } & ({ cannot: true } | { cannot: false; code: Uint8Array })

/** One pair of index and table; a module has one for each section of code. */
interface Part {
  /** ascending starts of functions */
  starts: Float64Array
  index: Cursor
  /** where the index stands */
  at: number
}

export class ArmUnwindTable {
  readonly #parts: readonly Part[]
  readonly #tables: readonly { at: number; bytes: Cursor }[]

  /** undefined where the file has no index. Throws FormatError. */
  static async open(elf: ElfFile): Promise<ArmUnwindTable | undefined> {
    // The kernel's own have other names, in which a linker script gathers them.
    const isIndex = ({ name, type }: Section): boolean =>
      type === SHT_ARM_EXIDX || name === '.ARM.unwind_idx' || name.startsWith('.ARM.exidx')
    const isTable = ({ name }: Section): boolean => name === '.ARM.unwind_tab' || name.startsWith('.ARM.extab')
    const read = async (section: Section): Promise<{ at: number; bytes: Cursor }> => {
      const bytes = await elf.contents(section)
      return { at: elf.layout.starts[section.index] ?? Number.NaN, bytes: await bytes.read(0, bytes.size) }
    }
    const indexes = await Promise.all(elf.sections.filter(isIndex).map(read))
    const tables = await Promise.all(elf.sections.filter(isTable).map(read))
    const filled = indexes.filter(({ at, bytes }) => bytes.length >= 8 && !Number.isNaN(at))
    return filled.length === 0 ? undefined : new ArmUnwindTable(filled, tables)
  }

  /**
   * The index of a kernel image without headers, found by what it is: addresses of functions that rise through the code.
   * `start` is where the image stands; `text` its code, counted alike. Undefined where there is none.
   */
  static search(image: Uint8Array, start: number, text: { start: number; end: number }): ArmUnwindTable | undefined {
    const whole = new Cursor('ARM unwinding index', image, 'little')
    const view = new DataView(image.buffer, image.byteOffset, image.byteLength)
    const targetAt = (at: number): number => {
      const distance = relative31(view.getUint32(at, true))
      // The index stands behind the code.
      return view.getUint32(at, true) >= 0x80000000 || distance >= 0 ? Number.NaN : start + at + distance
    }
    const isEntry = (at: number, after: number): boolean => {
      const target = at + 8 <= image.length ? targetAt(at) : Number.NaN
      return target >= text.start && target < text.end && target > after
    }
    for (let at = 0; at + 8 <= image.length; at += 4) {
      let end = at
      for (let last = -1; isEntry(end, last); end += 8) last = targetAt(end)
      if (end - at < MIN_FOUND_ENTRIES * 8) continue
      return new ArmUnwindTable([{ at: start + at, bytes: whole.window(at, end - at) }], [{ at: start, bytes: whole }])
    }
    return undefined
  }

  constructor(indexes: readonly { at: number; bytes: Cursor }[], tables: readonly { at: number; bytes: Cursor }[]) {
    this.#tables = tables
    this.#parts = indexes.map(({ at, bytes }) => {
      const starts = new Float64Array(Math.floor(bytes.length / 8))
      for (let i = 0; i < starts.length; i++) starts[i] = at + i * 8 + relative31(bytes.seek(i * 8).u32())
      return { starts, index: bytes, at }
    })
  }

  get count(): number {
    return this.#parts.reduce((sum, { starts }) => sum + starts.length, 0)
  }

  /** Starts of functions, ascending within each section. */
  starts(): number[] {
    return this.#parts.flatMap(({ starts }) => [...starts])
  }

  /** The entry of the function at an address; undefined before the first. Throws FormatError. */
  find(address: number): ArmUnwindEntry | undefined {
    let best: { part: Part; place: number } | undefined
    for (const part of this.#parts) {
      const place = lastUpTo(part.starts, address)
      if (place < 0) continue
      if (best === undefined || part.starts[place]! > best.part.starts[best.place]!) best = { part, place }
    }
    return best && this.#entry(best.part, best.place)
  }

  #entry({ starts, index, at }: Part, place: number): ArmUnwindEntry {
    const start = starts[place]!
    const word = index.seek(place * 8 + 4).u32()
    if (word === CANNOT_UNWIND) return { start, cannot: true }
    if (word >= 0x80000000) return { start, cannot: false, code: codeOf(index, word, place * 8 + 8) }
    const target = at + place * 8 + 4 + relative31(word)
    const table = this.#tables.find(each => target >= each.at && target + 4 <= each.at + each.bytes.length)
    if (table === undefined) throw index.error('an entry outside of the table', place * 8 + 4)
    const position = target - table.at
    const first = table.bytes.seek(position).u32()
    if (first >= 0x80000000) return { start, cannot: false, code: codeOf(table.bytes, first, position + 4) }
    // A routine of the language: its data has the same form behind the routine's address, with the count on top.
    const second = table.bytes.u32()
    const more = second >>> 24
    return { start, cannot: false, code: bytesOf(table.bytes, second, 3, more, position + 8) }
  }
}

const relative31 = (word: number): number => (word << 1) >> 1

/** Compact forms: personality routine 0 has three bytes, 1 and 2 count further words. */
function codeOf(cursor: Cursor, word: number, behind: number): Uint8Array {
  const routine = (word >>> 24) & 0x0f
  if (routine === 0) return bytesOf(cursor, word, 3, 0, behind)
  if (routine > 2) throw cursor.error(`unwinding by routine ${routine}; known are 0 to 2`, behind - 4)
  return bytesOf(cursor, word, 2, (word >>> 16) & 0xff, behind)
}

/** The low bytes of a word, high one first, then those of further words. */
function bytesOf(cursor: Cursor, word: number, low: 2 | 3, more: number, behind: number): Uint8Array {
  const code = new Uint8Array(Math.min(MAX_CODE_BYTES, low + more * 4))
  const put = (value: number, count: number, at: number): void => {
    for (let i = 0; i < count; i++) code[at + i] = value >>> ((count - 1 - i) * 8)
  }
  put(word, low, 0)
  cursor.seek(behind)
  for (let i = 0; i < more; i++) put(cursor.u32(), 4, low + i * 4)
  return code
}

function lastUpTo(starts: Float64Array, address: number): number {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (starts[middle]! <= address) low = middle + 1
    else high = middle
  }
  return low - 1
}

export interface ArmUnwound {
  /** of the caller, as far as they are known */
  registers: Map<number, bigint>
  /** where registers were saved */
  saved: { register: number; at: bigint }[]
  stackPointer: bigint
  /** undefined where its word was not printed */
  returnTo: bigint | undefined
}

/**
 * Undoes a function. Undefined where the code refuses, or asks for a register that is not known. `read` gives words of
 * the stack. Throws FormatError where the code breaks off.
 */
export function unwindArm(
  code: Uint8Array,
  registers: ReadonlyMap<number, bigint>,
  read: (address: bigint) => bigint | undefined,
): ArmUnwound | undefined {
  const start = registers.get(SP)
  if (start === undefined) return undefined
  const undoing = new Undoing(registers, start, read)
  const bytes = new Cursor('ARM unwind code', code, 'little')
  while (!bytes.done) {
    const going = undoing.step(bytes.u8(), bytes)
    if (going === 'refused') return undefined
    if (going === 'finished') break
  }
  return undoing.result()
}

class Undoing {
  readonly #registers: Map<number, bigint>
  readonly #saved: { register: number; at: bigint }[] = []
  readonly #read: (address: bigint) => bigint | undefined
  #vsp: bigint
  #returnSaved = false

  constructor(registers: ReadonlyMap<number, bigint>, start: bigint, read: (address: bigint) => bigint | undefined) {
    this.#registers = new Map(registers)
    // What is not said to be saved, and is the caller's to save, is lost.
    for (const scratch of [0, 1, 2, 3, 12]) this.#registers.delete(scratch)
    this.#vsp = start
    this.#read = read
  }

  step(byte: number, more: Cursor): 'going' | 'finished' | 'refused' {
    if (byte < 0x40) this.#vsp += BigInt(((byte & 0x3f) << 2) + 4)
    else if (byte < 0x80) this.#vsp -= BigInt(((byte & 0x3f) << 2) + 4)
    else if (byte < 0x90) {
      if (more.done) return 'refused'
      const mask = ((byte & 0x0f) << 8) | more.u8()
      if (mask === 0) return 'refused'
      this.#pop(mask << R4)
    } else if (byte < 0xa0) {
      const value = this.#registers.get(byte & 0x0f)
      if (value === undefined || (byte & 0x0f) === SP || (byte & 0x0f) === PC) return 'refused'
      this.#vsp = value
    } else if (byte < 0xb0) {
      this.#pop((((1 << ((byte & 7) + 1)) - 1) << R4) | ((byte & 8) !== 0 ? 1 << LR : 0))
    } else if (byte === 0xb0) return 'finished'
    else if (byte === 0xb1) {
      const mask = more.done ? 0 : more.u8()
      if (mask === 0 || mask > 0x0f) return 'refused'
      this.#pop(mask)
    } else if (byte === 0xb2) {
      if (more.done) return 'refused'
      const words = more.ulebConstant()
      if (!(words < 2 ** 28)) return 'refused'
      this.#vsp += BigInt(0x204 + words * 4)
    } else return this.#coprocessor(byte, more)
    return 'going'
  }

  result(): ArmUnwound {
    const registers = this.#registers
    // A function that kept its return address in the register returns to what that holds.
    const returnTo = registers.get(this.#returnSaved ? PC : LR)
    registers.set(SP, this.#vsp)
    registers.delete(PC)
    return { registers, saved: this.#saved, stackPointer: this.#vsp, returnTo }
  }

  #pop(mask: number): void {
    let newStack: bigint | undefined
    for (let register = 0; register < 16; register++) {
      if ((mask & (1 << register)) === 0) continue
      const value = this.#read(this.#vsp)
      this.#saved.push({ register, at: this.#vsp })
      if (register === PC) this.#returnSaved = true
      if (value === undefined) this.#registers.delete(register)
      else this.#registers.set(register, value)
      if (register === SP) newStack = value
      this.#vsp += 4n
    }
    if (newStack !== undefined) this.#vsp = newStack
  }

  /** Floating point and others: only their size matters. */
  #coprocessor(byte: number, more: Cursor): 'going' | 'refused' {
    const second = (): number => (more.done ? 0 : more.u8())
    if (byte === 0xb3) this.#vsp += BigInt(((second() & 0x0f) + 1) * 8 + 4)
    // the code that signs the return address (PACBTI)
    else if (byte === 0xb4) this.#vsp += 4n
    else if (byte >= 0xb8 && byte <= 0xbf) this.#vsp += BigInt(((byte & 7) + 1) * 8 + 4)
    else if (byte >= 0xc0 && byte <= 0xc5) this.#vsp += BigInt(((byte & 7) + 1) * 8)
    else if (byte === 0xc6 || byte === 0xc8 || byte === 0xc9) this.#vsp += BigInt(((second() & 0x0f) + 1) * 8)
    else if (byte === 0xc7) {
      const mask = second()
      if (mask === 0 || mask > 0x0f) return 'refused'
      for (let bit = 0; bit < 4; bit++) if ((mask & (1 << bit)) !== 0) this.#vsp += 4n
    } else if (byte >= 0xd0 && byte <= 0xd7) this.#vsp += BigInt(((byte & 7) + 1) * 8)
    else return 'refused'
    return 'going'
  }
}
