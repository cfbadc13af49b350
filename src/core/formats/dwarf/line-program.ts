// Line programs: which line of source each instruction came from. DWARF 5 §6.2.

import type { AddressBase, Cursor } from '../../bytes/cursor.ts'
import type { LineHeader } from './line-header.ts'

/** Rows in the order of the program, and its sequences in the order of their addresses. */
export interface LineRows {
  count: number
  addresses: Float64Array
  files: Uint32Array
  lines: Uint32Array
  columns: Uint16Array
  /** for each sequence its first address, the one behind its last, its first row and the one behind its last */
  sequences: readonly Sequence[]
}

export interface Sequence {
  low: number
  high: number
  first: number
  last: number
}

const extended = { endSequence: 1, setAddress: 2 } as const

/** Where rows go. */
interface RowSink {
  add(address: number, file: number, line: number, column: number): void
  endSequence(address: number): void
  /** what was wanted is there: the rest need not be run */
  readonly done: boolean
}

/** Runs the whole program in `cursor`, whose header was read. Rows are at most as many as its bytes. */
export function runLineProgram(cursor: Cursor, header: LineHeader, base: AddressBase): LineRows {
  const rows = new RowTable(Math.ceil((header.end - header.start) / BYTES_A_ROW))
  run(cursor, header, base, rows)
  return rows.finish()
}

export interface LineRow {
  file: number
  line: number
  column: number
}

/** The row that covers one address, as findRow() finds it in the whole table, without making that. */
export function searchLineProgram(
  cursor: Cursor,
  header: LineHeader,
  base: AddressBase,
  address: number,
): LineRow | undefined {
  const search = new RowSearch(address)
  run(cursor, header, base, search)
  return search.found
}

/** What each special opcode adds, §6.2.5.1: operations and lines. */
interface Specials {
  key: string
  operations: Uint8Array
  lines: Int16Array
}

let lastSpecials: Specials | undefined

/** The same table for nearly all units of a program. */
function specialsOf({ lineBase, lineRange, operands }: LineHeader): Specials {
  const key = `${lineBase} ${lineRange} ${operands.length}`
  if (lastSpecials?.key === key) return lastSpecials
  const operations = new Uint8Array(256)
  const lines = new Int16Array(256)
  for (let opcode = operands.length; opcode < 256; opcode++) {
    const adjusted = opcode - operands.length
    operations[opcode] = Math.floor(adjusted / lineRange)
    lines[opcode] = lineBase + (adjusted % lineRange)
  }
  lastSpecials = { key, operations, lines }
  return lastSpecials
}

/**
 * One loop over the bytes that calls nothing but for rows, with the opcodes as they are written: a look-up is over before
 * any of this is compiled for speed.
 */
function run(cursor: Cursor, header: LineHeader, base: AddressBase, rows: RowSink): void {
  const { minInstructionBytes, lineRange, operands, end } = header
  const opcodeBase = operands.length
  const { operations: specialOperations, lines: specialLines } = specialsOf(header)
  const { bytes } = cursor
  // Operations of one instruction: more than one only on machines with very long ones.
  const perInstruction = Math.max(1, header.maxOperations)
  const plain = perInstruction === 1
  let address = 0
  let operation = 0
  let file = 1
  let line = 1
  let column = 0
  let at = cursor.seek(header.start).position
  while (at < end && !rows.done) {
    const opcode = bytes[at++]!
    let advance = 0
    if (opcode >= opcodeBase) {
      if (lineRange === 0) throw cursor.error('a line range of 0', at)
      line += specialLines[opcode]!
      advance = specialOperations[opcode]!
      if (plain) {
        address += minInstructionBytes * advance
        rows.add(address, file, line, column)
        continue
      }
    } else {
      // Operands of one byte are read here, all others by the cursor.
      const next = bytes[at]!
      switch (opcode) {
        case 1: // DW_LNS_copy
          rows.add(address, file, line, column)
          continue
        case 2: // DW_LNS_advance_pc
          if (next < 0x80) {
            advance = next
            at++
          } else {
            advance = cursor.seek(at).uleb()
            at = cursor.position
          }
          break
        case 3: // DW_LNS_advance_line
          if (next < 0x80) {
            line += next < 0x40 ? next : next - 0x80
            at++
          } else {
            line += cursor.seek(at).sleb()
            at = cursor.position
          }
          continue
        case 4: // DW_LNS_set_file
          if (next < 0x80) {
            file = next
            at++
          } else {
            file = cursor.seek(at).uleb()
            at = cursor.position
          }
          continue
        case 5: // DW_LNS_set_column
          if (next < 0x80) {
            column = next
            at++
          } else {
            column = cursor.seek(at).uleb()
            at = cursor.position
          }
          continue
        case 8: // DW_LNS_const_add_pc
          if (lineRange === 0) throw cursor.error('a line range of 0', at)
          advance = specialOperations[255]!
          break
        case 9: // DW_LNS_fixed_advance_pc
          address += cursor.seek(at).u16()
          operation = 0
          at = cursor.position
          continue
        case 0: {
          const length = cursor.seek(at).uleb()
          const following = cursor.position + length
          if (length > 0) {
            const what = cursor.u8()
            if (what === extended.endSequence) {
              rows.endSequence(address)
              address = 0
              operation = 0
              file = 1
              line = 1
              column = 0
            } else if (what === extended.setAddress) {
              operation = 0
              // The length says how wide the address is; other widths than the machine's are of no machine.
              if (length === 9 || length === 5) address = cursor.addressFrom(base, length === 9 ? 8 : 4)
            }
          }
          at = cursor.seek(following).position
          continue
        }
        default:
          for (let count = operands[opcode]!; count > 0; count--) at = cursor.seek(at).skipLeb().position
          continue
      }
    }
    const operations = operation + advance
    address += minInstructionBytes * (plain ? operations : Math.floor(operations / perInstruction))
    operation = plain ? 0 : operations % perInstruction
    if (opcode >= opcodeBase) rows.add(address, file, line, column)
  }
}

