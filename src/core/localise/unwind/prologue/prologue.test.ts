import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../../../../tests/random.ts'
import type { ArchName } from '../../../model.ts'
import { callBefore, jumpTargets } from '../calls.ts'
import { prologueReaders } from './index.ts'
import { type Prologue, readPrologue } from './prologue.ts'

const words = (little: boolean, ...values: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, little)
  return new Uint8Array(view.buffer)
}

const of = (arch: ArchName, code: Uint8Array, little = true): Prologue =>
  readPrologue(prologueReaders[arch]!, code, code.length, little)

test('ARM: mov ip, sp; push {fp, ip, lr, pc}; sub fp, ip, #4', () => {
  const { stackPointer, saved, pointers } = of('arm', words(true, 0xe1a0c00d, 0xe92dd800, 0xe24cb004))
  assert.equal(stackPointer, -16)
  assert.deepEqual(
    [...saved],
    [
      [11, -16],
      [14, -8],
    ],
  )
  assert.equal(pointers.get(11), -4)
})

test('ARM: ftrace’s push {lr} and pop {lr} before the frame', () => {
  const { stackPointer, saved } = of('arm', words(true, 0xe52de004, 0xe8bd4000, 0xe92d4010, 0xe24dd008))
  assert.equal(stackPointer, -16)
  assert.deepEqual(
    [...saved],
    [
      [4, -8],
      [14, -4],
    ],
  )
})

test('PowerPC: mflr r0; stw r0,4(r1); stwu r1,-32(r1)', () => {
  const { stackPointer, saved } = of('powerpc', words(false, 0x7c0802a6, 0x90010004, 0x9421ffe0), false)
  assert.equal(stackPointer, -32)
  assert.deepEqual([...saved], [[65, 4]])
})

test('MIPS: an early return in the middle is not the function’s end', () => {
  // addiu sp,-32; sw ra,28(sp); lw ra,28(sp); jr ra; addiu sp,32; nop
  const { stackPointer, saved } = of(
    'mips',
    words(false, 0x27bdffe0, 0xafbf001c, 0x8fbf001c, 0x03e00008, 0x27bd0020, 0x00000000),
    false,
  )
  assert.equal(stackPointer, -32)
  assert.deepEqual([...saved], [[31, -4]])
})

test('x86: what the call pushed counts', () => {
  const { stackPointer, pointers } = of('x86_64', Uint8Array.of(0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x18))
  assert.equal(stackPointer, -40)
  assert.equal(pointers.get(6), -16)
})

test('any code is read to its end', () => {
  const random = new Random(11)
  for (const arch of Object.keys(prologueReaders) as ArchName[]) {
    for (let round = 0; round < 500; round++) {
      const code = Uint8Array.from({ length: random.below(96) }, () => random.below(256))
      const { stackPointer } = of(arch, code, round % 2 === 0)
      assert.ok(stackPointer === undefined || stackPointer <= 0)
      callBefore(arch, code, true)
      jumpTargets(arch, code, true, 0xffffffff80000000n)
    }
  }
})
