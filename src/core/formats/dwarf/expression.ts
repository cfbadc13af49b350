// DWARF expressions: where a variable is, or what it is. DWARF 5 §2.5 and §2.6. Values are of the machine's width.

import type { Cursor } from '../../bytes/cursor.ts'

/** What an expression may ask of the frame it is evaluated in; undefined: not known. */
export interface ExpressionFrame {
  readonly wordBytes: 4 | 8
  register(number: number): bigint | undefined
  /** bytes of memory as a number */
  read(address: bigint, bytes: number): bigint | undefined
  /** DW_AT_frame_base of the function */
  frameBase?(): bigint | undefined
  /** the frame's address by call frame information */
  callFrame?(): bigint | undefined
  /** what a register held when the function was entered */
  entryValue?(register: number): bigint | undefined
  /** the running address of one that stands in the file */
  address?(linked: bigint): bigint | undefined
  /** entry of .debug_addr */
  indexed?(index: number): bigint | undefined
}

export type Location =
  | { is: 'memory'; address: bigint }
  | { is: 'register'; register: number }
  | { is: 'value'; value: bigint }
  | { is: 'pieces'; pieces: { bytes: number; location: Location | undefined }[] }

/** Operations run for one expression; branches can go backwards. */
const MAX_STEPS = 10_000
const MAX_DEPTH = 256
const MAX_PIECES = 64

/** Something that the frame does not know; no damage. */
class NotKnown extends Error {}

/**
 * Where or what the expression says; undefined where the frame does not know what it asks for, or it says nothing (the
 * variable was optimised away). Throws FormatError for damage. `start` is pushed first, as rules of frame entries want it.
 */
export function evaluate(code: Cursor, frame: ExpressionFrame, start?: bigint): Location | undefined {
  try {
    return new Evaluation(code, frame).run(start)
  } catch (error) {
    if (error instanceof NotKnown) return undefined
    throw error
  }
}

class Evaluation {
  readonly #code: Cursor
  readonly #frame: ExpressionFrame
  readonly #bits: 32 | 64
  #stack: bigint[] = []

  constructor(code: Cursor, frame: ExpressionFrame) {
    this.#code = code
    this.#frame = frame
    this.#bits = frame.wordBytes === 8 ? 64 : 32
  }

  run(start: bigint | undefined): Location | undefined {
    const code = this.#code.seek(0)
    if (start !== undefined) this.#push(start)
    let location: Location | undefined
    const pieces: { bytes: number; location: Location | undefined }[] = []
    for (let step = 0; !code.done; step++) {
      if (step >= MAX_STEPS) throw code.error(`an expression of more than ${MAX_STEPS} steps`)
      const opcode = code.u8()
      if (opcode === 0x93 || opcode === 0x9d) {
        // DW_OP_piece, DW_OP_bit_piece: what stands before it is where this part is.
        const size = code.uleb()
        if (opcode === 0x9d) code.uleb()
        const bytes = opcode === 0x9d ? Math.ceil(size / 8) : size
        if (pieces.length >= MAX_PIECES) throw code.error(`an expression of more than ${MAX_PIECES} pieces`)
        pieces.push({ bytes, location: location ?? this.#top() })
        location = undefined
        this.#stack = []
        continue
      }
      if (opcode >= 0x50 && opcode <= 0x6f) location = { is: 'register', register: opcode - 0x50 }
      else if (opcode === 0x90) location = { is: 'register', register: code.uleb() }
      else if (opcode === 0x9f) location = { is: 'value', value: this.#pop() }
      else if (opcode === 0x9e) location = { is: 'value', value: this.#number(code.take(code.uleb())) }
      else if (opcode === 0xa0 || opcode === 0xf2) throw new NotKnown('an implicit pointer')
      else {
        const result = this.#operation(opcode, code)
        if (result !== undefined) this.#push(result)
      }
    }
    if (pieces.length > 0) return { is: 'pieces', pieces }
    return location ?? this.#top()
  }

  #top(): Location | undefined {
    const address = this.#stack.at(-1)
    return address === undefined ? undefined : { is: 'memory', address }
  }

  #number(bytes: Cursor): bigint {
    let value = 0n
    const list = bytes.order === 'little' ? [...bytes.bytes].reverse() : [...bytes.bytes]
    for (const byte of list.slice(-16)) value = (value << 8n) | BigInt(byte)
    return value
  }

  #push(value: bigint): void {
    if (this.#stack.length >= MAX_DEPTH) throw this.#code.error('an expression whose stack is too deep')
    this.#stack.push(BigInt.asUintN(this.#bits, value))
  }

  #pop(): bigint {
    const value = this.#stack.pop()
    if (value === undefined) throw this.#code.error('an expression that takes from an empty stack')
    return value
  }

  #known(value: bigint | undefined): bigint {
    if (value === undefined) throw new NotKnown('the frame does not know')
    return value
  }

  #signed(value: bigint): bigint {
    return BigInt.asIntN(this.#bits, value)
  }

