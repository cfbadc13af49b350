import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loongarchDisassembler } from './loongarch.ts'

const textOf = (word: number, address = 0x9000000000200000n): string | undefined => {
  const code = new Uint8Array(4)
  new DataView(code.buffer).setUint32(0, word, true)
  return loongarchDisassembler.decode(code, address)?.text
}

// From real oopses; what llvm-objdump 19 says of them. Words by chance, 44,000 that it knows: tests/slow/disassembly.test.ts.
const words: readonly (readonly [word: number, text: string | undefined])[] = [
  [0x1a00f8ec, 'pcalau12i $t0, 1991'],
  [0x28c1618c, 'ld.d $t0, $t0, 88'],
  [0x02ffc063, 'addi.d $sp, $sp, -16'],
  [0x4c000020, 'ret'],
  [0x03400000, 'nop'],
  [0x2980008d, 'st.w $t1, $a0, 0'],
  [0x57ff0bff, 'bl 0x90000000001fff08'],
  [0x00150004, 'move $a0, $zero'],
  [0x002a0001, 'break 0x1'],
  [0x06483800, 'ertn'],
  [0x38720000, 'dbar 0x0'],
  [0x2b800061, 'fld.d $fa1, $sp, 0'],
  [0xffffffff, undefined],
]

for (const [word, text] of words) {
  test(`${word.toString(16).padStart(8, '0')} is ${text}`, () => assert.equal(textOf(word), text))
}

test('what is cut off is no instruction', () => {
  assert.equal(loongarchDisassembler.decode(new Uint8Array(3), 0n), undefined)
})
