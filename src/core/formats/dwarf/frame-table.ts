// Call frame information: for every address of a function where its caller's frame is and where registers were saved.
// DWARF 5 §6.4; .eh_frame as the Linux Standard Base has it (Core §10.6).

import { Cursor, FormatError } from '../../bytes/cursor.ts'
import type { ElfFile } from '../elf/elf-file.ts'
import { type FrameRow, rowAt } from './frame-rows.ts'
import { type FrameSection, isOmitted, readPointer } from './pointer-encoding.ts'

/** A kernel of an all-options build has 300,000; beyond that the table is not believed. */
const MAX_ENTRIES = 4_000_000

/** What functions have in common. */
export interface CommonEntry {
  codeAlign: number
  dataAlign: number
  /** register, or column, of the return address */
  returnRegister: number
  /** the frame of a signal or of an exception's entry: the caller was interrupted */
  signal: boolean
  pointerEncoding: number
  hasAugmentation: boolean
  addressBytes: 4 | 8
  instructions: Cursor
}

/** Addresses [low, high) counted from the layout's base. */
export interface FrameEntry {
  low: number
  high: number
  common: CommonEntry
  instructions: Cursor
}

export class FrameTable {
  readonly #entries: readonly FrameEntry[]

  /** .debug_frame, or else .eh_frame; undefined where the file has neither. Throws FormatError. */
  static async open(elf: ElfFile): Promise<FrameTable | undefined> {
    const entries: FrameEntry[] = []
    for (const name of ['.debug_frame', '.eh_frame']) {
      const section = elf.section(name)
      // 8: in memory only, as a file of debug information has the sections of its program
      const cursor = section === undefined || section.type === 8 ? undefined : await elf.read(name)
      if (section === undefined || cursor === undefined || cursor.length === 0) continue
      const { wordBytes } = elf.header
      const start = elf.layout.starts[section.index] ?? 0
      const form = {
        base: elf.layout.base,
        wordBytes,
        start: Number.isNaN(start) ? 0 : start,
        isEh: name === '.eh_frame',
      }
      // Not one after the other with a spread: there may be more than a call takes arguments.
      for (const entry of readFrames(cursor, form)) entries.push(entry)
    }
    return entries.length === 0 ? undefined : new FrameTable(entries)
  }

  constructor(entries: readonly FrameEntry[]) {
    this.#entries = entries.toSorted((a, b) => a.low - b.low)
  }

  get count(): number {
    return this.#entries.length
  }

  /** The entry of the function at an address. */
  find(address: number): FrameEntry | undefined {
    let [low, high] = [0, this.#entries.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#entries[middle]!.low <= address) low = middle + 1
      else high = middle
    }
    // Of both sections the same function may be described twice.
    for (let index = low - 1; index >= 0 && index >= low - 4; index--) {
      const entry = this.#entries[index]!
      if (address < entry.high) return entry
    }
    return undefined
  }

  /** What holds at an address; undefined where nothing is said. Throws FormatError. */
  at(address: number): FrameRow | undefined {
    const entry = this.find(address)
    return entry && rowAt(entry, address)
  }
}

/** All entries of a section, up to the first that is damaged. Throws FormatError where that is the first. */
export function readFrames(cursor: Cursor, form: FrameSection): FrameEntry[] {
  const commons = new Map<number, CommonEntry>()
  const entries: FrameEntry[] = []
  try {
    for (let at = 0; at + 4 <= cursor.length && entries.length < MAX_ENTRIES; ) {
      const head = headAt(cursor, at, form.isEh)
      if (head.length === 0) {
        // .eh_frame ends with a zero; a linker may have left more behind it.
        at += 4
        continue
      }
      if (!head.isCommon) {
        const common = commons.get(head.common) ?? readCommon(cursor, headAt(cursor, head.common, form.isEh), form)
        commons.set(head.common, common)
        const entry = readEntry(cursor, head, common, form)
        if (entry !== undefined) entries.push(entry)
      }
      at = head.end
    }
  } catch (error) {
    if (!(error instanceof FormatError) || entries.length === 0) throw error
  }
  return entries
}