/** Looks for the row of one address; keeps no other. */
class RowSearch implements RowSink {
  readonly #address: number
  /** where the sequence begins; NaN before its first row */
  #low = Number.NaN
  #covered = false
  readonly #row: LineRow = { file: 0, line: 0, column: 0 }
  found: LineRow | undefined
  done = false

  constructor(address: number) {
    this.#address = address
  }

  add(address: number, file: number, line: number, column: number): void {
    if (Number.isNaN(this.#low)) this.#low = address
    if (address <= this.#address) {
      this.#covered = true
      this.#row.file = file
      this.#row.line = line
      this.#row.column = column
    } else if (this.#covered && this.#low <= this.#address) this.#take()
  }

  endSequence(high: number): void {
    if (this.#covered && this.#low <= this.#address && this.#address < high) this.#take()
    this.#low = Number.NaN
    this.#covered = false
  }

  #take(): void {
    const { file, line, column } = this.#row
    // Columns are kept in 16 bits.
    this.found = { file: file >>> 0, line: line >>> 0, column: column & 0xffff }
    this.done = true
  }
}

/** Compilers need three or four; where it is less, tables grow. */
const BYTES_A_ROW = 3

/** Grows by doubling. */
class RowTable implements RowSink {
  readonly done = false
  #count = 0
  #addresses: Float64Array
  #files: Uint32Array
  #lines: Uint32Array
  #columns: Uint16Array
  readonly #sequences: Sequence[] = []
  #first = 0

  constructor(rows: number) {
    const capacity = Math.max(16, rows)
    this.#addresses = new Float64Array(capacity)
    this.#files = new Uint32Array(capacity)
    this.#lines = new Uint32Array(capacity)
    this.#columns = new Uint16Array(capacity)
  }

  add(address: number, file: number, line: number, column: number): void {
    const at = this.#count
    if (at === this.#addresses.length) this.#grow()
    this.#addresses[at] = address
    this.#files[at] = file
    this.#lines[at] = line
    this.#columns[at] = column
    this.#count = at + 1
  }

  /** Sequences without a row, or that end where they began, say nothing of any address. */
  endSequence(high: number): void {
    const low = this.#addresses[this.#first]
    if (this.#count > this.#first && low !== undefined && high > low) {
      this.#sequences.push({ low, high, first: this.#first, last: this.#count })
    } else this.#count = this.#first
    this.#first = this.#count
  }

  finish(): LineRows {
    return {
      count: this.#first,
      addresses: this.#addresses,
      files: this.#files,
      lines: this.#lines,
      columns: this.#columns,
      sequences: this.#sequences.sort((a, b) => a.low - b.low),
    }
  }

  #grow(): void {
    const longer = <T extends Float64Array | Uint32Array | Uint16Array>(old: T, fresh: T): T => {
      fresh.set(old)
      return fresh
    }
    const length = this.#addresses.length * 2
    this.#addresses = longer(this.#addresses, new Float64Array(length))
    this.#files = longer(this.#files, new Uint32Array(length))
    this.#lines = longer(this.#lines, new Uint32Array(length))
    this.#columns = longer(this.#columns, new Uint16Array(length))
  }
}

/** The row that covers an address: the last of those at the same place. -1 when there is none. */
export function findRow({ addresses, sequences }: LineRows, address: number): number {
  let low = 0
  let high = sequences.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sequences[middle]!.low <= address) low = middle + 1
    else high = middle
  }
  // Sequences hardly overlap.
  for (let index = low - 1; index >= 0 && index >= low - 16; index--) {
    const sequence = sequences[index]!
    if (address >= sequence.high) continue
    let [from, to] = [sequence.first, sequence.last]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (addresses[middle]! <= address) from = middle + 1
      else to = middle
    }
    return from - 1 >= sequence.first ? from - 1 : -1
  }
  return -1
}
