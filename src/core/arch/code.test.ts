import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBareRow, readCode } from './code.ts'

test('bytes of x86, the one at the program counter marked', () => {
  assert.deepEqual(readCode('Code: 8b 50 <0f> 0b', 5), { units: ['8b', '50', '0f', '0b'], unitBytes: 1, faultIndex: 2 })
})

test('words of arm and mips, halfwords of riscv and microMIPS', () => {
  assert.deepEqual(readCode(' e5933000 (e5803000) ', 0), {
    units: ['e5933000', 'e5803000'],
    unitBytes: 4,
    faultIndex: 1,
  })
  assert.deepEqual(readCode(' 00006025  3c02c000 <dc420050> 03e00008 ', 0)?.faultIndex, 2)
  assert.deepEqual(readCode(' 1141 (c11c)', 0), { units: ['1141', 'c11c'], unitBytes: 2, faultIndex: 1 })
})

test('what cannot be read keeps its place', () => {
  assert.deepEqual(readCode('XXXXXXXX <7c0802a6>', 0), { units: ['XXXXXXXX', '7c0802a6'], unitBytes: 4, faultIndex: 1 })
  assert.deepEqual(readCode('???????? (????????)', 0)?.units, ['????????', '????????'])
})

test('words in place of code', () => {
  for (const raw of [
    'Bad RIP value.',
    'Bad EIP value.',
    'bad PC value',
    '(Bad address in epc)',
    'Unable to access opcode bytes at RIP 0xffffffffffffffd6.',
    'Unable to access opcode bytes at 0xffffffd6.',
  ]) {
    assert.deepEqual(readCode(` ${raw}`, 0), { units: [], unitBytes: 1, raw })
  }
})

test('a torn last unit is left out, and other text is no code', () => {
  assert.deepEqual(readCode('8b 50 0', 0)?.units, ['8b', '50'])
  assert.deepEqual(readCode('e5933000 e580', 0)?.units, ['e5933000'])
  for (const text of ['', '   ', 'of conduct', '404 not found', 'deadbee'])
    assert.equal(readCode(text, 0)?.raw, undefined)
  assert.equal(readCode('of conduct', 0), undefined)
  assert.equal(readCode('', 0), undefined)
})

test('rows of nothing but numbers', () => {
  assert.deepEqual(readBareRow('  c1c51c70 00000000 <d87f424d>'), ['c1c51c70', '00000000', 'd87f424d'])
  assert.deepEqual(readBareRow('XXXXXXXX 7c0802a6 '), ['XXXXXXXX', '7c0802a6'])
  assert.equal(readBareRow('c1c51c70'), undefined)
  assert.equal(readBareRow('c1c51c70 is not'), undefined)
  assert.equal(readBareRow(''), undefined)
})
