// The instructions of frame entries, run up to an address. DWARF 5 §6.4.2.

import type { Cursor } from '../../bytes/cursor.ts'
import type { CommonEntry, FrameEntry } from './frame-table.ts'

export type RegisterRule =
  | { is: 'same' | 'undefined' }
  /** saved at the frame's address plus the offset; or that address is its value */
  | { is: 'at' | 'value'; offset: number }
  | { is: 'register'; register: number }
  | { is: 'at expression' | 'value expression'; expression: Cursor }

/** What the frame's address (CFA), the caller's stack pointer at the call, is. */
export type FrameAddress = { register: number; offset: number } | { expression: Cursor }

export interface FrameRow {
  frame: FrameAddress | undefined
  registers: Map<number, RegisterRule>
  returnRegister: number
  signal: boolean
}

/** Rows remembered within one function; no compiler nests more than two. */
const MAX_REMEMBERED = 64
/** Instructions of one function; the longest of a kernel has some thousand. */
const MAX_INSTRUCTIONS = 1_000_000

/** What holds at an address of the entry's function. Throws FormatError. */
export function rowAt(entry: FrameEntry, address: number): FrameRow {
  const { common } = entry
  const machine = new Machine(common, entry.low)
  machine.run(common.instructions, Number.POSITIVE_INFINITY)
  machine.setInitial()
  machine.run(entry.instructions, address)
  return {
    frame: machine.frame,
    registers: machine.registers,
    returnRegister: common.returnRegister,
    signal: common.signal,
  }
}

class Machine {
  frame: FrameAddress | undefined
  registers = new Map<number, RegisterRule>()
  #initial = new Map<number, RegisterRule>()
  #remembered: { frame: FrameAddress | undefined; registers: Map<number, RegisterRule> }[] = []
  #place: number
  readonly #common: CommonEntry

  constructor(common: CommonEntry, start: number) {
    this.#common = common
    this.#place = start
  }

  setInitial(): void {
    this.#initial = new Map(this.registers)
  }

  /** Runs until the next row would begin behind `address`. */
  run(code: Cursor, address: number): void {
    code.seek(0)
    for (let count = 0; !code.done; count++) {
      if (count > MAX_INSTRUCTIONS) throw code.error(`more than ${MAX_INSTRUCTIONS} frame instructions`)
      const opcode = code.u8()
      const operand = opcode & 0x3f
      switch (opcode >> 6) {
        case 1:
          if (!this.#advance(operand, address)) return
          continue
        case 2:
          this.registers.set(operand, { is: 'at', offset: code.uleb() * this.#common.dataAlign })
          continue
        case 3:
          this.#restore(operand)
          continue
      }
      if (!this.#other(opcode, code, address)) return
    }
  }

  #advance(units: number, address: number): boolean {
    this.#place += units * this.#common.codeAlign
    return this.#place <= address
  }

  #restore(register: number): void {
    const before = this.#initial.get(register)
    if (before === undefined) this.registers.delete(register)
    else this.registers.set(register, before)
  }

  /** False when the address is passed. */
  #other(opcode: number, code: Cursor, address: number): boolean {
    const { dataAlign, addressBytes } = this.#common
    const set = (register: number, rule: RegisterRule): void => void this.registers.set(register, rule)
    switch (opcode) {
      case 0x00: // nop
        break
      case 0x01: // set_loc; kernels' compilers write none
        code.skip(addressBytes)
        break
      case 0x02:
        return this.#advance(code.u8(), address)
      case 0x03:
        return this.#advance(code.u16(), address)
      case 0x04:
        return this.#advance(code.u32(), address)
      case 0x05: // offset_extended
        set(code.uleb(), { is: 'at', offset: code.uleb() * dataAlign })
        break
      case 0x06:
        this.#restore(code.uleb())
        break
      case 0x07:
        set(code.uleb(), { is: 'undefined' })
        break
      case 0x08:
        set(code.uleb(), { is: 'same' })
        break
      case 0x09:
        set(code.uleb(), { is: 'register', register: code.uleb() })
        break
      case 0x0a:
        if (this.#remembered.length >= MAX_REMEMBERED) throw code.error('frame rows remembered without end')
        this.#remembered.push({ frame: this.frame, registers: new Map(this.registers) })
        break
      case 0x0b: {
        const before = this.#remembered.pop()
        if (before === undefined) throw code.error('a frame row restored that was not remembered')
        this.frame = before.frame
        this.registers = before.registers
        break
      }
      case 0x0c:
        this.frame = { register: code.uleb(), offset: code.uleb() }
        break
      case 0x0d:
        this.frame = { register: code.uleb(), offset: this.#offset() }
        break
      case 0x0e:
        this.frame = { register: this.#register(code), offset: code.uleb() }
        break
      case 0x0f:
        this.frame = { expression: code.take(code.uleb()) }
        break
      case 0x10:
        set(code.uleb(), { is: 'at expression', expression: code.take(code.uleb()) })
        break
      case 0x11:
        set(code.uleb(), { is: 'at', offset: code.sleb() * dataAlign })
        break
      case 0x12:
        this.frame = { register: code.uleb(), offset: code.sleb() * dataAlign }
        break
      case 0x13:
        this.frame = { register: this.#register(code), offset: code.sleb() * dataAlign }
        break
      case 0x14:
        set(code.uleb(), { is: 'value', offset: code.uleb() * dataAlign })
        break
      case 0x15:
        set(code.uleb(), { is: 'value', offset: code.sleb() * dataAlign })
        break
      case 0x16:
        set(code.uleb(), { is: 'value expression', expression: code.take(code.uleb()) })
        break
      case 0x2d: // GNU_window_save; on arm64 the return address is signed from here on, which strip() undoes
        break
      case 0x2e: // GNU_args_size
        code.skipLeb()
        break
      case 0x2f: // GNU_negative_offset_extended
        set(code.uleb(), { is: 'at', offset: -code.uleb() * dataAlign })
        break
      default:
        throw code.error(`unknown frame instruction 0x${opcode.toString(16)}`)
    }
    return true
  }

  #register(code: Cursor): number {
    if (this.frame === undefined || !('register' in this.frame)) throw code.error('an offset from no register')
    return this.frame.register
  }

  #offset(): number {
    // Common entries of MIPS and RISC-V name the register alone.
    return this.frame !== undefined && 'offset' in this.frame ? this.frame.offset : 0
  }
}