  #operation(opcode: number, code: Cursor): bigint | undefined {
    const frame = this.#frame
    if (opcode >= 0x30 && opcode <= 0x4f) return BigInt(opcode - 0x30)
    if (opcode >= 0x70 && opcode <= 0x8f) {
      return this.#known(frame.register(opcode - 0x70)) + big(code.sleb())
    }
    switch (opcode) {
      case 0x03: {
        const linked = code.word(frame.wordBytes)
        return this.#known(frame.address ? frame.address(linked) : linked)
      }
      case 0xa1: // addrx
      case 0xfb: // GNU_addr_index
        return this.#known(frame.indexed?.(code.uleb()))
      case 0xa2: // constx
      case 0xfc:
        return this.#known(frame.indexed?.(code.uleb()))
      case 0x08:
        return BigInt(code.u8())
      case 0x09:
        return BigInt(code.i8())
      case 0x0a:
        return BigInt(code.u16())
      case 0x0b:
        return BigInt(code.i16())
      case 0x0c:
        return BigInt(code.u32())
      case 0x0d:
        return BigInt(code.i32())
      case 0x0e:
        return code.u64()
      case 0x0f:
        return code.i64()
      case 0x10:
        return leb(code, false)
      case 0x11:
        return leb(code, true)
      case 0x91: // fbreg
        return this.#known(frame.frameBase?.()) + big(code.sleb())
      case 0x92: {
        const register = code.uleb()
        return this.#known(frame.register(register)) + big(code.sleb())
      }
      case 0x9c:
        return this.#known(frame.callFrame?.())
      case 0xa3: // entry_value
      case 0xf3:
        return this.#entryValue(code.take(code.uleb()))
      case 0x06:
        return this.#known(frame.read(this.#pop(), frame.wordBytes))
      case 0x94:
        return this.#known(frame.read(this.#pop(), code.u8()))
      case 0x12: {
        const value = this.#pop()
        this.#push(value)
        return value
      }
      case 0x13:
        this.#pop()
        return undefined
      case 0x14:
        return this.#pick(1)
      case 0x15:
        return this.#pick(code.u8())
      case 0x16:
        return this.#turn(2)
      case 0x17:
        return this.#turn(3)
      case 0x19: {
        const value = this.#signed(this.#pop())
        return value < 0n ? -value : value
      }
      case 0x1f:
        return -this.#pop()
      case 0x20:
        return ~this.#pop()
      case 0x23:
        return this.#pop() + leb(code, false)
      case 0x2f: {
        const distance = code.i16()
        code.seek(code.position + distance)
        return undefined
      }
      case 0x28: {
        const distance = code.i16()
        if (this.#pop() !== 0n) code.seek(code.position + distance)
        return undefined
      }
      case 0x96:
        return undefined
      // Typed: of general types, which are all that integers and pointers have, no more than their plain forms.
      case 0xa8:
      case 0xa9:
      case 0xf7:
      case 0xf9:
        code.uleb()
        return undefined
      case 0xa5:
      case 0xf5: {
        const register = code.uleb()
        code.uleb()
        return this.#known(frame.register(register))
      }
      case 0xa6:
      case 0xf6: {
        const bytes = code.u8()
        code.uleb()
        return this.#known(frame.read(this.#pop(), bytes))
      }
      case 0xa4:
      case 0xf4: {
        code.uleb()
        return this.#number(code.take(code.u8()))
      }
    }
    return this.#binary(opcode)
  }

  #binary(opcode: number): bigint | undefined {
    const second = this.#pop()
    const first = this.#pop()
    const [a, b] = [this.#signed(first), this.#signed(second)]
    const truth = (is: boolean): bigint => (is ? 1n : 0n)
    // A shift by more than the width leaves nothing, and must not be computed.
    const wide = second >= BigInt(this.#bits)
    switch (opcode) {
      case 0x1a:
        return first & second
      case 0x1b:
        if (b === 0n) throw new NotKnown('a division by zero')
        return a / b
      case 0x1c:
        return first - second
      case 0x1d:
        if (second === 0n) throw new NotKnown('a division by zero')
        return first % second
      case 0x1e:
        return first * second
      case 0x21:
        return first | second
      case 0x22:
        return first + second
      case 0x24:
        return wide ? 0n : first << second
      case 0x25:
        return wide ? 0n : first >> second
      case 0x26:
        return wide ? (a < 0n ? -1n : 0n) : a >> second
      case 0x27:
        return first ^ second
      case 0x29:
        return truth(a === b)
      case 0x2a:
        return truth(a >= b)
      case 0x2b:
        return truth(a > b)
      case 0x2c:
        return truth(a <= b)
      case 0x2d:
        return truth(a < b)
      case 0x2e:
        return truth(a !== b)
    }
    throw new NotKnown(`operation 0x${opcode.toString(16)}`)
  }

  #pick(index: number): bigint {
    const value = this.#stack.at(-1 - index)
    if (value === undefined) throw this.#code.error('an expression that takes from an empty stack')
    return value
  }

  /** The top of so many goes below the others. */
  #turn(count: number): undefined {
    const top = this.#pop()
    if (this.#stack.length < count - 1) throw this.#code.error('an expression that takes from an empty stack')
    this.#stack.splice(this.#stack.length - count + 1, 0, top)
  }

  /** Compilers ask for the value of one register. */
  #entryValue(block: Cursor): bigint {
    const opcode = block.done ? 0 : block.u8()
    if (opcode === 0x90) return this.#known(this.#frame.entryValue?.(block.uleb()))
    if (opcode >= 0x50 && opcode <= 0x6f) return this.#known(this.#frame.entryValue?.(opcode - 0x50))
    throw new NotKnown('an entry value of more than a register')
  }
}

function big(value: number): bigint {
  if (!Number.isSafeInteger(value)) throw new NotKnown('a constant above 2^53')
  return BigInt(value)
}

/** A LEB128 number of up to 64 bits. */
function leb(code: Cursor, signed: boolean): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = code.u8()
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return signed && (byte & 0x40) !== 0 ? value - (1n << (shift + 7n)) : value
  }
  throw code.error('LEB128 number of more than ten bytes')
}

/** A value or an address where the location is one of them; NotKnown things give undefined. */
export function addressOfExpression(code: Cursor, frame: ExpressionFrame, start?: bigint): bigint | undefined {
  const location = evaluate(code, frame, start)
  return location?.is === 'memory' ? location.address : location?.is === 'value' ? location.value : undefined
}
