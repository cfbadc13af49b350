import type { Effect, Instruction, PrologueReader } from './prologue.ts'

/** DWARF numbers by the number in the instruction. */
const wide = [0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15] as const

// endbr64 · call __fentry__ or a nop in its place · push %rbp · mov %rsp,%rbp · push %rbx · sub $0x18,%rsp
const reader = (word: 4 | 8): PrologueReader => ({
  pushedByCall: word,
  read: (code, at) => read(code, at, word),
})

export const x86_64Prologue = reader(8)
export const i386Prologue = reader(4)

/** Only the first instructions are read: the length of others is not known here, and ends the reading. */
function read(code: DataView, at: number, word: 4 | 8): Instruction | undefined {
  const byte = (offset: number): number => (at + offset < code.byteLength ? code.getUint8(at + offset) : -1)
  const number = (register: number): number => (word === 8 ? wide[register]! : register)
  const pushed = (register: number): Effect[] => [
    { is: 'grow', bytes: word },
    { is: 'save', register: number(register), at: 0 },
  ]
  const first = byte(0)
  if (first === 0xf3 && byte(1) === 0x0f && byte(2) === 0x1e && (byte(3) & 0xfe) === 0xfa)
    return { bytes: 4, effects: [] }
  if (first === 0xe8 || (first === 0x0f && byte(1) === 0x1f && byte(2) === 0x44)) return { bytes: 5, effects: [] }
  if (first >= 0x50 && first <= 0x57) return { bytes: 1, effects: pushed(first - 0x50) }
  if (word === 8 && first === 0x41 && byte(1) >= 0x50 && byte(1) <= 0x57) {
    return { bytes: 2, effects: pushed(byte(1) - 0x50 + 8) }
  }
  const prefix = word === 8 && first === 0x48 ? 1 : 0
  if (word === 8 && prefix === 0) return undefined
  const [operation, operand] = [byte(prefix), byte(prefix + 1)]
  if ((operation === 0x89 && operand === 0xe5) || (operation === 0x8b && operand === 0xec)) {
    return { bytes: prefix + 2, effects: [{ is: 'point', register: number(5), offset: 0 }] }
  }
  if (operation === 0x83 && operand === 0xec)
    return { bytes: prefix + 3, effects: [{ is: 'grow', bytes: byte(prefix + 2) }] }
  if (operation === 0x81 && operand === 0xec && at + prefix + 6 <= code.byteLength) {
    return { bytes: prefix + 6, effects: [{ is: 'grow', bytes: code.getUint32(at + prefix + 2, true) }] }
  }
  return undefined
}
