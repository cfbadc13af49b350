import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressBase, Cursor, FormatError } from './cursor.ts'

const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0x66, 0x6f, 0x6f, 0, 0xe5, 0x8e, 0x26, 0x7f)

test('numbers in both byte orders', () => {
  const little = new Cursor('test', bytes, 'little')
  const big = new Cursor('test', bytes, 'big')
  assert.equal(little.u32(), 0x04030201)
  assert.equal(big.u32(), 0x01020304)
  assert.equal(little.seek(0).u24(), 0x030201)
  assert.equal(big.seek(0).u24(), 0x010203)
  assert.equal(little.seek(0).u64(), 0x0807060504030201n)
  assert.equal(big.seek(0).word(4), 0x01020304n)
})

test('text and LEB128, the examples of DWARF 5 §7.6', () => {
  const cursor = new Cursor('test', bytes, 'little').seek(8)
  assert.equal(cursor.cstring(), 'foo')
  assert.equal(cursor.uleb(), 624485)
  assert.equal(cursor.sleb(), -1)
  assert.equal(cursor.done, true)
  assert.equal(new Cursor('test', Uint8Array.of(0x80, 0x7f), 'little').sleb(), -128)
})

test('addresses are counted from a base, far ones stay far', () => {
  const kernel = Uint8Array.of(0x78, 0x56, 0x34, 0x81, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0)
  const base = addressBase(0xffffffff81000000n)
  const little = new Cursor('test', kernel, 'little')
  assert.equal(little.addressFrom(base, 8), 0x345678)
  assert.ok(little.addressFrom(base, 8) < -(2 ** 53))
  assert.equal(new Cursor('test', kernel.slice(0, 8).reverse(), 'big').addressFrom(base, 8), 0x345678)
  assert.equal(new Cursor('test', kernel, 'little').addressFrom(addressBase(0x81000000n), 4), 0x345678)
})

test('an error names the format, the place in the whole input, what was needed and what was there', () => {
  const inner = new Cursor('elf', bytes, 'little').skip(4).take(6).skip(4)
  assert.throws(() => inner.u32(), { name: 'FormatError', message: 'elf at 0x8: needs 4 bytes, has 2' })
  assert.throws(() => new Cursor('elf', bytes, 'little').window(10, 7), FormatError)
  assert.throws(() => new Cursor('elf', bytes, 'little').seek(17), FormatError)
  assert.throws(() => new Cursor('elf', bytes, 'little').take(-1), FormatError)
  assert.throws(() => new Cursor('elf', bytes, 'little').take(Number.NaN), FormatError)
})

test('an error always has a place, whatever number led to it', () => {
  for (const offset of [Number.NaN, Number.POSITIVE_INFINITY, -1, 2 ** 60]) {
    const error = new FormatError('elf', offset, 'needs 4 bytes')
    assert.deepEqual([error.offset, error.message], [0, 'elf at 0x0: needs 4 bytes'])
  }
})
