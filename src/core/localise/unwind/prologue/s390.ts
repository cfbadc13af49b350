import { type Effect, type Instruction, type PrologueReader, signed } from './prologue.ts'

const SP = 15

// z/Architecture Principles of Operation: stmg %r6,%r15,48(%r15) · lgr %r1,%r15 · lay %r15,-160(%r15) · stg %r1,0(%r15)
export const s390Prologue: PrologueReader = {
  read(code, at): Instruction | undefined {
    if (at + 2 > code.byteLength) return undefined
    const first = code.getUint8(at)
    const bytes = first < 0x40 ? 2 : first < 0xc0 ? 4 : 6
    return at + bytes > code.byteLength ? undefined : { bytes, effects: effectsOf(code, at, first) }
  },
}

/** The long displacement of formats RSY and RXY. */
const displacement = (code: DataView, at: number): number =>
  (code.getUint16(at + 2) & 0x0fff) | (code.getInt8(at + 4) << 12)

function effectsOf(code: DataView, at: number, first: number): Effect[] {
  const registers = code.getUint8(at + 1)
  const [one, two] = [registers >> 4, registers & 15]
  if (first === 0x07 && one === 15) return [{ is: 'leave' }]
  // aghi %r15,…; j …
  if (first === 0xa7) {
    if (two === 0x0b && one === SP) return moved(code.getInt16(at + 2))
    return two === 4 && one === 15 ? [{ is: 'leave' }] : []
  }
  if (first === 0xc0 && two === 4 && one === 15) return [{ is: 'leave' }]
  // lgr rX,%r15
  if (first === 0xb9 && registers === 0x04) {
    const pair = code.getUint8(at + 3)
    return (pair & 15) === SP && pair >> 4 !== SP ? [{ is: 'point', register: pair >> 4, offset: 0 }] : []
  }
  if (first !== 0xeb && first !== 0xe3) return []
  const base = code.getUint8(at + 2) >> 4
  const operation = code.getUint8(at + 5)
  if (base !== SP) return []
  const offset = signed(displacement(code, at), 20)
  if (first === 0xeb) {
    // stmg, lmg: registers from one to the other, the last may be below the first
    const count = ((two - one) & 15) + 1
    if (operation === 0x24) {
      return Array.from(
        { length: count },
        (_, i): Effect => ({ is: 'save', register: (one + i) & 15, at: offset + i * 8 }),
      )
    }
    return operation === 0x04 && two === SP ? [{ is: 'shrink', bytes: 'all' }] : []
  }
  if (two !== 0) return []
  if (operation === 0x24) return [{ is: 'save', register: one, at: offset }]
  if (operation === 0x71) return one === SP ? moved(offset) : [{ is: 'point', register: one, offset }]
  return []
}

const moved = (bytes: number): Effect[] => (bytes < 0 ? [{ is: 'grow', bytes: -bytes }] : [{ is: 'shrink', bytes }])
