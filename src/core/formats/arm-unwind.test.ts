import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../../tests/random.ts'
import { Cursor, FormatError } from '../bytes/cursor.ts'
import { ArmUnwindTable, unwindArm } from './arm-unwind.ts'

const [R4, R7, FP, SP, LR] = [4, 7, 11, 13, 14]
const stack = 0xc1000000n
const memory = new Map(Array.from({ length: 64 }, (_, i) => [stack + BigInt(i * 4), 0x100n + BigInt(i)]))
const read = (address: bigint): bigint | undefined => memory.get(address)
const registers = new Map([
  [SP, stack],
  [LR, 0xc0300000n],
  [FP, stack + 0x20n],
  [R7, 7n],
])
const undo = (...code: number[]) => unwindArm(Uint8Array.from(code), registers, read)

// The examples of the Exception Handling ABI §10.3 in the order of its table.
test('what the byte codes undo', () => {
  assert.deepEqual(undo(0x02, 0xb0)?.stackPointer, stack + 12n)
  assert.deepEqual(undo(0x42, 0xb0)?.stackPointer, stack - 12n)
  // pop {r4, r7}
  const popped = undo(0x80, 0x09, 0xb0)!
  assert.deepEqual(popped.saved, [
    { register: R4, at: stack },
    { register: R7, at: stack + 4n },
  ])
  assert.deepEqual([popped.registers.get(R7), popped.returnTo], [0x101n, 0xc0300000n])
  // vsp = r11, then pop {r4, lr}
  const framed = undo(0x9b, 0xa8, 0xb0)!
  assert.deepEqual([framed.stackPointer, framed.returnTo], [stack + 0x28n, 0x109n])
  // pop {r15}: the return address itself
  assert.equal(undo(0x88, 0x00, 0xb0)?.returnTo, 0x100n)
  assert.equal(undo(0xb1, 0x03, 0xb0)?.stackPointer, stack + 8n)
  // 0x204 + (1 << 2)
  assert.equal(undo(0xb2, 0x01, 0xb0)?.stackPointer, stack + 0x208n)
  // two double registers, with and without the word that FSTMFDX adds
  assert.equal(undo(0xb9, 0xb0)?.stackPointer, stack + 20n)
  assert.equal(undo(0xd1, 0xb0)?.stackPointer, stack + 16n)
  // scratch registers are not the caller's
  assert.equal(undo(0xb0)?.registers.has(12), false)
})

test('what refuses', () => {
  assert.equal(undo(0x80, 0x00), undefined)
  assert.equal(undo(0x9d), undefined)
  assert.equal(undo(0x95), undefined, 'a register that is not known')
  assert.equal(unwindArm(Uint8Array.of(0xb0), new Map(), read), undefined)
})

const word = (view: DataView, at: number, value: number): void => view.setUint32(at, value, true)
const relative = (from: number, to: number): number => (to - from) & 0x7fffffff

/** Three functions at 0x1000, 0x1100, 0x1200: inline, in a table, none. */
function table(): { index: Uint8Array; extra: Uint8Array } {
  const [index, extra] = [new Uint8Array(24), new Uint8Array(8)]
  const view = new DataView(index.buffer)
  word(view, 0, relative(0x2000, 0x1000))
  word(view, 4, 0x80a8b0b0)
  word(view, 8, relative(0x2008, 0x1100))
  word(view, 12, relative(0x200c, 0x3000))
  word(view, 16, relative(0x2010, 0x1200))
  word(view, 20, 1)
  const data = new DataView(extra.buffer)
  word(data, 0, 0x81019b42)
  word(data, 4, 0x8483b0b0)
  return { index, extra }
}

const open = ({ index, extra }: { index: Uint8Array; extra: Uint8Array }): ArmUnwindTable =>
  new ArmUnwindTable(
    [{ at: 0x2000, bytes: new Cursor('exidx', index, 'little') }],
    [{ at: 0x3000, bytes: new Cursor('extab', extra, 'little') }],
  )

test('the index: inline, by the table, and none', () => {
  const found = open(table())
  assert.equal(found.find(0xfff), undefined)
  assert.deepEqual(found.find(0x10ff), { start: 0x1000, cannot: false, code: Uint8Array.of(0xa8, 0xb0, 0xb0) })
  assert.deepEqual(found.find(0x1100), {
    start: 0x1100,
    cannot: false,
    code: Uint8Array.of(0x9b, 0x42, 0x84, 0x83, 0xb0, 0xb0),
  })
  assert.deepEqual(found.find(0x5000), { start: 0x1200, cannot: true })
})

test('damaged tables and any byte codes give an answer, or a FormatError', () => {
  const random = new Random(5)
  for (let round = 0; round < 5000; round++) {
    const damaged = table()
    for (const bytes of [damaged.index, damaged.extra]) bytes[random.below(bytes.length)] = random.below(256)
    for (const address of [0x1000, 0x1104, 0x1200, 0x7fffffff]) {
      try {
        undo(...Array.from({ length: random.below(16) }, () => random.below(256)))
        const entry = open(damaged).find(address)
        if (entry !== undefined && !entry.cannot) unwindArm(entry.code, registers, read)
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error))
      }
    }
  }
})