interface Head {
  length: number
  isCommon: boolean
  /** position of the common entry */
  common: number
  /** of what follows the head */
  body: number
  end: number
}

function headAt(cursor: Cursor, at: number, isEh: boolean): Head {
  cursor.seek(at)
  let length = cursor.u32()
  const offsetBytes = length === 0xffffffff ? 8 : 4
  if (offsetBytes === 8) length = cursor.size64()
  const from = cursor.position
  const end = from + length
  if (length !== 0 && (end > cursor.length || length < 4)) {
    throw cursor.error(`a frame entry of ${length} bytes does not fit`, at)
  }
  if (length === 0) return { length, isCommon: false, common: 0, body: from, end }
  const value = isEh ? cursor.u32() : idOf(cursor, offsetBytes)
  const isCommon = isEh ? value === 0 : value === (offsetBytes === 8 ? Number.POSITIVE_INFINITY : 0xffffffff)
  return { length, isCommon, common: isEh ? from - value : value, body: cursor.position, end }
}

function readCommon(cursor: Cursor, head: Head, form: FrameSection): CommonEntry {
  if (!head.isCommon) throw cursor.error('a frame entry names a common entry that is none', head.body)
  const body = cursor.window(head.body, head.end - head.body)
  const version = body.u8()
  if (version !== 1 && version !== 3 && version !== 4) throw body.error(`frame information of version ${version}`)
  const augmentation = body.cstring()
  let addressBytes: 4 | 8 = form.wordBytes
  if (version === 4) {
    const bytes = body.u8()
    if (bytes !== 4 && bytes !== 8) throw body.error(`addresses of ${bytes} bytes`)
    addressBytes = bytes
    body.u8() // segment selector
  }
  const codeAlign = body.uleb()
  const dataAlign = body.sleb()
  const returnRegister = version === 1 ? body.u8() : body.uleb()
  const common: CommonEntry = {
    codeAlign,
    dataAlign,
    returnRegister,
    signal: false,
    pointerEncoding: 0,
    hasAugmentation: augmentation.startsWith('z'),
    addressBytes,
    instructions: body,
  }
  if (common.hasAugmentation) {
    const data = body.take(body.uleb())
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') common.pointerEncoding = data.u8()
      else if (letter === 'S') common.signal = true
      else if (letter === 'L') data.u8()
      else if (letter === 'P') readPointer(data, data.u8(), form)
      // B: addresses are signed with the other key; nothing follows it.
      else if (letter !== 'B') break
    }
  } else if (augmentation !== '') throw body.error(`augmentation "${augmentation.slice(0, 8)}"`)
  common.instructions = body.take(body.left)
  return common
}

function readEntry(cursor: Cursor, head: Head, common: CommonEntry, form: FrameSection): FrameEntry | undefined {
  const body = cursor.window(head.body, head.end - head.body)
  const low = form.isEh
    ? readPointer(body, common.pointerEncoding, form)
    : body.addressFrom(form.base, common.addressBytes)
  // A length is a number of the same size, from nowhere.
  const bytes = form.isEh
    ? readPointer(body, common.pointerEncoding & 0x0f, { ...form, base: zero })
    : body.offset(common.addressBytes)
  if (common.hasAugmentation) body.skip(body.uleb())
  if (isOmitted(common.pointerEncoding) || !(bytes > 0)) return undefined
  return { low, high: low + bytes, common, instructions: body.take(body.left) }
}

const zero = { address: 0n, high: 0, low: 0 } as const

/** A table from bytes at hand, for tests. */
export const frameTableOf = (bytes: Uint8Array, order: 'little' | 'big', form: FrameSection): FrameTable =>
  new FrameTable(readFrames(new Cursor(form.isEh ? '.eh_frame' : '.debug_frame', bytes, order), form))

/** The CIE pointer; of all ones, which marks a common entry, 64-bit DWARF has more than a number holds. */
function idOf(cursor: Cursor, bytes: 4 | 8): number {
  if (bytes === 4) return cursor.u32()
  const value = cursor.u64()
  return value === 0xffffffffffffffffn ? Number.POSITIVE_INFINITY : Number(value)
}
