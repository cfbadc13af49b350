import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../../../tests/random.ts'
import { Cursor, FormatError } from '../../bytes/cursor.ts'
import { type ExpressionFrame, evaluate, type Location } from './expression.ts'

const memory = new Map([
  [0x1000n, 0x2000n],
  [0x2008n, 0xffffffffn],
])

const frame: ExpressionFrame = {
  wordBytes: 8,
  register: number => (number === 7 ? 0x1000n : undefined),
  read: (address, bytes) => {
    const value = memory.get(address)
    return value === undefined ? undefined : BigInt.asUintN(bytes * 8, value)
  },
  callFrame: () => 0x1010n,
  frameBase: () => 0x1010n,
  entryValue: number => (number === 5 ? 21n : undefined),
}

const of = (...bytes: number[]): Location | undefined =>
  evaluate(new Cursor('expression', Uint8Array.from(bytes), 'little'), frame)

test('places, registers and values', () => {
  assert.deepEqual(of(0x55), { is: 'register', register: 5 })
  assert.deepEqual(of(0x90, 0x80, 0x01), { is: 'register', register: 128 })
  // DW_OP_fbreg -16; DW_OP_breg7 +8; DW_OP_call_frame_cfa
  assert.deepEqual(of(0x91, 0x70), { is: 'memory', address: 0x1000n })
  assert.deepEqual(of(0x77, 0x08), { is: 'memory', address: 0x1008n })
  assert.deepEqual(of(0x9c), { is: 'memory', address: 0x1010n })
  // what stands there, then 8 further on
  assert.deepEqual(of(0x77, 0x00, 0x06, 0x23, 0x08, 0x94, 0x04, 0x9f), { is: 'value', value: 0xffffffffn })
  // twice what rdi held at the function's entry
  assert.deepEqual(of(0xa3, 0x01, 0x55, 0x31, 0x24, 0x9f), { is: 'value', value: 42n })
  assert.deepEqual(of(0x09, 0xff, 0x9f), { is: 'value', value: 0xffffffffffffffffn })
})

test('parts of a variable in several places', () => {
  assert.deepEqual(of(0x55, 0x93, 0x04, 0x93, 0x04), {
    is: 'pieces',
    pieces: [
      { bytes: 4, location: { is: 'register', register: 5 } },
      { bytes: 4, location: undefined },
    ],
  })
})

test('what the frame does not know, and what was optimised away', () => {
  assert.equal(of(), undefined)
  assert.equal(of(0x70, 0x00), undefined)
  assert.equal(of(0xa3, 0x01, 0x50, 0x9f), undefined)
  assert.equal(of(0x31, 0x30, 0x1b, 0x9f), undefined, 'a division by zero')
})

test('branches forward and back; one without end is stopped', () => {
  // 3, then: minus 1, dup, branch back while it is not 0
  assert.deepEqual(of(0x33, 0x31, 0x1c, 0x12, 0x28, 0xfa, 0xff, 0x9f), { is: 'value', value: 0n })
  assert.throws(() => of(0x2f, 0xfd, 0xff), /more than \d+ steps/)
  assert.throws(() => of(0x22), /takes from an empty stack/)
})

test('any bytes give a location, nothing, or a FormatError', () => {
  const random = new Random(3)
  for (let round = 0; round < 20_000; round++) {
    const bytes = Array.from({ length: 1 + random.below(12) }, () => random.below(256))
    try {
      of(...bytes)
    } catch (error) {
      assert.ok(error instanceof FormatError, `${bytes}: ${error}`)
    }
  }
})
