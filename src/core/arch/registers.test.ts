import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPairs, readValues, widths } from './registers.ts'

const known = new Map([...widths(8, ['r10', 'r9', 'sp', '$28']), ...widths(4, ['CS']), ...widths(0, ['Y', 'FS'])])
const pairs = (line: string) => readPairs(line, 0, known)?.registers

test('pairs, however they are spaced', () => {
  assert.deepEqual(pairs('r10: 00000001  r9 : 00000002'), { r10: '0x00000001', r9: '0x00000002' })
  assert.deepEqual(pairs('r10=00000001, r9=0000000A'), { r10: '0x00000001', r9: '0x0000000a' })
  assert.deepEqual(pairs('   sp 00000001'), { sp: '0x00000001' })
  assert.deepEqual(pairs('sp : [<c0123456>]    r9 : 00000002'), { sp: '0xc0123456', r9: '0x00000002' })
  assert.deepEqual(pairs('sp: 0018:00000001 CS: 0010'), { sp: '0x00000001', CS: '0x0010' })
  assert.deepEqual(pairs('FS:  00000001(0033) r9: 00000002'), {
    FS: '0x00000001',
    FS_selector: '0x0033',
    r9: '0x00000002',
  })
})

test('a torn value is left out, and those around it stay', () => {
  assert.deepEqual(pairs('r10: 0000 r9: 00000002'), { r9: '0x00000002' })
  assert.deepEqual(pairs('r10: 00000001 r9: 000000'), { r10: '0x00000001' })
  assert.deepEqual(pairs('r10: 00000001 r9: 00000002zz'), { r10: '0x00000001' })
})

test('unknown names end the row, and a row must start with a known one', () => {
  assert.deepEqual(pairs('r10: 00000001 what: 00000002 r9: 00000003'), { r10: '0x00000001' })
  assert.equal(pairs('what: 00000002 r9: 00000003'), undefined)
  assert.equal(pairs('r10: (efault)'), undefined)
  assert.equal(pairs('r10 is wrong'), undefined)
})

test('a prefix is asked for where the architecture prints one', () => {
  assert.deepEqual(readPairs('r10: 0x00000001\tr9: 0x00000002', 0, known, '0x')?.registers, {
    r10: '0x00000001',
    r9: '0x00000002',
  })
  assert.equal(readPairs('r10: 00000001', 0, known, '0x'), undefined)
  assert.equal(pairs('r10: 0x00000001'), undefined)
})

test('values in a row have the width that was asked for', () => {
  assert.deepEqual(readValues(' 00000001 0000000A  00000003', 0, 8, 8), ['0x00000001', '0x0000000a', '0x00000003'])
  assert.deepEqual(readValues('00000001 00000002 00000003', 0, 8, 2), ['0x00000001', '0x00000002'])
  assert.deepEqual(readValues('00000001 0000', 0, 8, 8), ['0x00000001'])
  assert.deepEqual(readValues('0000000000000001', 0, 8, 8), [])
})
