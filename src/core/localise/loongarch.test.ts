import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loongarchDisassembler } from './loongarch.ts'

const textOf = (word: number, address = 0x9000000000200000n): string | undefined => {
  const code = new Uint8Array(4)
  new DataView(code.buffer).setUint32(0, word, true)
  return loongarchDisassembler.decode(code, address)?.text
}

// From real oopses and kernels; what objdump 2.44 says of them. Words by chance, 45,000 that it knows: tests/slow/disassembly.test.ts.
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
  [0x0280040d, 'li.w $t1, 1'],
  [0x03b30005, 'li.w $a1, 0xcc0'],
  [0x6400401d, 'blez $s6, 0x9000000000200040'],
  [0x63ff580c, 'bgtz $t0, 0x90000000001fff58'],
  [0x60009480, 'bltz $a0, 0x9000000000200094'],
  // What saves the registers of floats, vectors and binary translation.
  [0x2c47c09f, 'vst $vr31, $a0, 496'],
  [0x2c8f809f, 'xvld $xr31, $a0, 992'],
  [0x76ebedbf, 'xvinsgr2vr.d $xr31, $t1, 0x3'],
  [0x0114dcec, 'movcf2gr $t0, $fcc7'],
  [0x00000c6d, 'movscr2gr $t1, $scr3'],
  [0x05028c0c, 'gcsrrd $t0, 0xa3'],
  [0x38600400, 'ud 0x0'],
  [0xffffffff, undefined],
]

for (const [word, text] of words) {
  test(`${word.toString(16).padStart(8, '0')} is ${text}`, () => assert.equal(textOf(word), text))
}

test('what is cut off is no instruction', () => {
  assert.equal(loongarchDisassembler.decode(new Uint8Array(3), 0n), undefined)
})
